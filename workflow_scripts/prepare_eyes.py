"""Rule prepare_eyes: frames, image store and mean neutral images of one participant."""

from myoscene.job import job

with job(snakemake):
    from myoscene.eyes.prepare import prepare_eyes

    given, made = snakemake.input, snakemake.output
    prepare_eyes(
        given.raw,
        made.frames,
        made.images,
        made.neutrals,
        events=given.get("events") or None,
        threads=snakemake.threads,
        **dict(snakemake.params.items()),
    )
