"""Rule assess_quality: quality measures of one participant's recordings."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.emg.quality import AssessSettings, assess_participant

    tables_and_files = given.recordings, given.events, params.pop("emg_files")
    assess_participant(*tables_and_files, made.quality, params.typed(AssessSettings))
