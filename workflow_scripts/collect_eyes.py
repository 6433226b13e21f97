"""One table and one image store of everybody's labelled eye frames."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.eye_cohort import collect_eyes
    from myoscene.learn.identity import write_identity

    given, made, params = snakemake.input, dict(snakemake.output), dict(snakemake.params)
    identity, called = made.pop("identity"), params.pop("called")
    collect_eyes(given.frames, given.images, given.neutrals, given.excluded, **made, **params)
    tables = {"eyes": made["cohort"], "images": made["cohort_images"], "neutrals": made["cohort_neutrals"]}
    write_identity(identity, tables, **called, classes=params["classes"])
