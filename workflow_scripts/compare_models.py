"""Model against model over participants."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.scores.compare import compare_models

    compare_models(snakemake.input.scores, snakemake.output.comparison, **dict(snakemake.params))
