"""Recordings of those who train, checked against each other: what the folds are built on."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.recordings.cohort import check_cohort

    check_cohort(given.recordings, given.events, made.sheet, **params)
