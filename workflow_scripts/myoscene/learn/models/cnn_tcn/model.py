"""``cnn_tcn``: how it is trained, checked and predicts with."""

import numpy as np
import torch

from myoscene.learn.engine.card import Card, Fitted, Section, SignalInput
from myoscene.learn.engine.check import names, need, size
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.signals import SignalPredictor, check_signals, fit_signals
from myoscene.learn.engine.task import Task
from myoscene.learn.models.cnn_tcn.geometry import fit_geometry
from myoscene.learn.models.cnn_tcn.network import CnnTcn


def build(sizes: SignalInput, classes: int, settings: Section) -> CnnTcn:
    """A network whose weights the global generator draws."""
    geometry = fit_geometry(sizes.window_samples, sizes.hop_samples, settings)
    return CnnTcn(len(sizes.channels), classes, geometry, settings)


def fit(task: Task) -> Fitted:
    """See :func:`myoscene.learn.engine.signals.fit_signals`."""
    return fit_signals(task, build)


class CnnTcnPredictor(SignalPredictor):
    """A trained ``cnn_tcn``, whose features a fusion reads."""

    members: list[CnnTcn]  # type: ignore[assignment]

    def __init__(self, arrays: Arrays, card: Card) -> None:
        super().__init__(arrays, card, build)
        self.geometry = self.members[0].geometry

    @torch.inference_mode()
    def signal_features(self, signal: np.ndarray, hop_samples: int) -> tuple[np.ndarray, np.ndarray]:
        """First samples ``(windows,)`` and what the first member's head reads, ``(windows, 2 * width)``.

        Raises:
            InputError: as :meth:`predict_signal`.
        """
        network = self.members[0]
        return self.dense(signal, hop_samples, lambda given: network.features(given)[0], network.head.in_channels)


def check(arrays: Arrays, card: Card) -> None:
    """See :func:`myoscene.learn.models.registry.load_predictor`."""
    check_signals(arrays, card)
    settings, sizes = card.settings, card.signal
    assert sizes is not None
    names(sizes.channels, "channels")
    filters, _, kernel = arrays["0/stem.filter.weight"].shape
    said = (settings["stem_filters"], settings["stem_kernel_samples"], settings["width"])
    need(said == (filters, kernel, arrays["0/widen.weight"].shape[0]), "the weights have other sizes than the card")
    size(settings["stride_samples"], "stride_samples", sizes.hop_samples)
    size(settings["kernel_steps"], "kernel_steps", sizes.window_samples)
    for dilation in settings["dilations"]:
        size(dilation, "a dilation")
