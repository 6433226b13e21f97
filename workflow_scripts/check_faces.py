"""Everybody's faces checked against each other."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.face.check import check_faces

    check_faces(given.sheets, made.sheet)
