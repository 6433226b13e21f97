"""What events mean, and every events table that is refused with its row."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from myoscene.core.errors import InputError
from myoscene.recordings.events import Event, Meaning, events_frame, read_events
from recordings.builders import write_tsv

MEANING = Meaning(("neutral", "smile"), ("calm", "hard"), ("button",))
NO_SCENES = Meaning(("neutral", "smile"), (), ("button",))


def read(
    tmp_path: Path, rows: list[tuple[Any, ...]] | None, kind: str = "calibration", meaning: Meaning = MEANING
) -> list[Event]:
    """Events of a recording of 10 s at 100 Hz."""
    path = None if rows is None else str(write_tsv(tmp_path / "e.tsv", ("onset", "duration", "trial_type"), rows))
    return read_events(
        path,
        kind=kind,
        task="ride",
        duration_s=10.0,
        rate_hz=100.0,
        meaning=meaning,
        recording_path="x_emg.edf",
    )


def test_roles_in_a_calibration(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        [
            (4, 1, "smile"),
            (0, 2, "neutral"),
            (1, "n/a", "button"),
            (6, 1, "BAD_motion"),
            (8, 1, "hard"),
            (9, 0, "n/a"),
        ],
    )
    assert [(event.label, event.role, event.onset_s, event.duration_s) for event in found] == [
        ("neutral", "expression", 0.0, 2.0),
        ("button", "ignored", 1.0, 0.0),
        ("smile", "expression", 4.0, 1.0),
        ("BAD_motion", "bad", 6.0, 1.0),
        ("hard", "ignored", 8.0, 1.0),
        ("n/a", "ignored", 9.0, 0.0),
    ]


def test_scenes_by_events_may_repeat_and_hold_expressions(tmp_path: Path) -> None:
    found = read(tmp_path, [(0, 2, "calm"), (1, 0.5, "smile"), (3, 2, "hard"), (6, 2, "calm")], "scene")
    assert [(event.label, event.role) for event in found] == [
        ("calm", "scene"), ("smile", "expression"), ("hard", "scene"), ("calm", "scene"),
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [None, [], [(2, 1, "smile")]])
def test_a_scene_recording_without_scene_events_is_one_scene(tmp_path: Path, rows: Any) -> None:
    found = read(tmp_path, rows, "scene", NO_SCENES)
    assert found[0] == Event(0, 0.0, 10.0, "ride", "scene")
    assert [event.label for event in found[1:]] == (["smile"] if rows else [])


def test_rows_of_the_table_are_numbered_in_onset_order(tmp_path: Path) -> None:
    frame = events_frame("01", "task-ride", read(tmp_path, [(4, 1, "smile"), (0, 2, "neutral")]))
    assert list(frame["event"]) == [0, 1]
    assert list(frame["label"]) == ["neutral", "smile"]
    assert set(frame["participant"]) == {"01"}


@pytest.mark.parametrize(
    ("rows", "kind", "says"),
    [
        ([(0, 1, "smiel")], "calibration", "row 2: unknown event 'smiel' (did you mean 'smile'?)"),
        ([(0, 1, "smile"), (2, 1, "jump")], "calibration", "row 3: unknown event 'jump'; add it"),
        ([(0, 1, "Smile")], "calibration", "(did you mean 'smile'?)"),
        ([(9.5, 1, "smile")], "calibration", "row 2: event 'smile' (9.5 to 10.5 s) lies outside the rec"),
        ([(-1, 2, "smile")], "calibration", "row 2: event 'smile' (-1 to 1 s) lies outside"),
        ([(0, 1, "smile"), (12, 1, "BAD")], "calibration", "row 3: event 'BAD' (12 to 13 s) lies outside"),
        ([(9, 2, "calm")], "scene", "row 2: event 'calm' (9 to 11 s) lies outside"),
        ([(2, 2, "smile"), (1, 2, "neutral")], "calibration", "row 2: event 'smile' begins at 2 s, before"),
        ([(0, 5, "calm"), (4, 2, "hard")], "scene", "begins at 4 s, before 'calm' of row 2 ends at 5 s"),
        ([(0, -1, "smile")], "calibration", "row 2: event 'smile' lasts -1 s"),
        ([(0, -1, "button")], "calibration", "row 2: event 'button' lasts -1 s"),
        ([(0, 0, "smile")], "calibration", "row 2: event 'smile' lasts 0 s"),
        ([(0, "n/a", "smile")], "calibration", "row 2: event 'smile' has no duration"),
        ([("n/a", 1, "smile")], "calibration", "row 2: event 'smile' has no onset"),
        ([("0,5", 1, "smile")], "calibration", "row 2, onset: '0,5' is not a number"),
        ([(0, "nanx", "smile")], "calibration", "row 2, duration: 'nanx' is not a number"),
    ],
)  # fmt: skip
def test_a_wrong_event_is_refused_with_file_and_row(tmp_path: Path, rows: Any, kind: str, says: str) -> None:
    with pytest.raises(InputError) as raised:
        read(tmp_path, rows, kind)
    message = str(raised.value)
    assert message.startswith(str(tmp_path / "e.tsv"))
    assert says in message
    assert "\n" not in message


@pytest.mark.parametrize("rows", [None, [], [(0, 1, "button")]])
def test_a_calibration_without_expressions_is_refused(tmp_path: Path, rows: Any) -> None:
    with pytest.raises(InputError, match="has no event of the classes neutral, smile"):
        read(tmp_path, rows)


@pytest.mark.parametrize("rows", [None, [(0, 1, "smile")]])
def test_a_scene_recording_without_its_scenes_is_refused(tmp_path: Path, rows: Any) -> None:
    with pytest.raises(InputError, match="has none of the scenes calm, hard"):
        read(tmp_path, rows, "scene")


def test_times_rounded_in_the_table_are_no_fault(tmp_path: Path) -> None:
    read(tmp_path, [(0.0, 3.334, "smile"), (3.333, 3.334, "neutral"), (6.667, 3.334, "smile")])


def test_ignored_events_may_lie_anywhere(tmp_path: Path) -> None:
    read(tmp_path, [(-3, 1, "button"), (0, 1, "smile"), (20, 1, "button")])


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the table is empty"),
        (b"onset\tduration\n1\t2\n", "row 1: there is no column 'trial_type'"),
        (b"onset\tduration\ttrial_typ\n1\t2\tsmile\n", "(did you mean 'trial_typ'?)"),
        (b"onset\tduration\ttrial_type\n1\t2\tsm\xefle\n", "row 2: not UTF-8"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "e.tsv").write_bytes(content)
    with pytest.raises(InputError) as raised:
        read_events(
            str(tmp_path / "e.tsv"), kind="scene", task="ride", duration_s=10.0, rate_hz=100.0,
            meaning=NO_SCENES, recording_path="x",
        )  # fmt: skip
    assert says in str(raised.value)


TIMES = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30)), min_size=1, max_size=6)


@given(TIMES)
def test_expressions_are_accepted_exactly_when_they_lie_inside_and_apart(
    tmp_path_factory: pytest.TempPathFactory, times: list[tuple[int, int]]
) -> None:
    rows = [(onset / 10, duration / 10, "smile") for onset, duration in times]
    inside = all(onset + duration <= 100 for onset, duration in times)
    taken = [tenth for onset, duration in times for tenth in range(onset, onset + duration)]
    apart = len(taken) == len(set(taken))
    folder = tmp_path_factory.mktemp("events")
    if inside and apart:
        assert [event.onset_s for event in read(folder, rows)] == sorted(onset for onset, _, _ in rows)
    else:
        with pytest.raises(InputError):
            read(folder, rows)
