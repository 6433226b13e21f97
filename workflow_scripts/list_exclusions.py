"""Who takes part and how, and what was left out and why: two lists for people to read."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.recordings.cohort import list_exclusions, list_participants

    list_exclusions(given.notes, made.exclusions, exclusions=params.pop("exclusions"))
    list_participants(made.participants, **params)
