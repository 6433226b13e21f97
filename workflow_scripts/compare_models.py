"""Model against model over participants."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.compare import compare_models

    compare_models(snakemake.input.scores, snakemake.output.comparison, **dict(snakemake.params))
