"""Scores of predictions over scenes, where scene recordings carry expression events."""

from myoscene.job import job

with job(snakemake):
    from myoscene.scenes.score import score_scenes

    given, params = snakemake.input, dict(snakemake.params)
    models = list(params.pop("models"))
    score_scenes(list(given.get("predictions", [])), models, list(given.events), snakemake.output[0], **params)
