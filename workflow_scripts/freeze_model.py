"""A model's folds together, for people who train nothing."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.engine.frozen import freeze_model

    given, params = snakemake.input, dict(snakemake.params)
    about = with_cohort(params.pop("about"), given.identity)
    names = dict(snakemake.wildcards)
    freeze_model(given.checkpoints, given.cards, snakemake.output.frozen, about=about, **names, **params)
