"""Labelled eye frames that are not scored, and why."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.removed import list_removed

    given = snakemake.input
    tables = (given.excluded, given.cohort, given.blinks)
    list_removed(*tables, snakemake.output.removed, **dict(snakemake.params))
