"""Differences between scenes in every expression feature."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.statistics.scene_effects import scene_effects

    made = snakemake.output
    scene_effects(snakemake.input.features, made.effects, made.pairs, made.families, **dict(snakemake.params))
