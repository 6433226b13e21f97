"""Scores of predictions over scenes, where scene recordings carry expression events."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.scenes.score import ScoreSettings, score_scenes

    given, settings = snakemake.input, from_plain(ScoreSettings, dict(snakemake.params))
    files = list(given.get("predictions", [])), list(given.events), snakemake.output[0]
    score_scenes(*files, settings, list(given.get("frames", [])), given.get("identical") or None)
