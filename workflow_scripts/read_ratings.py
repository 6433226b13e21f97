"""NASA-TLX ratings, matched to the recorded scenes."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.recordings.ratings import write_ratings

    sources = (params.pop("raw"), given.recordings, given.events)
    write_ratings(*sources, made.ratings, made.csv, made.notes, **params)
