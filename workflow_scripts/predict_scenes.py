"""Continuous predictions over a participant's scenes, by folds that never saw the participant."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.learn.engine.card import read_spec
    from myoscene.scenes.predict import predict_scenes
    from myoscene.scenes.request import EyeFiles, PersonFiles, SceneSettings

    given, params = snakemake.input, dict(snakemake.params)
    # Empty where there is none: a model without eyes, somebody without eye images, blinks that are kept.
    eyes = {name: given[name] for name in EyeFiles.__annotations__ if given.get(name)}
    single = (given.recordings, given.events, given.data or None, given.normaliser or None)
    files = PersonFiles(*single, EyeFiles(**eyes) if eyes else None)
    spec = read_spec(params.pop("spec"), given.identity)
    predict_scenes(given.checkpoint, files, snakemake.output[0], from_plain(SceneSettings, params), spec)
