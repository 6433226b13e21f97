"""EMG, eyes and both together on the same windows."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.learn.scores.modalities import compare_modalities

    params = dict(snakemake.params)
    windows = dict(zip(params.pop("window_models"), snakemake.input.windows, strict=True))
    frames = dict(zip(params.pop("frame_models"), snakemake.input.frames, strict=True))
    compare_modalities(windows, frames, snakemake.output.scores, snakemake.output.comparison, **params)
