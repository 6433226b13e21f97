"""Scores of a model on the people whom each fold held out."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.learn.cohort.files import Cohort
    from myoscene.learn.engine.card import read_spec
    from myoscene.learn.scores.evaluate import EvaluateSettings, ScoreTables, evaluate_model

    given, params = dict(snakemake.input), dict(snakemake.params)
    cohort, spec = Cohort.of(given, params.pop("n_eyes")), read_spec(params.pop("spec"), given["identity"])
    made, settings = ScoreTables(**dict(snakemake.output)), from_plain(EvaluateSettings, params)
    model = snakemake.wildcards.model
    evaluate_model(given["checkpoints"], cohort, given["folds"], made, settings, model=model, spec=spec)
