"""One table and one image store of everybody's labelled eye frames."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.collect_eyes import collect_eyes
    from myoscene.learn.cohort.identity import write_identity

    given, made, params = snakemake.input, dict(snakemake.output), dict(snakemake.params)
    identity, called = made.pop("identity"), params.pop("called")
    collect_eyes(given.frames, given.images, given.neutrals, given.excluded, **made, **params)
    tables = {"eyes": made["cohort"], "images": made["cohort_images"], "neutrals": made["cohort_neutrals"]}
    write_identity(identity, tables, **called, classes=params["classes"])
