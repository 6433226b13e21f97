"""Rule condition_emg: filtered and resampled signals of one participant, and the normaliser fitted to them."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.emg.condition import ConditionSettings, condition_participant

    tables_and_files = given.recordings, given.events, params.pop("emg_files")
    condition_participant(*tables_and_files, made.signals, made.normaliser, params.typed(ConditionSettings))
