"""Scores of a model on the people whom each fold held out."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.evaluate import evaluate_model

    given, made = snakemake.input, dict(snakemake.output)
    evaluate_model(
        given.checkpoints,
        given.cohort,
        given.folds,
        **dict(snakemake.wildcards),
        **made,
        **dict(snakemake.params),
    )
