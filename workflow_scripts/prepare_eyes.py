"""Rule prepare_eyes: frames, image store and mean neutral images of one participant."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.eyes.prepare import EyeSource, prepare_eyes

    source, events = params.typed(EyeSource), given.get("events") or None
    prepare_eyes(source, events, made.frames, made.images, made.neutrals, threads=snakemake.threads)
