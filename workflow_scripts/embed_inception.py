"""Embeddings of all of a participant's eye images, by the user's InceptionV3 weights."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.models.eye_inception.embed import embed_participant

    sources = (given.frames, given.images, given.neutrals)
    embed_participant(*sources, made.embeddings, weights=given.weights, **params)
