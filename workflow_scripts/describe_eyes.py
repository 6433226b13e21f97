"""A participant's eye recordings and their events, where there is no EMG."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.eyes.describe import describe_eyes

    made = snakemake.output
    describe_eyes(snakemake.input.frames, made.recordings, made.events, **dict(snakemake.params.items()))
