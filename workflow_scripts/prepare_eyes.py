"""Rule prepare_eyes: frames, image store and mean neutral images of one participant."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.eyes.prepare import prepare_eyes

    made = snakemake.output
    prepare_eyes(
        frames_path=made.frames,
        images_path=made.images,
        neutrals_path=made.neutrals,
        events=snakemake.input.get("events") or None,
        threads=snakemake.threads,
        **dict(snakemake.params.items()),
    )
