"""Differences between scenes in every expression feature."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.statistics.scene_effects import scene_effects

    scene_effects(given.features, made.effects, made.pairs, made.families, **params)
