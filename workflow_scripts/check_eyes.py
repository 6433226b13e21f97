"""Everybody's eye frames checked against each other."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.eyes.check import check_eyes

    made = snakemake.output
    tables = (made.sheet, made.identical, made.personalisation)
    check_eyes(snakemake.input.frames, *tables, **dict(snakemake.params.items()))
