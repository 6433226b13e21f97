"""False positives over all null cohorts."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.statistics.null_check import write_null_check

    write_null_check(snakemake.input.cohorts, snakemake.output[0])
