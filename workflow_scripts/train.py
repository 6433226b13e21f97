"""One fold of a model."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.engine.task import Execution
    from myoscene.learn.models.train import task_of, train_task

    given, params, fold = dict(snakemake.input), snakemake.params, snakemake.wildcards.fold
    often = {name: snakemake.resources[name] for name in ("resume_every_epochs", "log_every_epochs")}
    execution = Execution(params.resume, **often)
    train_task(task_of(given, fold, params.spec, params.n_eyes, execution), snakemake.output.checkpoint)
