"""Recordings checked against each other: one sheet of all of them."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.recordings.cohort import check_cohort

    check_cohort(given.recordings, given.events, made.sheet, made.sheet_csv, made.notes, **params)
