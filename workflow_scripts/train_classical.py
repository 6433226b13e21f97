"""One fold of a model on features."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.train_classical import train_classical

    given, names = snakemake.input, dict(snakemake.wildcards)
    train_classical(given.cohort, given.folds, snakemake.output.checkpoint, **names, **dict(snakemake.params))
