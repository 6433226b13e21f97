"""Rule merge_quality: the cohort's quality table."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.emg.quality import merge_quality

    merge_quality(snakemake.input.quality, snakemake.output.parquet, snakemake.output.csv)
