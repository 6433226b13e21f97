"""A table of ready features with labels, as if it came from recordings."""

from myoscene.job import job

with job(snakemake):
    from myoscene.recordings.feature_table import write_feature_tables

    write_feature_tables(snakemake.input.table, snakemake.output.features, **dict(snakemake.params.items()))
