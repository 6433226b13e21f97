"""One fold of a network on signals."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.train_network import train_fold

    given, names = snakemake.input, dict(snakemake.wildcards)
    often = {name: snakemake.resources[name] for name in ("resume_every_epochs", "log_every_epochs")}
    target = snakemake.output.checkpoint
    train_fold(given.cohort, given.folds, target, **names, **often, **dict(snakemake.params))
