"""The learning curve, from its parts."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, _):
    from myoscene.learn.scores.learning_curve import collect_learning_curve

    collect_learning_curve(given.parts, given.participants, given.folds, made.curve)
