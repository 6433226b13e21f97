"""One fold of a fusion of EMG and eye images."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.files import Cohort
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.engine.train_fusion import train_fusion

    given, params = snakemake.input, dict(snakemake.params)
    params["about"] = with_cohort(params["about"], given.identity)
    cohort = Cohort(given.signals, given.eyes, given.images, given.neutrals, n_eyes=params.pop("n_eyes"))
    inputs = (given.folds, given.get("blinks") or None, given.emg, given.eye_model, snakemake.output.checkpoint)
    often = {name: snakemake.resources[name] for name in ("resume_every_epochs", "log_every_epochs")}
    train_fusion(cohort, *inputs, **dict(snakemake.wildcards), **often, **params)
