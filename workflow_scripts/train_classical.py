"""One fold of a model on features."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.identity import with_cohort
    from myoscene.learn.train_classical import train_classical

    given, said = snakemake.input, dict(snakemake.wildcards) | dict(snakemake.params)
    said["about"] = with_cohort(said["about"], given.identity)
    train_classical(given.cohort, given.folds, snakemake.output.checkpoint, **said)
