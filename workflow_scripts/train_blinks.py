"""One fold's blink classifier, and the frames that it removes."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.models.eye_cnn.blinks import train_blinks
    from myoscene.learn.models.train import task_of

    made, params = snakemake.output, dict(snakemake.params)
    fold, said, n_eyes = snakemake.wildcards.fold, params.pop("spec"), params.pop("n_eyes")
    train_blinks(task_of(dict(snakemake.input), fold, said, n_eyes), made.checkpoint, made.removed, **params)
