"""Rule fit_normaliser: one participant's physiological normalisation."""

from myoscene.job import job

with job(snakemake):
    from myoscene.emg.fit import fit_participant

    fit_participant(
        snakemake.input.recordings,
        snakemake.input.events,
        snakemake.input.signals,
        snakemake.output.normaliser,
        **snakemake.params,
    )
