"""Rule merge_quality: the cohort's quality table."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, _):
    from myoscene.emg.quality import merge_quality

    merge_quality(given.quality, made.parquet, made.csv)
