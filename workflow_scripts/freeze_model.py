"""A model's folds together, for people who train nothing."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.engine.card import read_spec
    from myoscene.learn.engine.frozen import freeze_model

    given, model = snakemake.input, snakemake.wildcards.model
    spec = read_spec(snakemake.params.spec, given.identity)
    freeze_model(given.checkpoints, given.cards, snakemake.output.frozen, model=model, spec=spec)
