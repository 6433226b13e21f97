"""Scores of a model on the people whom each fold held out."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.files import Cohort
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.scores.evaluate import evaluate_model

    given, params = dict(snakemake.input), dict(snakemake.params)
    names = ("windows", "eyes", "images", "neutrals", "embeddings", "blinks")
    files = {name: given[name] for name in names if name in given}
    cohort = Cohort(**files, n_eyes=params.pop("n_eyes"))
    params["about"] = with_cohort(params["about"], given["identity"])
    made = dict(snakemake.output)
    evaluate_model(given["checkpoints"], cohort, given["folds"], **dict(snakemake.wildcards), **made, **params)
