"""One fold's blink classifier, and the frames that it removes."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.engine.task import Execution
    from myoscene.learn.models.eye_cnn.blinks import train_blinks
    from myoscene.learn.models.train import task_of

    execution = Execution(device=snakemake.resources["device"])
    task = task_of(dict(given), snakemake.wildcards.fold, params.pop("spec"), params.pop("n_eyes"), execution)
    train_blinks(task, made.checkpoint, made.removed, **params)
