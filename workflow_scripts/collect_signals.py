"""The labelled, normalised signals of everybody in one table."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.cohort import collect_signals

    given = snakemake.input
    sources = (given.recordings, given.events, given.signals, given.normalisers)
    params = dict(snakemake.params)
    collect_signals(params.pop("participants"), *sources, snakemake.output.cohort, **params)
