"""Who is held out in which fold."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.folds import write_folds

    given = snakemake.params
    write_folds(snakemake.output.folds, given.participants, seed=given.seed, synthetic=given.synthetic, **given.folds)
