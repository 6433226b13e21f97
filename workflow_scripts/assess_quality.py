"""Rule assess_quality: quality measures of one participant's recordings."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.emg.quality import assess_participant

    assess_participant(snakemake.input.recordings, snakemake.input.events, snakemake.output.quality, **snakemake.params)
