"""Predictions of a trained network over signals of any length, in one pass."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch

from myoscene.core.errors import InputError
from myoscene.learn.engine.card_check import Arrays, check_members, names, need, size
from myoscene.learn.models.cnn_tcn.geometry import Geometry, fit_geometry
from myoscene.learn.models.cnn_tcn.network import CnnTcn

# Samples of one pass over a long recording; longer ones go in overlapping pieces to bound the memory.
PIECE = 400_000


class SignalPredictor:
    """A network with its weights. See :class:`myoscene.learn.engine.checkpoint.Predictor`."""

    kind = "signal"

    def __init__(self, arrays: dict[str, np.ndarray], card: dict[str, Any]) -> None:
        self.card = card
        self.classes: list[str] = card["classes"]
        self.channels: list[str] = card["channels"]
        self.geometry: Geometry = fit_geometry(card["window_samples"], card["hop_samples"], card["settings"])
        self.members = [self._member(arrays, f"{number}/") for number in range(len(card["members"]))]
        untrained = [index for index, name in enumerate(self.classes) if name in card["missing_classes"]]
        self.untrained = torch.tensor(untrained, dtype=torch.long)

    def _member(self, arrays: dict[str, np.ndarray], prefix: str) -> CnnTcn:
        network = CnnTcn(len(self.channels), len(self.classes), self.geometry, self.card["settings"])
        own = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
        network.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in own.items()})
        return network.eval()

    @staticmethod
    def check(arrays: Arrays, card: dict[str, Any]) -> None:
        """See :func:`myoscene.learn.engine.card_check.check_model`."""
        check_members(arrays, card)
        settings = card["settings"]
        names(card["channels"], "channels")
        filters, _, kernel = arrays["0/stem.filter.weight"].shape
        width = arrays["0/widen.weight"].shape[0]
        said = (settings["stem_filters"], settings["stem_kernel_samples"], settings["width"])
        need(said == (filters, kernel, width), "the weights have other sizes than the card")
        for name in ("window_samples", "hop_samples"):
            size(card[name], name)
        size(settings["stride_samples"], "stride_samples", card["hop_samples"])
        size(settings["kernel_steps"], "kernel_steps", card["window_samples"])
        for dilation in settings["dilations"]:
            size(dilation, "a dilation")

    def predict_features(self, frame: pd.DataFrame) -> np.ndarray:
        """Not possible: the network reads the signal."""
        raise TypeError(f"{self.card['model']} predicts from the signal, not from features")

    @torch.inference_mode()
    def predict_signal(self, signal: np.ndarray, hop_samples: int) -> tuple[np.ndarray, np.ndarray]:
        """First samples ``(windows,)`` and probabilities ``(windows, classes)`` of ``signal`` ``(channels, samples)``.

        Raises:
            InputError: the hop is no multiple of the network's stride, or the channels are not those it knows.
        """
        return self._dense(signal, hop_samples, self._probabilities, len(self.classes))

    @torch.inference_mode()
    def signal_features(self, signal: np.ndarray, hop_samples: int) -> tuple[np.ndarray, np.ndarray]:
        """First samples ``(windows,)`` and what the first member's head reads, ``(windows, 2 * width)``.

        Raises:
            InputError: as :meth:`predict_signal`.
        """
        return self._dense(signal, hop_samples, self._features, 2 * self.card["settings"]["width"])

    def _dense(
        self, signal: np.ndarray, hop_samples: int, read: Callable[[np.ndarray], np.ndarray], columns: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """First samples ``(windows,)`` and what ``read`` gives of them, ``(windows, columns)``."""
        geometry = self.geometry
        if hop_samples % geometry.stride or hop_samples < 1:
            raise InputError(
                f"a hop of {hop_samples} samples is no multiple of the network's stride of {geometry.stride}; "
                f"set emg.windows.hop_s to a multiple of {geometry.stride / self.card['rate_hz']:g} s"
            )
        if len(signal) != len(self.channels):
            raise InputError(
                f"the signal has {len(signal)} channels, the model '{self.card['model']}' was trained on "
                f"{len(self.channels)} ({', '.join(self.channels)}); use the same channels"
            )
        n_windows = max(0, (signal.shape[1] - geometry.window) // hop_samples + 1)
        starts = np.arange(n_windows, dtype=np.int64) * hop_samples
        at_once = max(1, (PIECE - geometry.window) // hop_samples + 1)
        pieces = [np.zeros((0, columns), dtype=np.float32)]
        for first in range(0, n_windows, at_once):
            last = min(first + at_once, n_windows) - 1
            piece = signal[:, starts[first] : starts[last] + geometry.window]
            pieces.append(read(piece)[:: hop_samples // geometry.stride])
        return starts, np.concatenate(pieces)

    def _features(self, signal: np.ndarray) -> np.ndarray:
        given = torch.from_numpy(np.ascontiguousarray(signal, dtype=np.float32))[None]
        return self.members[0].features(given)[0].T.numpy()

    def _probabilities(self, signal: np.ndarray) -> np.ndarray:
        """Mean of the members' probabilities."""
        given = torch.from_numpy(np.ascontiguousarray(signal, dtype=np.float32))[None]
        total: torch.Tensor | None = None
        for network in self.members:
            scores = network(given)[0]
            scores[self.untrained] = -torch.inf  # a class that nobody trained on cannot be predicted
            probabilities = scores.softmax(dim=0)
            total = probabilities if total is None else total + probabilities
        assert total is not None
        return (total / len(self.members)).T.numpy()
