"""One table and one image store of everybody's labelled eye frames."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.learn.cohort.collect_eyes import EyeLabels, collect_eyes
    from myoscene.learn.cohort.files import FrameFiles
    from myoscene.learn.cohort.identity import write_identity

    given, made, params = snakemake.input, dict(snakemake.output), dict(snakemake.params)
    identity, called = made.pop("identity"), params.pop("called")
    people = [FrameFiles(*files) for files in zip(given.frames, given.images, given.neutrals, strict=True)]
    collect_eyes(people, given.excluded, from_plain(EyeLabels, params), **made)
    write_identity(identity, made, **called, classes=params["classes"])
