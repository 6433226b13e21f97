"""EMG, eyes and both together on the same windows."""

from myoscene.machinery.job import job

with job(snakemake) as (given, made, params):
    from myoscene.learn.scores.modalities import ModalitySettings, compare_modalities

    windows = dict(zip(params.pop("window_models"), given.windows, strict=True))
    frames = dict(zip(params.pop("frame_models"), given.frames, strict=True))
    compare_modalities(windows, frames, made.scores, made.comparison, params.typed(ModalitySettings))
