"""What personalisation adds, on identical frames."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.personalisation import compare_personalisation

    personalised, plain = snakemake.input.personalised, snakemake.input.plain
    compare_personalisation(personalised, plain, snakemake.output.effect, **dict(snakemake.params))
