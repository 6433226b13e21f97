"""Model against model over participants."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.scores.compare import compare_models

    compare_models(given.scores, made.comparison, **params)
