"""Rule condition_emg: filtered and resampled signals of one participant, and the normaliser fitted to them."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.emg.fit import condition_and_fit

    condition_and_fit(
        snakemake.input.recordings,
        snakemake.input.events,
        snakemake.output.signals,
        snakemake.output.normaliser,
        **snakemake.params,
    )
