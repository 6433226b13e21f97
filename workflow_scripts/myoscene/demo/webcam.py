"""The webcam's part of the demo cohort: tables of face parameters of the same people and recordings as the EMG.

Synthetic, and without any picture: a network that was made for real faces need not find a drawn one. What is planted:

    parameter(t) = tanh(sum over muscles of weight * activity(t - lag)) + noise

where ``activity`` is the root mean square of each muscle under a channel in microvolt. Weights are those of the table
below, cross-talk of other muscles included, times what differs between people; each person has a lag of about 0.08 s,
which is how long skin follows the muscle. `jawOpen` follows no muscle that has an electrode: nothing can predict it.
All figures are our choice.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from myoscene.core.tables import write_table
from myoscene.demo import face
from myoscene.demo.activity import ENVELOPE_RATE_HZ, shaped_noise
from myoscene.demo.eyes import Row
from myoscene.demo.people import SimulatedPerson, SimulatedRecording, stream
from myoscene.face.tables import FACE_TABLE
from myoscene.importing.bids_writer import Place, write_tsv

RATE_HZ = 30.0
LAG_S, LAG_SD_S = 0.08, 0.008
NOISE_SD = 0.02
# Standard deviations of the logarithm of what differs between people: of a parameter's gain, of each single weight.
GAIN_SD, WEIGHT_SD = 0.25, 0.15
UNLINKED = "jawOpen"
# Streams of random numbers within a participant, far from those of the EMG (people.py) and of the eyes.
FACE_STREAM, FACE_RECORDING_STREAM = 200, 220
# Every eighth person from the second on has a webcam with a clock of its own.
CLOCK_BEHIND_S = 0.9
# Root mean square in microvolt at which a muscle counts as 1, by the muscle of a channel.
_FULL_UV = {face.FRONTALIS: 60.0, face.ZYGOMATICUS: 68.0, face.ORBICULARIS: 27.0, face.CORRUGATOR: 57.0}
_F, _Z, _O, _C = face.FRONTALIS, face.ZYGOMATICUS, face.ORBICULARIS, face.CORRUGATOR
# Parameter -> (weight of a muscle of its own side or in the middle, and of the same muscle on the other side).
_LINKS: dict[str, dict[int, tuple[float, float]]] = {
    "browOuterUp": {_F: (0.9, 0.1), _C: (-0.15, 0.0)},
    "browDown": {_C: (0.9, 0.0), _O: (0.12, 0.04), _F: (-0.15, 0.0)},
    "cheekSquint": {_O: (0.55, 0.05), _Z: (0.35, 0.0)},
    "eyeSquint": {_O: (0.8, 0.1), _C: (0.12, 0.0)},
    "mouthSmile": {_Z: (1.0, 0.1), _O: (0.08, 0.0)},
    "mouthUpperUp": {_Z: (0.5, 0.05), _O: (0.1, 0.0)},
}
_INNER: dict[int, tuple[float, float]] = {_F: (0.45, 0.45), _C: (-0.1, 0.0)}
_SIDES = {"Left": -1, "Right": 1}
LINKED = ("browInnerUp", *(f"{name}{side}" for name in _LINKS for side in _SIDES))
PARAMETERS = (*LINKED, UNLINKED)

COLUMN_TEXTS = {
    "file": "Table of face parameters, beside this table.",
    "recording": "EMG recording of the same time.",
}
TRUTH_TEXTS: dict[str, dict[str, str]] = {
    "face_people": {
        "participant_id": "Participant.",
        "parameter": "Parameter of the synthetic webcam: lag_s, how long the face follows its muscles; offset_s, "
        "seconds to add to the webcam's times; noise_sd.",
        "value": "Its value.",
    },
    "face_links": {
        "participant_id": "Participant.",
        "parameter": "Face parameter: tanh(sum over channels of weight times activity, lag_s ago) plus noise.",
        "channel": "Channel of the muscle.",
        "weight_per_uv": "Weight of each microvolt (root mean square) of the muscle.",
    },
}


def clock_offset_s(number: int) -> float:
    """Seconds to add to the webcam's times of person ``number`` (from 1) to get the recordings' clock."""
    return CLOCK_BEHIND_S if (number - 1) % 8 == 1 else 0.0


def typical_weights() -> np.ndarray:
    """Weights of an average person, ``(linked parameters, channels)``, for each microvolt."""
    rows = [_weights(_INNER, 0)]
    rows += [_weights(links, side) for links in _LINKS.values() for side in _SIDES.values()]
    return np.stack(rows)


def _weights(links: dict[int, tuple[float, float]], side: int) -> np.ndarray:
    row = np.zeros(len(face.CHANNELS))
    for muscle, (own, other) in links.items():
        places = muscle == face.MUSCLE_OF_CHANNEL
        is_own = places & np.isin(face.SIDE_OF_CHANNEL, (0, side or 1))
        row[is_own], row[places & ~is_own] = own / _FULL_UV[muscle], other / _FULL_UV[muscle]
    return row


class FacePerson:
    """What of the link is a person's own: ``weights`` as :func:`typical_weights`, and the lag."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.lag_s = float(np.clip(rng.normal(LAG_S, LAG_SD_S), LAG_S - 0.02, LAG_S + 0.02))
        weights = typical_weights()
        gain = rng.lognormal(0.0, GAIN_SD, len(weights))
        self.weights = weights * gain[:, None] * rng.lognormal(0.0, WEIGHT_SD, weights.shape)


def parameters_of(rng: np.random.Generator, own: FacePerson, recording: SimulatedRecording) -> pd.DataFrame:
    """A table FACE_TABLE of one recording, on its clock: a frame about every 1/30 s, as a webcam times them.

    Less than 2 % of the frames have no face: the person turned away for a moment.
    """
    duration_s = recording.signal_uv.shape[1] / recording.rate_hz
    time_s = np.arange(rng.uniform(0.0, 1 / RATE_HZ), duration_s - 0.02, 1 / RATE_HZ)
    time_s = time_s + np.clip(rng.normal(0.0, 0.003, len(time_s)), -0.01, 0.01)
    steps_s = np.arange(recording.activity_uv.shape[1]) / ENVELOPE_RATE_HZ
    activity = np.stack([np.interp(time_s - own.lag_s, steps_s, row) for row in recording.activity_uv])
    values = np.tanh(np.maximum(own.weights @ activity, 0.0))
    jaw = np.abs(_slow(rng, len(time_s))) * 0.2
    values = np.vstack([values, jaw]) + rng.normal(0.0, NOISE_SD, (len(PARAMETERS), len(time_s)))
    is_face = np.ones(len(time_s), bool)
    for start in rng.uniform(0.0, duration_s, rng.poisson(duration_s / 60.0)):
        is_face &= (time_s < start) | (time_s > start + rng.uniform(0.2, 0.8))
    shown = np.where(is_face, np.clip(values, 0.0, 1.0).round(3), np.nan)
    fixed = {"frame": np.arange(len(time_s)), "time_s": time_s.round(4), "is_face": is_face}
    return pd.DataFrame(fixed | dict(zip(PARAMETERS, shown, strict=True)))


def _slow(rng: np.random.Generator, n: int) -> np.ndarray:
    """Noise of unit variance that changes within seconds."""
    length = 2 * ((n + 1) // 2 + 1)
    frequencies = np.fft.rfftfreq(length, 1 / RATE_HZ)
    return shaped_noise(rng, (1 / np.hypot(1.0, 2 * np.pi * frequencies))[None], n)[0]


def face_tables(person: SimulatedPerson, number: int, seed: int) -> Iterator[tuple[SimulatedRecording, pd.DataFrame]]:
    """Each recording of ``person`` (person ``number`` of this seed) with its table, on the webcam's clock.

    Random numbers are the webcam's own: nothing else depends on them.
    """
    own = FacePerson(stream(seed, number, FACE_STREAM))
    for index, recording in enumerate(person.recordings):
        table = parameters_of(stream(seed, number, FACE_RECORDING_STREAM + index), own, recording)
        yield recording, table.assign(time_s=(table["time_s"] - clock_offset_s(number)).round(4))


def write_faces(root: Path, person: SimulatedPerson, number: int, seed: int) -> dict[str, list[Row]]:
    """Write everything that the webcam saw of ``person``; what no lab would know of it: truth table -> rows."""
    folder = root / "sourcedata" / f"sub-{person.participant}" / "face"
    rows = []
    for recording, table in face_tables(person, number, seed):
        name = f"{Place(person.participant, None, recording.task).stem}_parameters.parquet"
        write_table(folder / name, table, FACE_TABLE)
        rows.append({"file": name, "recording": f"task-{recording.task}"})
    write_tsv(folder / f"sub-{person.participant}_face.tsv", pd.DataFrame(rows), COLUMN_TEXTS, Synthetic=True)
    own = FacePerson(stream(seed, number, FACE_STREAM))
    told = {"lag_s": own.lag_s, "offset_s": clock_offset_s(number), "noise_sd": NOISE_SD}
    return {
        "face_people": [{"parameter": name, "value": value} for name, value in told.items()],
        "face_links": [
            {"parameter": name, "channel": channel, "weight_per_uv": float(weight)}
            for name, weights in zip(LINKED, own.weights, strict=True)
            for channel, weight in zip(face.CHANNELS, weights, strict=True)
            if weight
        ],
    }


def readme() -> str:
    """What the dataset's README says about the face parameters."""
    return f"""
`sourcedata/sub-*/face` holds synthetic tables of face parameters ({len(PARAMETERS)} blendshapes, {RATE_HZ:g} frames a
second, as a webcam times them) for the same people and recordings as the EMG: there is no video behind them. Planted:
each parameter is the tanh of a weighted sum of the muscles' activity, {LAG_S:g} s ago give or take {LAG_SD_S:g} s by
person, plus noise; `{UNLINKED}` follows no muscle. Weights, lags and clocks are in `sourcedata/truth`
(`face_links.tsv`, `face_people.tsv`); the webcam of every eighth person from sub-02 on is {CLOCK_BEHIND_S:g} s behind
(`sourcedata/face_offsets.tsv`).
"""
