"""NASA-TLX ratings, matched to the recorded scenes."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.recordings.ratings import write_ratings

    given, made = snakemake.input, snakemake.output
    write_ratings(
        recordings=given.recordings,
        events=given.events,
        ratings_path=made.ratings,
        csv_path=made.csv,
        notes_path=made.notes,
        **dict(snakemake.params.items()),
    )
