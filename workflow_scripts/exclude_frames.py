"""Labelled eye frames that are not scored, and why."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.eyes.check import exclude_frames

    exclude_frames(given.frames, made.excluded, **params)
