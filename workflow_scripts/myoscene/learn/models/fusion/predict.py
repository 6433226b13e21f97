"""Predictions of a fusion model over windows, with whichever modality there is."""

from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.cohort.paired import window_means
from myoscene.learn.engine.card_check import Arrays, check_model, need
from myoscene.learn.models.cnn_tcn.predict import SignalPredictor
from myoscene.learn.models.eye_cnn.network import EMBEDDING
from myoscene.learn.models.eye_cnn.predict import EyePredictor
from myoscene.learn.models.fusion.joint import JointHead
from myoscene.learn.models.fusion.late import Calibration, combine
from myoscene.learn.models.registry import MODELS

EMG, EYES, HEAD = "emg/", "eyes/", "joint/"
Array = NDArray[np.floating]


class Method(Protocol):
    """What a fusion does with its two encoders."""

    def of_signal(self, signal: Array, hop_samples: int) -> Array:
        """``(windows, columns)``."""
        ...

    def of_frames(self, frames: EyeFrames) -> Array:
        """``(frames, columns)``."""
        ...

    def joined(self, emg: Array | None, eyes: Array, has_eyes: NDArray[np.bool_]) -> Array:
        """Probabilities ``(windows, classes)`` of what the other two gave; ``eyes`` are means of windows."""
        ...


class LateFusion:
    """Each model's own probabilities, calibrated and combined."""

    def __init__(self, emg: SignalPredictor, eyes: EyePredictor, card: dict[str, Any]) -> None:
        self.emg, self.eyes = emg, eyes
        said = card["calibration"]
        self.calibration = Calibration(**{name: said[name] for name in Calibration.__dataclass_fields__})

    def of_signal(self, signal: Array, hop_samples: int) -> Array:
        """See :class:`Method`."""
        return self.emg.predict_signal(signal, hop_samples)[1]

    def of_frames(self, frames: EyeFrames) -> Array:
        """See :class:`Method`."""
        return self.eyes.predict_frames(frames)

    def joined(self, emg: Array | None, eyes: Array, has_eyes: NDArray[np.bool_]) -> Array:
        """See :class:`Method`."""
        return combine(self.calibration, emg, eyes, has_eyes)


class JointFusion:
    """Both encoders' features under one head."""

    def __init__(
        self, emg: SignalPredictor, eyes: EyePredictor, arrays: dict[str, np.ndarray], card: dict[str, Any]
    ) -> None:
        self.emg, self.eyes = emg, eyes
        self.width = 2 * emg.card["settings"]["width"]
        head = JointHead(self.width, EMBEDDING, len(card["classes"]))
        weights = {name.removeprefix(HEAD): value for name, value in arrays.items() if name.startswith(HEAD)}
        head.load_state_dict({name: torch.from_numpy(np.array(value)) for name, value in weights.items()})
        self.head = head.eval()
        missing = [place for place, name in enumerate(card["classes"]) if name in card["missing_classes"]]
        self.untrained = torch.tensor(missing, dtype=torch.long)

    def of_signal(self, signal: Array, hop_samples: int) -> Array:
        """See :class:`Method`."""
        return self.emg.signal_features(signal, hop_samples)[1]

    def of_frames(self, frames: EyeFrames) -> Array:
        """See :class:`Method`."""
        return self.eyes.embed_frames(frames)

    @torch.inference_mode()
    def joined(self, emg: Array | None, eyes: Array, has_eyes: NDArray[np.bool_]) -> Array:
        """See :class:`Method`."""
        has_emg = torch.full((len(eyes),), emg is not None)
        given = np.zeros((len(eyes), self.width)) if emg is None else emg
        told = torch.from_numpy(has_eyes)
        features = [torch.from_numpy(np.asarray(part, dtype=np.float32)) for part in (given, eyes)]
        scores = self.head(*features, has_emg, told)
        scores[:, self.untrained] = -torch.inf  # a class that nobody trained on cannot be predicted
        probabilities = scores.softmax(dim=1).numpy()
        return np.where((has_emg | told).numpy()[:, None], probabilities, np.nan)


class FusionPredictor:
    """``fusion_late`` or ``fusion_joint`` with both encoders. See
    :class:`myoscene.learn.engine.checkpoint.Predictor`."""

    kind = "fusion"

    def __init__(self, arrays: dict[str, np.ndarray], card: dict[str, Any]) -> None:
        self.card = card
        self.classes: list[str] = card["classes"]
        self.length_s: float = card["windows"]["length_s"]
        emg = SignalPredictor(_under(arrays, EMG), card["encoders"]["emg"])
        eyes = EyePredictor(_under(arrays, EYES), card["encoders"]["eyes"])
        self.emg, self.eyes = emg, eyes
        joint = card["model"] == "fusion_joint"
        self.method: Method = JointFusion(emg, eyes, arrays, card) if joint else LateFusion(emg, eyes, card)

    @staticmethod
    def check(arrays: Arrays, card: dict[str, Any]) -> None:
        """See :func:`myoscene.learn.engine.card_check.check_model`."""
        for prefix, kind in ((EMG, "signal"), (EYES, "eyes")):
            part = prefix.removesuffix("/")
            encoder = card["encoders"][part]
            need(MODELS[encoder["model"]].kind == kind, f"the encoder '{part}' is a {encoder['model']}")
            need(encoder["classes"] == card["classes"], f"the encoder '{part}' has other classes")
            check_model(_under(arrays, prefix), encoder)
        need(card["windows"]["length_s"] > 0, "windows have no length")

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

        Args:
            starts_s: ``(windows,)`` when each window starts, on the recording's clock. With a ``signal``, these are the
                times of its samples :meth:`window_starts`.
            signal: normalised, ``(channels, samples)``, one contiguous stretch; None without EMG.
            hop_samples: samples between the starts of windows; only with a ``signal``.
            frames: eye frames of the same recording, None without eyes. Those outside all windows change nothing.
            frame_times: ``(frames,)`` in seconds, on the recording's clock, in any order.

        Returns:
            NaN in the rows of windows that neither modality tells of.

        Raises:
            InputError: the hop, the channels or the frames are not such as the encoders were trained on.
            ValueError: ``starts_s`` are not as many as the signal's windows.
        """
        means, has_eyes = self._eye_means(starts_s, frames, frame_times)
        emg = None
        if signal is not None:
            assert hop_samples is not None
            emg = self.method.of_signal(signal, hop_samples)
            if len(emg) != len(starts_s):
                raise ValueError(f"{len(starts_s)} window starts for a signal of {len(emg)} windows")
        return self.method.joined(emg, means, has_eyes).astype(np.float32)

    def _eye_means(
        self, starts_s: NDArray[np.float64], frames: EyeFrames | None, times: NDArray[np.float64] | None
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Means ``(windows, columns)`` of what the frames in each window give, and which windows have frames."""
        joint = isinstance(self.method, JointFusion)
        if frames is None or times is None or not len(frames):
            columns = EMBEDDING if joint else len(self.classes)
            return np.zeros((len(starts_s), columns)), np.zeros(len(starts_s), dtype=bool)
        order = np.argsort(times, kind="stable")
        return window_means(self.method.of_frames(frames.take(order)), times[order], starts_s, self.length_s)


def _under(arrays: dict[str, np.ndarray], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


def require_same_fold(emg: dict[str, Any], eyes: dict[str, Any], fold: str, classes: list[str]) -> None:
    """Refuse encoders of different folds, people or classes: one of them might know whom the other holds out.

    Args:
        emg, eyes: cards of the two checkpoints.
        fold: the fold to train.
        classes: the classes to predict.

    Raises:
        InputError: names the first disagreement.
    """
    for card in (emg, eyes):
        if card["fold"] != fold:
            raise InputError(
                f"fusion of fold '{fold}' was given the '{card['model']}' of fold '{card['fold']}'; delete "
                f"results/learn/{card['model']} and run again"
            )
    for key, words in (
        ("training_participants", "training participants"),
        ("validation_participants", "validation participants"),
        ("classes", "classes"),
    ):
        if emg[key] != eyes[key] or (key == "classes" and emg[key] != classes):
            told = "; ".join(f"'{card['model']}' has {', '.join(card[key])}" for card in (emg, eyes))
            raise InputError(
                f"the models that fold '{fold}' joins differ in their {words} ({told}); with eyes.label_set "
                f"'recordings', delete results/learn and run again"
            )
