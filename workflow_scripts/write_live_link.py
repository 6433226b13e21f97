"""Predicted blendshapes of one participant's scenes as Live Link Face writes them."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.mapping.export import write_live_link

    write_live_link(given[0], made[0])
