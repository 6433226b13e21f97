"""Who is held out in which fold."""

from myoscene.machinery.job import job

with job(snakemake) as (_, made, params):
    from myoscene.core.settings import from_plain
    from myoscene.learn.cohort.folds import write_folds
    from myoscene.learn.cohort.settings import FoldSettings

    participants, settings = params.pop("participants"), from_plain(FoldSettings, params.pop("folds"))
    write_folds(made.folds, participants, settings, **params)
