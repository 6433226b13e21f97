"""Labelled eye frames that are not scored, and why."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.eyes.check import exclude_frames

    exclude_frames(snakemake.input.frames, snakemake.output.excluded, **dict(snakemake.params.items()))
