"""Embedding, openness and blinks of one participant's eye frames."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.engine.card import read_spec
    from myoscene.learn.scores.eye_features import extract_eye_features

    given, params = snakemake.input, {**snakemake.wildcards, **snakemake.params}
    params |= {name: read_spec(params[name], given.identity) for name in ("spec", "blinks_spec")}
    stores = (given.frames, given.images, given.neutrals)
    blinks, embeddings = given.blinks or None, given.embeddings or None
    target = snakemake.output.features
    extract_eye_features(*stores, given.checkpoint, blinks, target, embeddings=embeddings, **params)
