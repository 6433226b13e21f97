"""Continuous predictions over a participant's scenes, by folds that never saw the participant."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.engine.card import read_spec
    from myoscene.scenes.predict import predict_scenes
    from myoscene.scenes.raw import EyeFiles

    given, params = snakemake.input, dict(snakemake.params)
    inputs = (given.checkpoint, given.recordings, given.events, given.data or None, given.normaliser or None)
    # Empty where there is none: a model without eyes, somebody without eye images, blinks that are kept.
    names = ("frames", "images", "neutrals", "blinks", "embeddings")
    eyes = {name: given[name] for name in names if given.get(name)}
    files = EyeFiles(**eyes) if eyes else None
    params["spec"] = read_spec(params["spec"], given.identity)
    predict_scenes(*inputs, snakemake.output[0], eyes=files, **params)
