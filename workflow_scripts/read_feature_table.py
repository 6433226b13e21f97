"""A table of ready features with labels, as if it came from recordings."""

from myoscene.machinery.job import job

with job(snakemake) as (_, made, params):
    from myoscene.recordings.feature_table import write_feature_tables

    (table,) = params.pop("raw")
    write_feature_tables(table, made.features, **params)
