"""One fold of a network on signals."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.engine.train_network import train_fold

    given, said = snakemake.input, dict(snakemake.wildcards) | dict(snakemake.params)
    said["about"] = with_cohort(said["about"], given.identity)
    said |= {name: snakemake.resources[name] for name in ("resume_every_epochs", "log_every_epochs")}
    train_fold(given.cohort, given.folds, snakemake.output.checkpoint, **said)
