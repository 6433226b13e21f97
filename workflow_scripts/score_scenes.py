"""Scores of predictions over scenes, where scene recordings carry expression events."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.core.settings import from_plain
    from myoscene.scenes.score import ScoreSettings, score_scenes

    files, settings = (
        (list(given.get("predictions", [])), list(given.events), made[0]),
        from_plain(ScoreSettings, params),
    )
    score_scenes(*files, settings, list(given.get("frames", [])), given.get("identical") or None)
