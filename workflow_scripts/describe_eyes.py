"""A participant's eye recordings and their events, where there is no EMG."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.eyes.describe import describe_eyes

    describe_eyes(given.frames, made.recordings, made.events, **params)
