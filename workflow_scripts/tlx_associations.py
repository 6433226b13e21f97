"""Associations of every expression feature with every NASA-TLX subscale."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.statistics.tlx import tlx_associations

    given, made = snakemake.input, snakemake.output
    tlx_associations(given.features, given.ratings, made.associations, made.families, **dict(snakemake.params))
