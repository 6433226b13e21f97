"""Continuous predictions over a participant's scenes, by folds that never saw the participant."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.engine.card import read_spec
    from myoscene.scenes.predict import predict_scenes
    from myoscene.scenes.raw import PersonFiles, SceneSettings

    spec = read_spec(params.pop("spec"), given.identity)
    files, settings = PersonFiles.of(dict(given)), params.typed(SceneSettings)
    predict_scenes(given.checkpoint, files, made[0], settings, spec)
