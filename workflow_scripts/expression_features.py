"""Expression features of every participant and scene, and their dictionary."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.scenes.expression import expression_features

    given, made = snakemake.input, snakemake.output
    inputs = (list(given.get(name, [])) for name in ("recordings", "events", "envelopes", "predictions"))
    outputs = (made.features, made.csv, made.dictionary)
    expression_features(*inputs, *outputs, **dict(snakemake.params))
