"""One null cohort from raw signals to p-values."""

from myoscene.job import job

with job(snakemake):
    from myoscene.statistics.null_check import write_null_cohort

    write_null_cohort(snakemake.output[0], int(snakemake.wildcards.seed), **dict(snakemake.params))
