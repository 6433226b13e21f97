"""One fold of a model on features."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.engine.train_classical import train_classical

    given, said = snakemake.input, dict(snakemake.wildcards) | dict(snakemake.params)
    said["about"] = with_cohort(said["about"], given.identity)
    train_classical(given.cohort, given.folds, snakemake.output.checkpoint, **said)
