"""Rule extract_features: features of windows and envelopes of one participant."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.emg.extract import ExtractSettings, extract_participant

    files = (given.recordings, given.events, given.signals, given.normaliser, made.features, made.envelopes)
    extract_participant(*files, params.typed(ExtractSettings))
