"""Rule condition_emg: filtered and resampled signals of one participant."""

from myoscene.job import job

with job(snakemake):
    from myoscene.emg.condition import condition_participant

    condition_participant(
        snakemake.input.recordings, snakemake.input.events, snakemake.output.signals, **snakemake.params
    )
