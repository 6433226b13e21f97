"""Some null cohorts from raw signals to p-values."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.statistics.null_cohort import NullSettings, write_null_cohorts

    first, last = map(int, snakemake.wildcards.seeds.split("-"))
    settings = from_plain(NullSettings, dict(snakemake.params))
    write_null_cohorts(snakemake.output[0], range(first, last + 1), settings)
