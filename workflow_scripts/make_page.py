"""Write the page that a person reads."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.report.page import make_page

    other = ("layout", "wide", "narrow")
    tables = {name: files for name, files in snakemake.input.items() if name not in other}
    wide, narrow = list(snakemake.input.wide), list(snakemake.input.narrow)
    page = snakemake.output.page
    make_page(tables, wide, narrow, page, title=snakemake.params.title, **snakemake.params.options)
