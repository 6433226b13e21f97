"""Labelled eye frames that are not scored, and why."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.cohort.removed import list_removed

    list_removed(given.excluded, given.cohort, given.blinks, made.removed, **params)
