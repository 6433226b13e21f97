"""Rule extract_features: features of windows and envelopes of one participant."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.emg.extract import ExtractSettings, extract_participant

    given, made = snakemake.input, snakemake.output
    files = (given.recordings, given.events, given.signals, given.normaliser, made.features, made.envelopes)
    extract_participant(*files, from_plain(ExtractSettings, dict(snakemake.params)))
