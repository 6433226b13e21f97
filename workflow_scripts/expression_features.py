"""Expression features of every participant and scene, and their dictionary."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.scenes.expression import SummarySettings, expression_features

    inputs = (list(given.get(name, [])) for name in ("recordings", "events", "envelopes", "predictions"))
    expression_features(*inputs, made.features, made.csv, made.dictionary, params.typed(SummarySettings))
