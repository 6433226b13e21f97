"""Rule check_eyes: eye frames checked against each other, and which of them are left out."""

from myoscene.job import job

with job(snakemake):
    from myoscene.eyes.check import check_eyes

    made = snakemake.output
    check_eyes(
        snakemake.input.frames,
        made.sheet,
        made.identical,
        made.personalisation,
        made.excluded,
        **dict(snakemake.params.items()),
    )
