"""Scores of a model on the people whom each fold held out."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.cohort.files import Cohort
    from myoscene.learn.engine.card import read_spec
    from myoscene.learn.scores.evaluate import EvaluateSettings, ScoreTables, evaluate_model

    cohort, spec = Cohort.of(dict(given), params.pop("n_eyes")), read_spec(params.pop("spec"), given.identity)
    tables, settings = ScoreTables(**dict(made)), params.typed(EvaluateSettings)
    model = snakemake.wildcards.model
    evaluate_model(given.checkpoints, cohort, given.folds, tables, settings, model=model, spec=spec)
