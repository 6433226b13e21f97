"""One fold of a model."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.engine.task import Execution
    from myoscene.learn.models.train import task_of, train_task

    how = {name: snakemake.resources[name] for name in ("resume_every_epochs", "log_every_epochs", "device")}
    execution = Execution(params["resume"], **how)
    task = task_of(dict(given), snakemake.wildcards.fold, params["spec"], params["n_eyes"], execution)
    train_task(task, made.checkpoint)
