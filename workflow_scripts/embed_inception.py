"""Embeddings of all of a participant's eye images, by the user's InceptionV3 weights."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.models.eye_inception.embed import embed_participant

    given = snakemake.input
    sources = (given.frames, given.images, given.neutrals)
    embed_participant(*sources, snakemake.output.embeddings, weights=given.weights, **dict(snakemake.params))
