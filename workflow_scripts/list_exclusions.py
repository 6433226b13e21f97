"""What was left out, and why: one list for people to read."""

from myoscene.job import job

with job(snakemake):
    from myoscene.recordings.cohort import list_exclusions

    list_exclusions(snakemake.input.notes, snakemake.output[0], exclusions=snakemake.params.exclusions)
