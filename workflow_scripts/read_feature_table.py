"""A table of ready features with labels, as if it came from recordings."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.recordings.feature_table import write_feature_tables

    params = dict(snakemake.params)
    (table,) = params.pop("raw")
    write_feature_tables(table, snakemake.output.features, **params)
