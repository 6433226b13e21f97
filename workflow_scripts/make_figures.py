"""Draw every figure of the report, for a desk and for a phone."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.report.figures import make_figures

    make_figures(dict(given), made.wide, made.narrow, **params["options"])
