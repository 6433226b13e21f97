"""What fusions of EMG and eyes share: their two parts, and predictions with whichever modality there is."""

from abc import ABC, abstractmethod
from copy import copy
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.cohort.spans import window_means
from myoscene.learn.engine.card import Card, Fitted, Section
from myoscene.learn.engine.check import check_common, need
from myoscene.learn.engine.checkpoint import Arrays, read_checkpoint, under
from myoscene.learn.engine.device import prepare as prepare_device
from myoscene.learn.engine.fits import require_parts
from myoscene.learn.engine.task import Task
from myoscene.learn.models.cnn_tcn.model import CnnTcnPredictor
from myoscene.learn.models.cnn_tcn.model import load as load_emg
from myoscene.learn.models.eye_cnn.model import EyePredictor
from myoscene.learn.models.eye_cnn.model import load as load_eyes

EMG, EYES = "emg/", "eyes/"
Array = NDArray[np.floating]


class Parts:
    """The fold's own ``cnn_tcn`` and ``eye_cnn``, as they were trained: weights and cards.

    Raises:
        InputError: as :func:`myoscene.learn.engine.fits.require_parts`.
    """

    def __init__(self, task: Task) -> None:
        prepare_device(task.execution.device)
        paths = task.parts["signal"], task.parts["eyes"]
        (self.emg_arrays, self.emg_card), (self.eye_arrays, self.eye_card) = map(read_checkpoint, paths)
        require_parts(dict(zip(paths, (self.emg_card, self.eye_card), strict=True)), task.spec, task.split)

    def fitted(self, arrays: Arrays, missing: list[str], own: Section) -> Fitted:
        """What a fusion's training gives, with what its parts read."""
        return Fitted(arrays, missing, signal=self.emg_card.signal, images=self.eye_card.images, own=own)

    def kept(self, members: int | None = None) -> dict[str, dict[str, Any]]:
        """What a fusion's card keeps of its parts' cards; of their first ``members`` only."""
        cards = {"emg": self.emg_card.plain(), "eyes": self.eye_card.plain()}
        for said in cards.values():
            said.pop("history", None)
            said["members"] = said["members"][:members]
        return cards


class FusionPredictor(ABC):
    """A trained fusion, with both encoders. See :class:`myoscene.learn.models.registry.Predictor`.

    Attributes:
        eye_columns: of what :meth:`of_frames` gives.
    """

    kind = "fusion"
    eye_columns: int

    def __init__(self, arrays: Arrays, card: Card) -> None:
        self.card, self.classes = card, card.classes
        self.emg: CnnTcnPredictor = load_emg(*_encoder(arrays, card, "emg", "cnn_tcn"))
        self.eyes: EyePredictor = load_eyes(*_encoder(arrays, card, "eyes", "eye_cnn"))
        windows = card.spec.windows
        need(windows is not None and windows["length_s"] > 0, "windows have no length")
        self.length_s: float = windows["length_s"]  # type: ignore[index]

    @property
    def members(self) -> list[Any]:
        """Pairs of networks, one of each encoder."""
        return list(zip(self.emg.members, self.eyes.members, strict=False))

    def alone(self, member: int) -> Self:
        """The same with only one pair of networks."""
        part = copy(self)
        part.emg, part.eyes = self.emg.alone(member), self.eyes.alone(member)
        return part

    @abstractmethod
    def of_signal(self, signal: Array, hop_samples: int) -> Array:
        """``(windows, columns)`` of a signal."""

    @abstractmethod
    def of_frames(self, frames: EyeFrames) -> Array:
        """``(frames, eye_columns)`` of frames."""

    @abstractmethod
    def joined(self, emg: Array | None, eyes: Array, has_eyes: NDArray[np.bool_]) -> Array:
        """Probabilities ``(windows, classes)`` of what the other two gave; ``eyes`` are means of windows."""

    def window_starts(self, samples: int, hop_samples: int) -> NDArray[np.int64]:
        """First samples ``(windows,)`` of the windows inside ``samples``."""
        number = max(0, (samples - self.emg.geometry.window) // hop_samples + 1)
        return np.arange(number, dtype=np.int64) * hop_samples

    def predict_windows(
        self,
        starts_s: NDArray[np.float64],
        signal: Array | None = None,
        hop_samples: int | None = None,
        frames: EyeFrames | None = None,
        frame_times: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float32]:
        """Probabilities ``(windows, classes)`` by both modalities, or by the one that a window has.

        They are NaN in the rows of windows that neither tells of. All times are on the recording's clock.

        Args:
            starts_s: ``(windows,)``; with a ``signal``, the times of its samples :meth:`window_starts`.
            signal: normalised, ``(channels, samples)``, one contiguous stretch; its windows start every
                ``hop_samples``.
            frames: eye frames of the same recording, at ``frame_times`` ``(frames,)`` in any order. Those outside all
                windows change nothing.

        Raises:
            InputError: the hop, the channels or the frames are not such as the encoders were trained on.
            ValueError: ``starts_s`` are not as many as the signal's windows.
        """
        means, has_eyes = np.zeros((len(starts_s), self.eye_columns)), np.zeros(len(starts_s), dtype=bool)
        if frames is not None and frame_times is not None and len(frames):
            order = np.argsort(frame_times, kind="stable")
            values = self.of_frames(frames.take(order))
            means, has_eyes = window_means(values, frame_times[order], starts_s, self.length_s)
        emg = None
        if signal is not None:
            assert hop_samples is not None
            emg = self.of_signal(signal, hop_samples)
            if len(emg) != len(starts_s):
                raise ValueError(f"{len(starts_s)} window starts for a signal of {len(emg)} windows")
        return self.joined(emg, means, has_eyes).astype(np.float32)


def _encoder(arrays: Arrays, card: Card, part: str, model: str) -> tuple[Arrays, Card]:
    """Weights and card of one of a fusion's two parts."""
    own, encoder = under(arrays, f"{part}/"), Card.of(card.own["encoders"][part])
    need(encoder.model == model, f"the encoder '{part}' is a {encoder.model}")
    need(encoder.classes == card.classes, f"the encoder '{part}' has other classes")
    check_common(own, encoder)
    return own, encoder
