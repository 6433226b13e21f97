"""One fold's blink classifier, and the frames that it removes."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.engine.train_eyes import CohortPaths, train_blinks

    given, made, params = snakemake.input, snakemake.output, dict(snakemake.params)
    params["about"] = with_cohort(params["about"], given.identity)
    cohort = CohortPaths(given.cohort, given.images, given.neutrals, params.pop("n_eyes"))
    train_blinks(cohort, given.folds, made.checkpoint, made.removed, **dict(snakemake.wildcards), **params)
