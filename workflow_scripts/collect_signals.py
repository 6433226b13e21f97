"""The labelled, normalised signals of everybody in one table."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.cohort.collect import PersonSignals, StretchSettings, collect_signals
    from myoscene.learn.cohort.identity import write_identity

    called, sources = params.pop("called"), (given.recordings, given.events, given.signals, given.normalisers)
    people = [PersonSignals(*files) for files in zip(called["participants"], *sources, strict=True)]
    settings = params.typed(StretchSettings)
    collect_signals(people, made.cohort, settings)
    write_identity(made.identity, {"signals": made.cohort}, **called, classes=settings.classes)
