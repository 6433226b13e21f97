"""The labelled, normalised signals of everybody in one table."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.collect import collect_signals
    from myoscene.learn.cohort.identity import write_identity

    given, made, params = snakemake.input, snakemake.output, dict(snakemake.params)
    sources = (given.recordings, given.events, given.signals, given.normalisers)
    called = params.pop("called")
    collect_signals(called["participants"], *sources, made.cohort, **params)
    write_identity(made.identity, {"signals": made.cohort}, **called, classes=params["classes"])
