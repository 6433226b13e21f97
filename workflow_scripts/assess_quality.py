"""Rule assess_quality: quality measures of one participant's recordings."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.emg.quality import AssessSettings, assess_participant

    given, settings = snakemake.input, from_plain(AssessSettings, dict(snakemake.params))
    assess_participant(given.recordings, given.events, snakemake.output.quality, settings)
