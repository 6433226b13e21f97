"""Continuous predictions over a participant's scenes, by the fold that never saw the participant."""

from myoscene.job import job

with job(snakemake):
    from myoscene.scenes.predict import predict_scenes

    given = snakemake.input
    inputs = (given.checkpoint, given.recordings, given.events, given.data, given.normaliser)
    predict_scenes(*inputs, snakemake.output[0], **dict(snakemake.params))
