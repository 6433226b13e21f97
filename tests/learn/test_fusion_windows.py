"""Which eye frames belong to which window of the signal."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.core.tables import read_table, write_table
from myoscene.learn.cohort.paired import pair, read_paired
from myoscene.learn.cohort.spans import frame_spans, window_means
from myoscene.learn.cohort.stretches import stretches
from myoscene.learn.models.cnn_tcn.geometry import fit_geometry
from myoscene.learn.models.fusion.joint import make_events
from myoscene.learn.models.settings import CnnTcnSettings
from myoscene.learn.tables import BLINKS, COHORT_EYES

from learn import builders as b
from learn import fusion_builders as f


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return f.write_cohort(tmp_path_factory.mktemp("windows"), without_eyes=("p03",), without_times=("p04",))


@settings(max_examples=60, deadline=None)
@given(
    ticks=st.lists(st.integers(0, 60), max_size=30),
    starts=st.lists(st.integers(0, 60), min_size=1, max_size=8),
    length=st.integers(1, 20),
    seed=st.integers(0, 9),
)
def test_means_are_those_of_the_frames_inside(ticks: list[int], starts: list[int], length: int, seed: int) -> None:
    """In tenths of a second, so that frames fall on edges; a frame there belongs to the window that starts."""
    times = np.sort(np.array(ticks, dtype=float)) / 10
    values = np.random.default_rng(seed).standard_normal((len(ticks), 3))
    # Sums of tenths, not multiples: their last bits differ.
    begin = np.array([sum([0.1] * start) for start in starts])
    means, have = window_means(values, times, begin, length / 10)
    for row, start in enumerate(starts):
        inside = np.array([start <= tick < start + length for tick in sorted(ticks)], dtype=bool)
        assert have[row] == inside.any()
        assert np.allclose(means[row], values[inside].mean(axis=0) if inside.any() else 0)


def test_a_stretch_has_the_frames_of_its_time_and_of_nobody_else(folder: Path) -> None:
    people = ("p01", "p02")
    table = f.rows_of(folder, people)
    items = stretches(f.signals_of(folder, people), f.CLASSES)
    shuffled = table.sample(frac=1, random_state=0).reset_index(drop=True)
    found = pair(items, shuffled)
    assert len(found) == len(items)
    for item in found:
        own = shuffled.loc[item.places]
        assert set(own["participant"]) == {item.stretch.participant}
        first, last = item.stretch.time_s[0], item.stretch.time_s[-1] + 1 / b.RATE_HZ
        expected = table[(table["participant"] == item.stretch.participant) & table["time_s"].between(first, last)]
        assert np.allclose(np.sort(expected["time_s"]), item.times)
        assert (np.diff(item.times) > 0).all()
        assert np.array_equal(own["time_s"], item.times)
    outside = len(table) - sum(len(item.places) for item in found)
    assert outside > 0, "frames before and after the events are nobody's"


def test_another_recording_s_frames_are_not_taken(folder: Path) -> None:
    table = f.rows_of(folder, ("p01",)).assign(recording="task-other")
    items = stretches(f.signals_of(folder, ("p01",)), f.CLASSES)
    assert all(len(item.places) == 0 for item in pair(items, table))


def test_people_without_frames_or_times_have_events_all_the_same(folder: Path) -> None:
    items, _ = read_paired(f.cohort(folder), ("p01", "p03", "p04"), f.CLASSES)
    frames = {
        person: [len(item.places) for item in items if item.stretch.participant == person]
        for person in ("p01", "p03", "p04")
    }
    assert frames["p03"] == frames["p04"] == [0] * 6
    assert min(frames["p01"]) > 5


def test_the_fold_s_blinks_are_left_out(folder: Path, tmp_path: Path) -> None:
    table = f.rows_of(folder, ("p01",))
    gone = table[table.index % 3 == 0]
    rows = gone.assign(fold="p02", p_closed=0.9, synthetic=True)[list(BLINKS.columns)]
    write_table(tmp_path / "blinks.parquet", rows, BLINKS)
    before, _ = read_paired(f.cohort(folder), ("p01",), f.CLASSES)
    after, frames = read_paired(replace(f.cohort(folder), blinks=[tmp_path / "blinks.parquet"]), ("p01",), f.CLASSES)
    kept = np.concatenate([frames.rows[item.places] for item in after])
    assert not set(kept) & set(gone["row"])
    assert 0 < len(kept) < sum(len(item.places) for item in before)


def test_training_averages_what_prediction_averages(folder: Path) -> None:
    items, _ = read_paired(f.cohort(folder), ("p01", "p03"), f.CLASSES)
    geometry = fit_geometry(b.WINDOW, b.HOP, CnnTcnSettings(**b.spec("cnn_tcn").settings))
    length_s = b.WINDOW / b.RATE_HZ
    generator = np.random.default_rng(0)
    for item, event in zip(items, make_events(items, geometry, length_s), strict=True):
        times = item.times
        starts = event.time_s[: event.signal.shape[1] - b.WINDOW + 1 : geometry.stride]
        assert event.averages.shape == (len(starts), len(times))
        values = generator.standard_normal((len(times), 2))
        means, have = window_means(values, times, starts, length_s)
        assert np.allclose(event.averages.numpy() @ values, means, atol=1e-5)
        assert np.array_equal(event.averages.any(dim=1).numpy(), have)


def test_spans_of_frames_on_both_edges() -> None:
    first, stop = frame_spans(np.array([0.0, 0.1, 0.1 * 3, 0.4]), np.array([0.0, 0.3]), 0.3)
    assert first.tolist() == [0, 2]
    assert stop.tolist() == [2, 4]


def test_windows_are_scored_without_frames_that_people_share(folder: Path, tmp_path: Path) -> None:
    table = read_table(folder / "eyes.parquet", COHORT_EYES)
    for name in ("signals.parquet", "eyes.npy", "eye_neutrals.npy"):
        (tmp_path / name).symlink_to(folder / name)
    shared = table.assign(scored=table["row"] % 2 == 0)
    write_table(tmp_path / "eyes.parquet", shared, COHORT_EYES, row_group_by="participant")
    trains, scored = (
        read_paired(f.cohort(tmp_path), ("p01",), f.CLASSES, scoring=scoring)[1] for scoring in (False, True)
    )
    assert scored.rows.tolist() == [row for row in trains.rows.tolist() if row % 2 == 0]
