"""Embedding, openness and blinks of one participant's eye frames."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.models.eye_cnn.features import extract_eye_features

    given, params = snakemake.input, {**snakemake.wildcards, **snakemake.params}
    for name in ("made", "blinks_made"):
        params[name] = {**params[name], "about": with_cohort(params[name]["about"], given.identity)}
    stores = (given.frames, given.images, given.neutrals)
    blinks, embeddings = given.blinks or None, given.embeddings or None
    target = snakemake.output.features
    extract_eye_features(*stores, given.checkpoint, blinks, target, embeddings=embeddings, **params)
