"""What a prediction over scenes reads, and probabilities of every window of their recordings, by any kind of model."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, table_schema
from myoscene.emg.tables import FEATURES, SIGNALS
from myoscene.eyes.tables import EYE_FEATURES
from myoscene.learn.cohort.files import FrameFiles
from myoscene.learn.cohort.spans import window_means
from myoscene.pipeline.normalise import Normaliser
from myoscene.pipeline.settings import StateSettings

PathLike = str | os.PathLike[str]
_KEYS = ["recording", "segment", "start_s"]
_FRAME = ["session", "recording", "frame"]
# Keys ``(windows, 3)`` of some windows, and their probabilities ``(windows, classes)``.
_Part = tuple[pd.DataFrame, NDArray[np.floating]]


@dataclass(frozen=True)
class EyeFiles(FrameFiles):
    """With ``blinks``, :data:`myoscene.eyes.tables.EYE_FEATURES`, whose blinks are left out; None: they are kept."""

    blinks: PathLike | None = None


@dataclass(frozen=True)
class PersonFiles:
    """One participant's PARTICIPANT_RECORDINGS and EVENTS, and what a model reads of the person.

    Attributes:
        data: FEATURES for a model on features, else SIGNALS. A model on eyes takes from it only where windows start;
            None where the recordings are eye images alone, and then windows start with each scene.
        normaliser: None for a model on eyes.
        eyes: None for somebody without eye images, or a model that reads none.
    """

    recordings: PathLike
    events: PathLike
    data: PathLike | None = None
    normaliser: PathLike | None = None
    eyes: EyeFiles | None = None

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "PersonFiles":
        """Of a job's inputs, which have the names of the attributes; those that it lacks or leaves empty are None."""
        eyes = {item.name: given[item.name] for item in fields(EyeFiles) if given.get(item.name)}
        single = (given.get("data") or None, given.get("normaliser") or None)
        return cls(given["recordings"], given["events"], *single, EyeFiles(**eyes) if eyes else None)


@dataclass(frozen=True)
class SceneSettings:
    """At which rate signals were conditioned, which windows there are, and how probabilities become states."""

    rate_hz: float
    length_s: float
    hop_s: float
    states: StateSettings

    @property
    def hop(self) -> int:
        """Samples between windows."""
        return round(self.hop_s * self.rate_hz)

    @property
    def length(self) -> int:
        """Samples of a window."""
        return round(self.length_s * self.rate_hz)


@dataclass(frozen=True)
class Sources:
    """What there is of one participant: files, recording, onset_s and stop_s of each scene, and how to cut windows.

    ``normaliser`` is None where the model reads no signal.
    """

    files: PersonFiles
    scenes: pd.DataFrame
    normaliser: Normaliser | None
    settings: SceneSettings

    @property
    def recordings(self) -> list[str]:
        """Names of the recordings that hold scenes."""
        return sorted(set(self.scenes["recording"]))

    def segments(self, columns: list[str] | None = None) -> Iterator[tuple[str, int, pd.DataFrame]]:
        """Recording, segment and SIGNALS of each contiguous segment that is as long as a window."""
        assert self.files.data is not None
        signals = read_table(self.files.data, SIGNALS, columns=columns, where={"recording": self.recordings})
        for key, rows in signals.groupby(["recording", "segment"], sort=True):
            if len(rows) >= self.settings.length:
                yield (*cast(tuple[str, int], key), rows)

    def starts(self, rows: pd.DataFrame) -> NDArray[np.float64]:
        """When the windows of one segment's ``rows`` start, ``(windows,)`` in seconds."""
        last = len(rows) - self.settings.length + 1
        return rows["time_s"].to_numpy(dtype=np.float64)[: last : self.settings.hop]


def raw_probabilities(predictor: Any, sources: Sources) -> pd.DataFrame:
    """recording, segment, start_s, p_<class> of the windows of the recordings with scenes.

    All kinds of models predict the same windows, one every hop from the start of each contiguous segment of the
    signal (of each scene, where there is no signal); but a model on eyes none that holds no frame.
    """
    read = {"features": _from_features, "signal": _from_signals, "eyes": _from_eyes, "fusion": _from_signals}
    parts = [part for part in read[predictor.kind](predictor, sources) if len(part[0])]
    keys = pd.concat([keys for keys, _ in parts] or [pd.DataFrame({name: [] for name in _KEYS})], ignore_index=True)
    values = np.concatenate([np.zeros((0, len(predictor.classes))), *(values for _, values in parts)])
    named = pd.DataFrame(values.astype(np.float32), columns=[f"p_{name}" for name in predictor.classes])
    return pd.concat([keys, named], axis=1)


def _from_features(predictor: Any, sources: Sources) -> Iterator[_Part]:
    """In a recording that is calibration and scene at once, only the rows of the scene grid (event -1) count."""
    assert sources.files.data is not None
    features = read_table(sources.files.data, FEATURES, where={"recording": sources.recordings})
    rows = features[(features["event"] == -1).to_numpy()].reset_index(drop=True)
    yield rows[_KEYS], predictor.predict_features(rows)


def _from_signals(predictor: Any, sources: Sources) -> Iterator[_Part]:
    """One dense pass over each contiguous segment, a fusion's with the eye frames of its time where there are any.

    Raises:
        InputError: the channels are not those that the model was trained on.
    """
    assert sources.normaliser is not None
    hop, fusion = sources.settings.hop, predictor.kind == "fusion"
    table, frames, _ = _frames(sources, predictor.card.images.n_eyes) if fusion else (pd.DataFrame(), None, None)
    assert sources.files.data is not None
    columns = [name for name in table_schema(sources.files.data, SIGNALS).names if name.endswith("_uv")]
    channels, trained = [name.removesuffix("_uv") for name in columns], predictor.card.signal.channels
    if channels != trained:
        raise InputError(
            f"the model was trained on the channels {', '.join(trained)}, but the "
            f"signals have {', '.join(channels)}; record and order channels alike (recordings.channels)"
        )
    for recording, segment, rows in sources.segments():
        signal = sources.normaliser.waveform(np.ascontiguousarray(rows[columns].to_numpy(dtype=np.float32).T))
        starts = sources.starts(rows)
        keys = pd.DataFrame({"recording": recording, "segment": segment, "start_s": starts})
        if fusion:
            places, times = _places(table, recording, starts[0], starts[-1] + sources.settings.length_s)
            own = None if frames is None else frames.take(places)
            yield keys, predictor.predict_windows(starts, signal, hop, own, times)
        else:
            yield keys, predictor.predict_signal(signal, hop)[1]


def _from_eyes(predictor: Any, sources: Sources) -> Iterator[_Part]:
    """Mean probabilities of the frames of each window; after windows without a frame a new segment begins."""
    table, frames, everything = _frames(sources, predictor.card.images.n_eyes)
    if frames is None:
        return
    probabilities, length_s = predictor.adapted_to(*everything).predict_frames(frames), sources.settings.length_s
    number, before = -1, ""
    for recording, starts in _eye_windows(sources):
        places, times = _places(table, recording, starts[0], starts[-1] + length_s)
        means, have = window_means(probabilities[places], times, starts, length_s)
        kept = np.flatnonzero(have)
        number = number if recording == before else -1
        segments = number + 1 + np.cumsum(np.diff(kept, prepend=kept[:1]) > 1)
        number, before = int(segments[-1]) if len(segments) else number, recording
        yield pd.DataFrame({"recording": recording, "segment": segments, "start_s": starts[kept]}), means[kept]


def _eye_windows(sources: Sources) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Recording and starts of the windows of each contiguous segment of the signals, or of each scene without any."""
    if sources.files.data is not None:
        for recording, _, rows in sources.segments([*_KEYS[:2], "time_s"]):
            yield recording, sources.starts(rows)
        return
    scenes = sources.scenes.sort_values(["recording", "onset_s"], kind="stable")
    for recording, onset_s, stop_s in scenes[["recording", "onset_s", "stop_s"]].itertuples(index=False):
        starts = hop_grid(onset_s, stop_s, sources.settings.length_s, sources.settings.hop_s)
        if len(starts):
            yield recording, starts


def hop_grid(onset_s: float, stop_s: float, length_s: float, hop_s: float) -> NDArray[np.float64]:
    """Starts ``(windows,)`` in seconds of the windows of ``length_s``, one every ``hop_s`` from the onset on.

    The last one lies whole before ``stop_s``. A rounding of a millionth of a hop costs no window (our choice).
    """
    number = int(np.floor((stop_s - onset_s - length_s) / hop_s + 1e-6)) + 1
    return onset_s + hop_s * np.arange(max(number, 0), dtype=np.float64)


def _frames(sources: Sources, n_eyes: int) -> tuple[pd.DataFrame, Any, tuple[pd.DataFrame, Any]]:
    """Frames of the recordings with scenes: those that have a time, an eye of use, and are not blinks.

    Returns:
        recording and time_s of each, in the order of time; the frames, None for somebody without eye images; table and
        frames of everything that the participant has, scene or not.

    Raises:
        InputError: the table of blinks lacks a frame.
    """
    if sources.files.eyes is None:
        nothing = pd.DataFrame({"recording": np.zeros(0, dtype=object), "time_s": np.zeros(0)})
        return nothing, None, (nothing, None)
    from myoscene.learn.cohort.frames import read_participant_frames

    files = sources.files.eyes
    table, frames = read_participant_frames(files, n_eyes)
    chosen = np.flatnonzero(table["recording"].isin(sources.recordings) & table["time_s"].notna())
    if files.blinks is not None:
        chosen = chosen[~_blinks(table.loc[chosen], files.blinks)]
    chosen = chosen[np.argsort(table["time_s"].to_numpy()[chosen], kind="stable")]
    own = table.loc[chosen, ["recording", "time_s"]].reset_index(drop=True)
    return own, frames.take(chosen), (table, frames)


def _blinks(table: pd.DataFrame, path: PathLike) -> NDArray[np.bool_]:
    """Whether each frame of ``table`` ``(frames,)`` is a blink."""
    known = read_table(path, EYE_FEATURES, columns=[*_FRAME, "blink"])
    found = table[_FRAME].merge(known, on=_FRAME, how="left", validate="one_to_one")["blink"]
    if found.isna().any():
        row = table[found.isna().to_numpy()].iloc[0]
        raise InputError(
            f"{path} lacks frame {row['frame']} of {row['recording']}, participant '{row['participant']}'; delete it "
            f"and run again"
        )
    return found.to_numpy(dtype=bool)


def _places(
    table: pd.DataFrame, recording: str, start_s: float, stop_s: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows of one recording's frames, and their times; a little more at the edges does not matter."""
    times = table["time_s"].to_numpy(dtype=np.float64)
    inside = (table["recording"] == recording).to_numpy() & (times >= start_s - 1e-6) & (times <= stop_s)
    return np.flatnonzero(inside), times[inside]
