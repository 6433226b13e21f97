"""Some null cohorts from raw signals to p-values."""

from myoscene.machinery.job import job

with job(snakemake) as (_, made, params):
    from myoscene.statistics.null_cohort import NullSettings, write_null_cohorts

    first, last = map(int, snakemake.wildcards.seeds.split("-"))
    write_null_cohorts(made[0], range(first, last + 1), params.typed(NullSettings))
