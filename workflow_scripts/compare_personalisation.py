"""What personalisation adds, on identical frames."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.scores.personalisation import compare_personalisation

    compare_personalisation(given.personalised, given.plain, made.effect, **params)
