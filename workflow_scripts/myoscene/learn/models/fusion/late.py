"""Late fusion: each modality's probabilities, calibrated and combined on people of the fold who did not train them."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.cohort.paired import Paired, read_paired
from myoscene.learn.cohort.spans import window_means
from myoscene.learn.engine.card import Card, Fitted
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.ensemble import honest
from myoscene.learn.engine.task import Task
from myoscene.learn.models.cnn_tcn.model import CnnTcnPredictor
from myoscene.learn.models.eye_cnn.model import EyePredictor
from myoscene.learn.models.fusion.base import EMG, EYES, Array, FusionPredictor, Parts

LOG = logging.getLogger(__name__)

MODELS = {
    "fusion_late": {
        "kind": "fusion",
        "order": 10,
        "label": "late fusion",
        "section": "fusion",
        "parts": {"signal": "cnn_tcn", "eyes": "eye_cnn"},
    },
}
# Smallest probability that a class can have: 0 (a class that nobody trained on) has no logarithm.
FLOOR = 1e-7
SHARPEST, FLATTEST = 20.0, 0.05  # inverse temperatures that are searched
EQUAL, DIGITS = 0.5, 6
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Calibration:
    """How the two modalities' probabilities are calibrated and combined.

    Attributes:
        temperature_emg, temperature_eyes: logits are divided by it (Guo et al. 2017); 1 changes nothing.
        weight_emg, weight_eyes: exponents a and b of the calibrated probabilities in ``p ~ emg^a * eyes^b``. Both 0.5
            is the geometric mean; both 1 holds where the modalities err independently of each other.
    """

    temperature_emg: float = 1.0
    temperature_eyes: float = 1.0
    weight_emg: float = EQUAL
    weight_eyes: float = EQUAL


@dataclass(frozen=True)
class Windows:
    """Labelled windows: probabilities ``(windows, classes)`` by each modality, whether they have frames, the index of
    their class, and the number of the event that they lie in.
    """

    emg: Doubles
    eyes: Doubles
    has_eyes: NDArray[np.bool_]
    labels: NDArray[np.int64]
    events: NDArray[np.int64]


def fit(task: Task) -> Fitted:
    """Both models as they are, and how to combine them: calibrated on the people whom some member of either was not
    trained on, which are the fold's validation people where each has one member. A class is missing where neither
    model was trained on it, since either can be fallen back on.

    Raises:
        InputError: the two differ in fold, people, classes or cohort, or nobody has a labelled event.
    """
    parts = Parts(task)
    emg, eyes = CnnTcnPredictor(parts.emg_arrays, parts.emg_card), EyePredictor(parts.eye_arrays, parts.eye_card)
    assert parts.emg_card.signal is not None and task.spec.windows is not None
    people = tuple(name for name in task.people if all(honest(model, name).members for model in (emg, eyes)))
    items, frames = read_paired(task.cohort, people, task.spec.classes)
    hop, length_s = parts.emg_card.signal.hop_samples, task.spec.windows["length_s"]
    windows = judged_windows(emg, eyes, items, frames, hop, length_s)
    found = report(fit_calibration(windows), windows)
    LOG.info("calibrated on %s: %s", ", ".join(people), found)
    arrays = {f"{EMG}{name}": array for name, array in parts.emg_arrays.items()}
    arrays |= {f"{EYES}{name}": array for name, array in parts.eye_arrays.items()}
    missing = [name for name in parts.emg_card.missing_classes if name in parts.eye_card.missing_classes]
    return parts.fitted(arrays, missing, {"calibration": found, "encoders": parts.kept()})


class LateFusion(FusionPredictor):
    """Each model's own probabilities, calibrated and combined."""

    def __init__(self, arrays: Arrays, card: Card) -> None:
        super().__init__(arrays, card)
        self.eye_columns = len(self.classes)
        said = card.own["calibration"]
        self.calibration = Calibration(**{name: said[name] for name in Calibration.__dataclass_fields__})

    def of_signal(self, signal: Array, hop_samples: int) -> Array:
        """See the base class."""
        return self.emg.predict_signal(signal, hop_samples)[1]

    def of_frames(self, frames: EyeFrames) -> Array:
        """See the base class."""
        return self.eyes.predict_frames(frames)

    def joined(self, emg: Array | None, eyes: Array, has_eyes: NDArray[np.bool_]) -> Array:
        """See the base class."""
        return combine(self.calibration, emg, eyes, has_eyes)


load = LateFusion


def logarithms(probabilities: Array) -> Doubles:
    """Logarithms ``(windows, classes)`` of probabilities."""
    return np.log(np.maximum(np.asarray(probabilities, dtype=np.float64), FLOOR))


def tempered(probabilities: Array, temperature: float) -> Doubles:
    """``probabilities`` ``(windows, classes)`` at another temperature."""
    return softmax(logarithms(probabilities) / temperature, axis=1)


def combine(given: Calibration, emg: Array | None, eyes: Array, has_eyes: NDArray[np.bool_]) -> Doubles:
    """Probabilities ``(windows, classes)`` of both modalities, or of the one that a window has; NaN where it has none.

    Of the eyes, they are means over frames; ``emg`` is None where there is no signal.
    """
    by_eyes = tempered(eyes, given.temperature_eyes)
    if emg is None:
        return np.where(has_eyes[:, None], by_eyes, np.nan)
    by_emg = tempered(emg, given.temperature_emg)
    both = softmax(given.weight_emg * logarithms(by_emg) + given.weight_eyes * logarithms(by_eyes), axis=1)
    return np.where(has_eyes[:, None], both, by_emg)


def fit_calibration(windows: Windows) -> Calibration:
    """Temperatures, then weights, by class-balanced log loss.

    The loss is a mean over windows in which every class counts alike. What is added keeps few validation people from
    deciding too much: a prior of one event's weight, ``(log temperature)^2`` about 0 and ``(weight - 0.5)^2`` about
    equal weights (our choice). Windows of one event are much alike, so events are what is counted. Where no window has
    a frame, the eyes keep temperature 1 and the weights stay equal.
    """
    own = windows.has_eyes
    events, events_with_eyes = (len(np.unique(part)) for part in (windows.events, windows.events[own]))
    emg = _temperature(windows.emg, windows.labels, events)
    eyes = _temperature(windows.eyes[own], windows.labels[own], events_with_eyes)
    logs = np.stack([logarithms(tempered(windows.emg[own], emg)), logarithms(tempered(windows.eyes[own], eyes))])

    def prior(weights: Doubles) -> tuple[float, Doubles]:
        return float(((weights - EQUAL) ** 2).sum()), 2 * (weights - EQUAL)

    start, bounds = np.full(2, EQUAL), [(0.0, None)] * 2
    weights = _smallest(logs, windows.labels[own], start, bounds, prior, events_with_eyes)
    return Calibration(emg, eyes, *(round(float(weight), DIGITS) for weight in weights))


def balanced_log_loss(probabilities: Array, labels: NDArray[np.int64]) -> float:
    """Mean over the classes that are there of the mean ``-log p`` of their windows; NaN without a window."""
    if not len(labels):
        return float("nan")
    return float(-(_importance(labels) * logarithms(probabilities)[np.arange(len(labels)), labels]).sum())


def _temperature(probabilities: Array, labels: NDArray[np.int64], events: int) -> float:
    def prior(sharpness: Doubles) -> tuple[float, Doubles]:
        return float((np.log(sharpness) ** 2).sum()), 2 * np.log(sharpness) / sharpness

    bounds = [(FLATTEST, SHARPEST)]
    sharpness = _smallest(logarithms(probabilities)[None], labels, np.ones(1), bounds, prior, events)
    return round(float(1 / sharpness[0]), DIGITS)


def _smallest(
    logs: Doubles,
    labels: NDArray[np.int64],
    start: Doubles,
    bounds: Sequence[tuple[float, float | None]],
    prior: Callable[[Doubles], tuple[float, Doubles]],
    events: int,
) -> Doubles:
    """Factors ``(parts,)`` of ``logs`` ``(parts, windows, classes)`` with the smallest loss; it is convex in them."""
    if not len(labels):
        return start
    from scipy.optimize import minimize  # predictions can do without

    rows, importance = np.arange(len(labels)), _importance(labels)

    def loss(factors: Doubles) -> tuple[float, Doubles]:
        scores = log_softmax(np.einsum("p,pwc->wc", factors, logs), axis=1)
        expected = (np.exp(scores)[None] * logs).sum(axis=2) - logs[:, rows, labels]
        penalty, slope = prior(factors)
        value = -(importance * scores[rows, labels]).sum() + penalty / events
        return value, (importance * expected).sum(axis=1) + slope / events

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-13, "gtol": 1e-9})
    return np.asarray(found.x, dtype=np.float64)


def _importance(labels: NDArray[np.int64]) -> Doubles:
    """Weights ``(windows,)`` that sum to 1, each class's alike."""
    _, place, counts = np.unique(labels, return_inverse=True, return_counts=True)
    return 1.0 / (counts[place] * len(counts))


def judged_windows(
    emg: CnnTcnPredictor, eyes: EyePredictor, items: list[Paired], frames: EyeFrames, hop_samples: int, length_s: float
) -> Windows:
    """Probabilities of the windows of ``items``, each person's by those members that were not trained on that person.

    Where a fold has several members, each trained on the people that others were stopped by: asked about these, they
    are surer than they will be about the people that the fold held out.
    """
    parts = []
    for number, item in enumerate(items):
        stretch = item.stretch
        starts, own = honest(emg, stretch.participant).predict_signal(stretch.signal.numpy(), hop_samples)
        seen = honest(eyes, stretch.participant).predict_frames(frames.take(item.places))
        means, have = window_means(seen, item.times, stretch.time_s[starts], length_s)
        same = np.ones(len(starts), dtype=np.int64)
        parts.append((own.astype(np.float64), means, have, stretch.label * same, number * same))
    return Windows(*(np.concatenate(part) for part in zip(*parts, strict=True)))


def report(given: Calibration, windows: Windows) -> dict[str, Any]:
    """What the card says of a calibration: its numbers, and losses of the validation people on the same windows."""
    own = windows.has_eyes
    emg, eyes, labels = windows.emg[own], windows.eyes[own], windows.labels[own]
    joined = {
        "emg": tempered(emg, given.temperature_emg),
        "eyes": tempered(eyes, given.temperature_eyes),
        "fusion": combine(given, emg, eyes, np.ones(len(labels), dtype=bool)),
    }
    losses = {name: balanced_log_loss(probabilities, labels) for name, probabilities in joined.items()}
    return {
        **asdict(given),
        "windows": len(windows.labels),
        "windows_with_eyes": int(own.sum()),
        "events": len(np.unique(windows.events)),
        "validation_loss": {name: round(loss, DIGITS) if np.isfinite(loss) else None for name, loss in losses.items()},
    }
