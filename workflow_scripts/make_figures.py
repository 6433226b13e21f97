"""Draw every figure of the report, for a desk and for a phone."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.report.figures import make_figures

    tables = dict(snakemake.input.items())
    make_figures(tables, snakemake.output.wide, snakemake.output.narrow, **snakemake.params.options)
