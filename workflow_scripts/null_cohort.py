"""Some null cohorts from raw signals to p-values."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.statistics.null_check import write_null_cohorts

    first, last = map(int, snakemake.wildcards.seeds.split("-"))
    write_null_cohorts(snakemake.output[0], range(first, last + 1), **dict(snakemake.params))
