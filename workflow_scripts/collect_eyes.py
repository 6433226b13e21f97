"""One table and one image store of everybody's labelled eye frames."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.cohort.collect_eyes import EyeLabels, collect_eyes
    from myoscene.learn.cohort.files import FrameFiles
    from myoscene.learn.cohort.identity import write_identity

    files = dict(made)
    identity, called = files.pop("identity"), params.pop("called")
    people = [FrameFiles(*one) for one in zip(given.frames, given.images, given.neutrals, strict=True)]
    collect_eyes(people, given.excluded, params.typed(EyeLabels), **files)
    write_identity(identity, files, **called, classes=params["classes"])
