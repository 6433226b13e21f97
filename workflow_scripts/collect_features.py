"""The labelled windows of everybody in one table."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.cohort import collect_features

    collect_features(snakemake.input.features, snakemake.output.cohort, classes=snakemake.params.classes)
