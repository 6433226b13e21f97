"""Continuous predictions over a participant's scenes, by folds that never saw the participant."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.learn.engine.card import read_spec
    from myoscene.scenes.predict import predict_scenes
    from myoscene.scenes.request import PersonFiles, SceneSettings

    given, params = dict(snakemake.input), dict(snakemake.params)
    spec = read_spec(params.pop("spec"), given["identity"])
    files, settings = PersonFiles.of(given), from_plain(SceneSettings, params)
    predict_scenes(given["checkpoint"], files, snakemake.output[0], settings, spec)
