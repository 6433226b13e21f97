"""The embeddings of the cohort's eye frames, row by row as in its image store."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.models.eye_inception.embed import collect_embeddings

    collect_embeddings(given.cohort, given.frames, given.embeddings, made.embeddings, **params)
