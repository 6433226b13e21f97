"""Scores of predictions over scenes, where scene recordings carry expression events."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.scenes.score import ScoreSettings, score_scenes

    settings, frames = params.typed(ScoreSettings), list(given.get("frames", []))
    files = list(given.get("predictions", [])), list(given.events), made[0]
    score_scenes(*files, settings, frames, given.get("identical") or None)
