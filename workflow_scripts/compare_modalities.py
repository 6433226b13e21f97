"""EMG, eyes and both together on the same windows."""

from myoscene.machinery.job import job

with job(snakemake):
    from myoscene.core.settings import from_plain
    from myoscene.learn.scores.modalities import ModalitySettings, compare_modalities

    params = dict(snakemake.params)
    windows = dict(zip(params.pop("window_models"), snakemake.input.windows, strict=True))
    frames = dict(zip(params.pop("frame_models"), snakemake.input.frames, strict=True))
    settings, made = from_plain(ModalitySettings, params), snakemake.output
    compare_modalities(windows, frames, made.scores, made.comparison, settings)
