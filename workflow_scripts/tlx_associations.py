"""Associations of every expression feature with every NASA-TLX subscale."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.statistics.tlx import TlxSettings, tlx_associations

    given, made = snakemake.input, snakemake.output
    settings = from_plain(TlxSettings, dict(snakemake.params))
    tlx_associations(given.features, given.ratings, made.associations, made.families, settings)
