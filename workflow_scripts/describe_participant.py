"""A participant's recordings and events: rates, lengths, channels, hashes, what each event means."""

from myoscene.machinery.job import job

with job(snakemake) as (_, made, params):
    from myoscene.recordings.describe import describe_participant

    describe_participant(recordings_path=made.recordings, events_path=made.events, **params)
