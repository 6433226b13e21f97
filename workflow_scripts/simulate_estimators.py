"""False positives and power of the estimators where the truth is known."""

from myoscene.machinery.job import job

with job(snakemake) as (_, made, params):
    from myoscene.statistics.simulation import write_simulation

    write_simulation(made[0], **params)
