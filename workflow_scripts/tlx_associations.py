"""Associations of every expression feature with every NASA-TLX subscale."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.statistics.tlx import TlxSettings, tlx_associations

    settings = params.typed(TlxSettings)
    tlx_associations(given.features, given.ratings, made.associations, made.families, settings)
