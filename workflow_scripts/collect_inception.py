"""The embeddings of the cohort's eye frames, row by row as in its image store."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.models.eye_inception.embed import collect_embeddings

    given = snakemake.input
    collect_embeddings(
        given.cohort, given.frames, given.embeddings, snakemake.output.embeddings, **dict(snakemake.params)
    )
