"""Embedding, openness and blinks of one participant's eye frames."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.cohort.files import FrameFiles
    from myoscene.learn.engine.card import read_spec
    from myoscene.learn.scores.eye_features import Trained, extract_eye_features

    spec, blinks_spec = (read_spec(params.pop(name), given.identity) for name in ("spec", "blinks_spec"))
    files = FrameFiles(given.frames, given.images, given.neutrals, given.embeddings or None)
    network, blinks = Trained(given.checkpoint, spec), Trained(given.blinks, blinks_spec) if given.blinks else None
    extract_eye_features(files, network, blinks, made.features, **snakemake.wildcards, **params)
