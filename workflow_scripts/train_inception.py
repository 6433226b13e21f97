"""One fold of InceptionV3 on eye images: a head on its embeddings, or all weights on from the user's."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.engine.train_eyes import CohortPaths
    from myoscene.learn.models.eye_inception.train import train_inception

    given, said = snakemake.input, dict(snakemake.params) | dict(snakemake.wildcards)
    said |= {name: snakemake.resources[name] for name in ("resume_every_epochs", "log_every_epochs")}
    said |= {name: given.get(name) or None for name in ("embeddings", "weights")}
    said["about"] = with_cohort(said["about"], given.identity)
    cohort = CohortPaths(given.cohort, given.images, given.neutrals, said.pop("n_eyes"))
    train_inception(cohort, given.folds, given.get("blinks") or None, snakemake.output.checkpoint, **said)
