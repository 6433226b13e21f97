"""Everybody's eye frames checked against each other."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.core.settings import from_plain
    from myoscene.eyes.check import check_eyes
    from myoscene.eyes.settings import PersonaliseSettings

    params["personalise"] = from_plain(PersonaliseSettings, params["personalise"])
    check_eyes(given.frames, made.sheet, made.identical, made.personalisation, **params)
