"""Rule extract_features: features of windows and envelopes of one participant."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.emg.extract import extract_participant

    extract_participant(
        snakemake.input.recordings,
        snakemake.input.events,
        snakemake.input.signals,
        snakemake.input.normaliser,
        snakemake.output.features,
        snakemake.output.envelopes,
        **snakemake.params,
    )
