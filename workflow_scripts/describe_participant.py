"""A participant's recordings and events: rates, lengths, channels, hashes, what each event means."""

from myoscene.job import job

with job(snakemake):
    from myoscene.recordings.describe import describe_participant

    made = snakemake.output
    describe_participant(snakemake.input.raw, made.recordings, made.events, **dict(snakemake.params.items()))
