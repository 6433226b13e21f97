"""A model's folds together, for people who train nothing."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.engine.card import read_spec
    from myoscene.learn.engine.frozen import freeze_model

    spec, model = read_spec(params["spec"], given.identity), snakemake.wildcards.model
    freeze_model(given.checkpoints, given.cards, made.frozen, model=model, spec=spec)
