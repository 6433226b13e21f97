"""What personalisation adds, on identical frames."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.scores.personalisation import compare_personalisation

    personalised, plain = snakemake.input.personalised, snakemake.input.plain
    compare_personalisation(personalised, plain, snakemake.output.effect, **dict(snakemake.params))
