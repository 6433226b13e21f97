"""Expression features of every participant and scene, and their dictionary."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.core.settings import from_plain
    from myoscene.scenes.expression import SummarySettings, expression_features

    inputs = (list(given.get(name, [])) for name in ("recordings", "events", "envelopes", "predictions"))
    settings = from_plain(SummarySettings, params)
    expression_features(*inputs, made.features, made.csv, made.dictionary, settings)
