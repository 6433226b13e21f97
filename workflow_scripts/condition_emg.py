"""Rule condition_emg: filtered and resampled signals of one participant, and the normaliser fitted to them."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.emg.condition import ConditionSettings, condition_participant

    given, made = snakemake.input, snakemake.output
    settings = from_plain(ConditionSettings, dict(snakemake.params))
    condition_participant(given.recordings, given.events, made.signals, made.normaliser, settings)
