"""Write the page that a person reads."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.report.page import make_page

    tables = {name: files for name, files in given.items() if name not in ("seen", "wide", "narrow")}
    tables |= dict(zip(["description"], params["raw"], strict=False))  # where there is one
    make_page(tables, list(given.wide), list(given.narrow), made.page, title=params["title"], **params["options"])
