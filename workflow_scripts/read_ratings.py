"""NASA-TLX ratings, matched to the recorded scenes."""

from myoscene.job import job

with job(snakemake):
    from myoscene.recordings.ratings import write_ratings

    given, made = snakemake.input, snakemake.output
    write_ratings(
        given.files,
        given.recordings,
        given.events,
        made.ratings,
        made.csv,
        made.notes,
        **dict(snakemake.params.items()),
    )
