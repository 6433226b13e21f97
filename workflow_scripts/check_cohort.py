"""Recordings checked against each other; one sheet, one list of exclusions."""

from myoscene.job import job

with job(snakemake):
    from myoscene.recordings.cohort import check_cohort

    given, made = snakemake.input, snakemake.output
    check_cohort(
        given.recordings,
        given.events,
        given.notes,
        made.sheet,
        made.sheet_csv,
        made.exclusions,
        **dict(snakemake.params.items()),
    )
