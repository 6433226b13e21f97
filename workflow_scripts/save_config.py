"""The configuration that a run really used: the defaults with the user's changes over them."""

from myoscene.machinery.job import job

with job(snakemake) as (_, made, params):
    from myoscene.config.save import save_config

    save_config(params["config"], made[0])
