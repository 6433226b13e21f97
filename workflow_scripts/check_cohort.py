"""Recordings checked against each other: one sheet of all of them."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.recordings.cohort import check_cohort

    given, made = snakemake.input, snakemake.output
    check_cohort(
        given.recordings, given.events, made.sheet, made.sheet_csv, made.notes, **dict(snakemake.params.items())
    )
