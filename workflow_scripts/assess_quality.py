"""Rule assess_quality: quality measures of one participant's recordings."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.emg.quality import AssessSettings, assess_participant

    given, params = snakemake.input, dict(snakemake.params)
    tables_and_files = given.recordings, given.events, params.pop("emg_files")
    assess_participant(*tables_and_files, snakemake.output.quality, from_plain(AssessSettings, params))
