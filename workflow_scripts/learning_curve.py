"""One fold of the learning curve: trained on fewer people, and scored."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.cohort.files import Cohort
    from myoscene.learn.cohort.identity import with_cohort
    from myoscene.learn.scores.curve import train_curve_fold

    given, made, params = snakemake.input, snakemake.output, dict(snakemake.params)
    params["about"] = with_cohort(params["about"], given.identity)
    stores = {"eyes": given.cohort, "images": given.images, "neutrals": given.neutrals}
    cohort = Cohort(**stores, blinks=[given.blinks] if given.blinks else [], n_eyes=params.pop("n_eyes"))
    people, fold = int(snakemake.wildcards.people), snakemake.wildcards.fold
    train_curve_fold(cohort, given.folds, made.checkpoint, made.scores, people=people, fold=fold, **params)
