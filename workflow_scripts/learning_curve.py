"""One fold of the learning curve: trained on fewer people, and scored."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.engine.task import Execution
    from myoscene.learn.models.train import task_of
    from myoscene.learn.scores.curve import train_curve_fold

    execution = Execution(device=snakemake.resources["device"])
    task = task_of(dict(given), snakemake.wildcards.fold, params["spec"], params["n_eyes"], execution)
    people = int(snakemake.wildcards.people)
    train_curve_fold(task, made.checkpoint, made.scores, people=people, bins=params["bins"])
