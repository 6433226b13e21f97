"""Rule assess_quality: quality measures of one participant's recordings."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.core.settings import from_plain
    from myoscene.emg.quality import AssessSettings, assess_participant

    tables_and_files = given.recordings, given.events, params.pop("emg_files")
    assess_participant(*tables_and_files, made.quality, from_plain(AssessSettings, params))
