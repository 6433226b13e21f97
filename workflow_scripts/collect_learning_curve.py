"""The learning curve, from its parts."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.scores.learning_curve import collect_learning_curve

    given = snakemake.input
    collect_learning_curve(given.parts, given.participants, given.folds, snakemake.output.curve)
