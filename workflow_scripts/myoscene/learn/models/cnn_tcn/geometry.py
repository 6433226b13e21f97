"""How the layers of ``cnn_tcn`` fit into a window. Plain arithmetic: the config check uses it without torch."""

from dataclasses import dataclass

from myoscene.core.errors import InputError
from myoscene.learn.models.settings import CnnTcnLayers


@dataclass(frozen=True)
class Geometry:
    """Sizes of a network for one window length; samples at the model rate, steps of ``stride`` samples.

    Attributes:
        window: samples of a window.
        pool: samples of the anti-aliasing low-pass, ``2 * stride - 1``: two box filters of a stride each.
        stride: total stride of the stem.
        dilations: those that fit, in steps.
        steps: stem outputs inside a window.
        outputs: block outputs inside a window, whose average the head reads.
        skip: samples at the window's start that no layer reads (less than a stride).
    """

    window: int
    pool: int
    stride: int
    dilations: tuple[int, ...]
    steps: int
    outputs: int
    skip: int


def usable_strides(hop: int) -> list[int]:
    """Every stride of which ``hop`` samples are a multiple."""
    return [stride for stride in range(1, hop + 1) if hop % stride == 0]


def fit_geometry(window: int, hop: int, settings: CnnTcnLayers) -> Geometry:
    """Sizes for a window of ``window`` and a hop of ``hop`` samples under ``learn.cnn_tcn`` settings.

    Nothing is padded, so a dilated convolution shortens the sequence by ``(kernel - 1) * dilation`` steps. Of
    ``dilations`` the longest prefix is taken that leaves at least one step of the window (our choice): one
    config fits long and short windows.

    Raises:
        InputError: the hop is not a multiple of the stride; or the window is too short for the stem.
    """
    stride, stem_kernel = settings.stride_samples, settings.stem_kernel_samples
    if hop % stride:
        raise InputError(
            f"learn.cnn_tcn.stride_samples = {stride} does not divide the hop of {hop} samples "
            f"(emg.windows.hop_s x emg.rate_hz); use one of {', '.join(map(str, usable_strides(hop)))}"
        )
    pool = 2 * stride - 1
    steps = (window - (stem_kernel - 1) - pool) // stride + 1
    if steps < 1:
        raise InputError(
            f"a window of {window} samples (emg.windows.length_s x emg.rate_hz) is too short for "
            f"learn.cnn_tcn.stem_kernel_samples = {stem_kernel} and learn.cnn_tcn.stride_samples = {stride}, which "
            f"need {stem_kernel - 1 + pool}; use smaller ones or a longer window"
        )
    kernel, outputs, dilations = settings.kernel_steps, steps, []
    for dilation in settings.dilations:
        if outputs - (kernel - 1) * dilation < 1:
            break
        outputs -= (kernel - 1) * dilation
        dilations.append(dilation)
    used = stem_kernel - 1 + pool + (steps - 1) * stride
    return Geometry(window, pool, stride, tuple(dilations), steps, outputs, window - used)
