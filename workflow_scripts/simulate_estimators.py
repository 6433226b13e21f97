"""False positives and power of the estimators where the truth is known."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.statistics.simulation import write_simulation

    write_simulation(snakemake.output[0], **dict(snakemake.params))
