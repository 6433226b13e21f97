"""Scores of predictions over scenes, where scene recordings carry expression events."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.scenes.score import score_scenes

    given, params = snakemake.input, dict(snakemake.params)
    models, frames = list(params.pop("models")), list(given.get("frames", []))
    predictions = list(given.get("predictions", []))
    alike = given.get("identical") or None
    score_scenes(predictions, models, list(given.events), snakemake.output[0], frames=frames, identical=alike, **params)
