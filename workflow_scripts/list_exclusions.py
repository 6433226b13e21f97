"""Who takes part and how, and what was left out and why: two lists for people to read."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.recordings.cohort import list_exclusions, list_participants

    made, params = snakemake.output, snakemake.params
    list_participants(made.participants, participants=params.participants, synthetic=params.synthetic)
    list_exclusions(snakemake.input.notes, made.exclusions, exclusions=params.exclusions)
