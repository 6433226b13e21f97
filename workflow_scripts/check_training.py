"""Recordings of those who train, checked against each other: what the folds are built on."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.recordings.cohort import check_cohort

    given = snakemake.input
    check_cohort(given.recordings, given.events, snakemake.output.sheet, **dict(snakemake.params.items()))
