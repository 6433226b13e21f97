"""One table and one image store of everybody's labelled eye frames."""

from myoscene.job import job

with job(snakemake):
    from myoscene.learn.eye_cohort import collect_eyes

    given = snakemake.input
    sources = (given.frames, given.images, given.neutrals, given.excluded)
    collect_eyes(*sources, **dict(snakemake.output), **dict(snakemake.params))
