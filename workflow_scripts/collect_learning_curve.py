"""The learning curve, from its parts."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.learning_curve import collect_learning_curve

    given = snakemake.input
    collect_learning_curve(given.parts, given.participants, given.folds, snakemake.output.curve)
