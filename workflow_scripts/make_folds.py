"""Who is held out in which fold."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.folds import write_folds

    params = dict(snakemake.params)
    write_folds(snakemake.output.folds, params.pop("participants"), **params.pop("folds"), **params)
