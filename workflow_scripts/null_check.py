"""False positives over all null cohorts."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, _):
    from myoscene.statistics.null_check import write_null_check

    write_null_check(given.cohorts, made[0])
