"""The labelled windows of everybody in one table."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.collect import collect_features
    from myoscene.learn.cohort.identity import write_identity

    made, params = snakemake.output, snakemake.params
    collect_features(snakemake.input.features, made.cohort, classes=params.classes)
    write_identity(made.identity, {"features": made.cohort}, **params.called, classes=params.classes)
