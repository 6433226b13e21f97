"""The labelled windows of everybody in one table."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.cohort.collect import collect_features
    from myoscene.learn.cohort.identity import write_identity

    collect_features(given.features, made.cohort, classes=params["classes"])
    write_identity(made.identity, {"features": made.cohort}, **params["called"], classes=params["classes"])
