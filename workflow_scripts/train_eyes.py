"""One fold of a network on eye images."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.engine.train_eyes import CohortPaths, train_eye_fold

    given, params = snakemake.input, dict(snakemake.params)
    params["about"] = with_cohort(params["about"], given.identity)
    cohort = CohortPaths(given.cohort, given.images, given.neutrals, params.pop("n_eyes"))
    often = {name: snakemake.resources[name] for name in ("resume_every_epochs", "log_every_epochs")}
    target = snakemake.output.checkpoint
    train_eye_fold(cohort, given.folds, given.blinks or None, target, **dict(snakemake.wildcards), **often, **params)
