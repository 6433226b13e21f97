"""Probabilities of every window of the recordings that hold scenes, by any kind of model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.emg.tables import FEATURES, SIGNALS
from myoscene.eyes.tables import EYE_FEATURES
from myoscene.pipeline.normalise import Normaliser
from myoscene.scenes.request import PathLike, PersonFiles, SceneSettings

_KEYS = ["recording", "segment", "start_s"]
_FRAME = ["session", "recording", "frame"]


@dataclass(frozen=True)
class Sources:
    """What there is of one participant, and the windows that it is cut into.

    Attributes:
        scenes: recording, onset_s and stop_s of each scene.
        normaliser: the participant's, None where the model reads no signal.
    """

    files: PersonFiles
    scenes: pd.DataFrame
    normaliser: Normaliser | None
    settings: SceneSettings

    @property
    def recordings(self) -> list[str]:
        """Names of the recordings that hold scenes."""
        # A filter by no value at all has no type, so a name that no recording has stands for none.
        return sorted(set(self.scenes["recording"])) or [""]

    def table(self, columns: list[str] | None = None) -> pd.DataFrame:
        """SIGNALS of the recordings with scenes."""
        assert self.files.data is not None
        return read_table(self.files.data, SIGNALS, columns=columns, where={"recording": self.recordings})


def raw_probabilities(predictor: Any, sources: Sources) -> pd.DataFrame:
    """recording, segment, start_s, p_<class> of the windows of the recordings with scenes.

    All kinds of models predict the same windows, one every hop from the start of each contiguous segment of the
    signal (of each scene, where there is no signal); but a model on eyes none that holds no frame.
    """
    read = {"features": _from_features, "signal": _from_signals, "eyes": _from_eyes, "fusion": _from_both}
    return read[predictor.kind](predictor, sources)


def _from_features(predictor: Any, sources: Sources) -> pd.DataFrame:
    """In a recording that is calibration and scene at once, only the rows of the scene grid (event -1) count."""
    assert sources.files.data is not None
    features = read_table(sources.files.data, FEATURES, where={"recording": sources.recordings})
    rows = features[(features["event"] == -1).to_numpy()].reset_index(drop=True)
    return _table(rows[_KEYS], predictor.predict_features(rows), predictor.classes)


def _from_signals(predictor: Any, sources: Sources) -> pd.DataFrame:
    """One dense pass over each contiguous segment."""
    parts = []
    for keys, signal, _ in _segments(predictor, sources):
        parts.append(_table(keys, predictor.predict_signal(signal, sources.settings.hop)[1], predictor.classes))
    return _joined(parts, predictor.classes)


def _from_both(predictor: Any, sources: Sources) -> pd.DataFrame:
    """One dense pass over each contiguous segment, with the eye frames of its time where there are any."""
    table, frames, _ = _frames(sources, predictor.card.images.n_eyes)
    parts = []
    for keys, signal, span in _segments(predictor, sources):
        rows, times = _rows_of(table, str(keys["recording"].iloc[0]), span)
        starts = keys["start_s"].to_numpy()
        own = None if frames is None else frames.take(rows)
        parts.append(
            _table(keys, predictor.predict_windows(starts, signal, sources.settings.hop, own, times), predictor.classes)
        )
    return _joined(parts, predictor.classes)


def _from_eyes(predictor: Any, sources: Sources) -> pd.DataFrame:
    """Mean probabilities of the frames of each window; after windows without a frame a new segment begins."""
    table, frames, everything = _frames(sources, predictor.card.images.n_eyes)
    if frames is None:
        return _joined([], predictor.classes)
    from myoscene.learn.cohort.paired import window_means

    probabilities = predictor.adapted_to(*everything).predict_frames(frames)
    parts, number, before = [], -1, ""
    for recording, starts in _eye_windows(sources):
        places, times = _rows_of(table, recording, (starts[0], starts[-1] + sources.settings.length_s))
        means, have = window_means(probabilities[places], times, starts, sources.settings.length_s)
        kept = np.flatnonzero(have)
        number = number if recording == before else -1
        segments = number + 1 + np.cumsum(np.diff(kept, prepend=kept[:1]) > 1)
        number, before = int(segments[-1]) if len(segments) else number, recording
        keys = pd.DataFrame({"recording": recording, "segment": segments, "start_s": starts[kept]})
        parts.append(_table(keys, means[kept], predictor.classes))
    return _joined(parts, predictor.classes)


def _eye_windows(sources: Sources) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Recording and starts of the windows of each contiguous segment of the signals, or of each scene without any."""
    if sources.files.data is not None:
        for recording, _, rows in _contiguous(sources, sources.table(_KEYS[:2] + ["time_s"])):
            yield recording, _window_times(rows, sources)
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


def _contiguous(sources: Sources, signals: pd.DataFrame) -> Iterator[tuple[str, int, pd.DataFrame]]:
    """Recording, segment and rows of each contiguous segment of ``signals`` that is as long as a window."""
    for key, rows in signals.groupby(["recording", "segment"], sort=True):
        recording, segment = cast(tuple[str, int], key)
        if len(rows) >= sources.settings.length:
            yield recording, segment, rows


def _window_times(rows: pd.DataFrame, sources: Sources) -> NDArray[np.float64]:
    """When the windows of one segment's ``rows`` start, ``(windows,)`` in seconds."""
    last = len(rows) - sources.settings.length + 1
    return rows["time_s"].to_numpy(dtype=np.float64)[: last : sources.settings.hop]


def _segments(
    predictor: Any, sources: Sources
) -> Iterator[tuple[pd.DataFrame, NDArray[np.float32], tuple[float, float]]]:
    """Keys ``(windows, 3)``, normalised signal ``(channels, samples)`` and span in seconds of each segment.

    Raises:
        InputError: the channels are not those that the model was trained on.
    """
    signals = sources.table()
    columns = [name for name in signals.columns if name.endswith("_uv")]
    channels = [name.removesuffix("_uv") for name in columns]
    if channels != predictor.card.signal.channels:
        raise InputError(
            f"the model was trained on the channels {', '.join(predictor.card.signal.channels)}, but the "
            f"signals have {', '.join(channels)}; record and order channels alike (recordings.channels)"
        )
    assert sources.normaliser is not None
    for recording, segment, rows in _contiguous(sources, signals):
        normalised = sources.normaliser.waveform(np.ascontiguousarray(rows[columns].to_numpy(dtype=np.float32).T))
        starts = _window_times(rows, sources)
        keys = pd.DataFrame({"recording": recording, "segment": segment, "start_s": starts})
        yield keys, normalised, (starts[0], starts[-1] + sources.settings.length_s)


def _frames(sources: Sources, n_eyes: int) -> tuple[pd.DataFrame, Any, tuple[pd.DataFrame, Any]]:
    """Frames of the recordings with scenes: those that have a time, an eye of use, and are no blinks.

    Returns:
        recording and time_s of each, in the order of time, and the frames; None for somebody without eye images. Then
        table and frames of everything that the participant has, scene or not.

    Raises:
        InputError: the table of blinks lacks a frame.
    """
    if sources.files.eyes is None:
        nothing = pd.DataFrame({"recording": np.zeros(0, dtype=object), "time_s": np.zeros(0)})
        return nothing, None, (nothing, None)
    from myoscene.learn.cohort.frames import read_participant_frames

    files = sources.files.eyes
    table, frames = read_participant_frames(files.frames, files.images, files.neutrals, n_eyes, files.embeddings)
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


def _rows_of(
    table: pd.DataFrame, recording: str, span: tuple[float, float]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Rows of ``table`` of one recording's ``span``, and their times; a little more at the edges does not matter."""
    times = table["time_s"].to_numpy(dtype=np.float64)
    inside = (table["recording"] == recording).to_numpy() & (times >= span[0] - 1e-6) & (times <= span[1])
    return np.flatnonzero(inside), times[inside]


def _joined(parts: list[pd.DataFrame], classes: list[str]) -> pd.DataFrame:
    """All rows, or an empty table with the right columns."""
    filled = [part for part in parts if len(part)]
    empty = _table(pd.DataFrame({name: [] for name in _KEYS}), np.zeros((0, 0)), classes)
    return pd.concat(filled or [empty], ignore_index=True)


def _table(keys: pd.DataFrame, probabilities: np.ndarray, classes: list[str]) -> pd.DataFrame:
    """``keys`` ``(windows, 3)`` beside ``probabilities`` ``(windows, classes)``."""
    values = np.asarray(probabilities, dtype=np.float32).reshape(len(keys), len(classes))
    named = pd.DataFrame(values, columns=[f"p_{name}" for name in classes], index=keys.index)
    return pd.concat([keys, named], axis=1)
