"""Agreement of models with human raters, and of the raters with each other."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.scores.raters import rater_agreement

    predictions = dict(zip(params.pop("models"), given.predictions, strict=True))
    (ratings,) = params.pop("raw")
    rater_agreement(ratings, given.frames, predictions, made.raters, **params)
