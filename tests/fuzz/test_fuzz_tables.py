"""Fuzzing the small text files of a dataset: sidecars, events, channels, participants, ratings, features, offsets.

The oracle reads an accepted table once more, in the plainest way, and compares.
"""

import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from fuzz import mutations
from fuzz.engine import fuzz
from fuzz.plain import cells, plain_number
from myoscene.core.tables import to_arrow
from myoscene.emg.tables import FEATURES
from myoscene.eyes.rectify import read_offsets
from myoscene.importing.formats.emteqpro import read_event_file
from myoscene.learn.scores.raters import read_ratings as read_image_ratings
from myoscene.recordings.bids import is_synthetic
from myoscene.recordings.events import Event, Meaning, events_frame, read_events
from myoscene.recordings.feature_table import read_feature_table
from myoscene.recordings.ratings_tables import SUBSCALES, Rating, read_ratings_file
from myoscene.recordings.read import EmgRecording, read_channels, read_emg
from myoscene.recordings.tables import EVENTS
from recordings.builders import samples, write_description, write_emg, write_tsv
from selecting import select

Record = Callable[[str, object], None]
LABEL = re.compile(r"[A-Za-z0-9]+")
MEANING = Meaning(("neutral", "smile"), ("calm",), ("blink",))


def test_fuzz_events(tmp_path: Path, record_property: Record) -> None:
    rows = [(0.5, 1.5, "neutral"), (2.5, 1.5, "smile"), (4.5, 0, "BAD_gap"), (5, "n/a", "blink"), (6.25, 1, "smile")]
    path = write_tsv(tmp_path / "sub-1_events.tsv", ("onset", "duration", "trial_type"), rows)

    def read(data: bytes) -> list[Event]:
        path.write_bytes(data)
        return read_events(
            str(path),
            kind="calibration",
            task="cal",
            duration_s=10.0,
            rate_hz=200.0,
            meaning=MEANING,
            recording_path="x",
        )

    def check(data: bytes, events: list[Event]) -> None:
        to_arrow(events_frame("1", "task-cal", events), EVENTS)
        header, lines = cells(data, "\t")
        expected = []
        for line in lines:
            onset, duration, label = (line[header.index(name)] for name in ("onset", "duration", "trial_type"))
            expected.append((plain_number(onset), plain_number(duration) or 0.0, label or "n/a"))
        assert sorted((e.onset_s, e.duration_s, e.label) for e in events) == sorted(expected)
        for event in events:
            if event.role != "ignored":
                assert -0.01 < event.onset_s <= event.end_s < 10.01

    fuzz(
        "events.tsv", [path.read_bytes()], read, changes=mutations.TEXT, names=[path.name], check=check,
        neutral=mutations.NEUTRAL_TSV, record=record_property,
    )  # fmt: skip


def test_fuzz_channels(tmp_path: Path, record_property: Record) -> None:
    emg = write_emg(
        tmp_path, "1", "cal", channels=("RightFrontalis", "zyg_left", "pulse"), types=("EMG", "EMG", "MISC")
    )
    path = emg.with_name("sub-1_task-cal_channels.tsv")

    def read(data: bytes) -> list[Any]:
        path.write_bytes(data)
        return read_channels(str(emg))

    def check(data: bytes, channels: list[Any]) -> None:
        header, lines = cells(data, "\t")
        names = [line[header.index("name")] for line in lines if line[header.index("type")].upper() == "EMG"]
        assert [channel.name for channel in channels] == names
        canonical = [channel.canonical for channel in channels]
        assert len(set(canonical)) == len(canonical) > 0
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in canonical)

    fuzz(
        "channels.tsv", [path.read_bytes()], read, changes=mutations.TEXT, names=[path.name], check=check,
        neutral=mutations.NEUTRAL_TSV, record=record_property,
    )  # fmt: skip


def test_fuzz_sidecar(tmp_path: Path, record_property: Record) -> None:
    emg = write_emg(tmp_path, "1", "cal", meta={"Manufacturer": "x", "Levels": {"a": [1, 2]}})
    path = emg.with_name("sub-1_task-cal_emg.json")

    def read(data: bytes) -> EmgRecording:
        path.write_bytes(data)
        recording = read_emg(str(emg))
        samples(recording)
        return recording

    def check(data: bytes, recording: EmgRecording) -> None:
        said = json.loads(data.decode("utf-8-sig"))
        assert recording.rate_hz == 200.0
        if said.get("SamplingFrequency") is not None:
            assert abs(said["SamplingFrequency"] - 200.0) <= 0.02 and said["SamplingFrequency"] is not True
        mains = said.get("PowerLineFrequency")
        assert recording.mains_hz == (None if mains == "n/a" else mains)
        assert recording.mains_hz is None or (recording.mains_hz > 0 and math.isfinite(recording.mains_hz))

    fuzz(
        "emg.json", [path.read_bytes()], read, changes=(*mutations.TEXT, *mutations.TREE), names=[path.name, emg.name],
        check=check, neutral=mutations.NEUTRAL_JSON, same=lambda a, b: a.mains_hz == b.mains_hz, record=record_property,
    )  # fmt: skip


def test_fuzz_description(tmp_path: Path, record_property: Record) -> None:
    write_description(tmp_path, synthetic=True)
    path = tmp_path / "dataset_description.json"

    def read(data: bytes) -> tuple[bool]:
        path.write_bytes(data)
        return (is_synthetic(str(tmp_path)),)

    def check(data: bytes, found: tuple[bool]) -> None:
        assert found[0] is (json.loads(data.decode("utf-8-sig")).get("Synthetic") is True)

    fuzz(
        "dataset_description.json", [path.read_bytes()], read, changes=(*mutations.TEXT, *mutations.TREE),
        names=[path.name], check=check, neutral=mutations.NEUTRAL_JSON, record=record_property,
    )  # fmt: skip


def test_fuzz_participants(tmp_path: Path, record_property: Record, section: dict[str, Any]) -> None:
    root = tmp_path / "ds"
    for name in ("01", "02"):
        for task in ("calibration", "calm"):
            folder = root / f"sub-{name}" / "emg"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"sub-{name}_task-{task}_emg.edf").write_bytes(b"x")
    path = write_tsv(
        root / "participants.tsv", ("participant_id", "age"), [("sub-01", 30), ("sub-02", 31), ("sub-03", 3)]
    )
    section["dataset"] = str(root)
    section["ratings"] = {**section["ratings"], "source": "none"}

    def read(data: bytes) -> Any:
        path.write_bytes(data)
        chosen = select(section)
        return chosen.participants, chosen.exclusions

    def check(data: bytes, found: Any) -> None:
        header, lines = cells(data, "\t")
        listed = [line[header.index("participant_id")].removeprefix("sub-") for line in lines]
        assert found[0] == ["01", "02"] and len(set(listed)) == len(listed)
        assert all(LABEL.fullmatch(name) for name in listed)
        assert [row["participant"] for row in found[1]] == sorted(set(listed) - {"01", "02"})

    fuzz(
        "participants.tsv", [path.read_bytes()], read, changes=mutations.TEXT, names=[path.name], check=check,
        neutral=mutations.NEUTRAL_TSV, record=record_property,
    )  # fmt: skip


RATED = ("participant", "scene", *SUBSCALES)
WIDE = ("participant_id", *(f"{scene}_{name}" for scene in ("calm", "hard") for name in SUBSCALES))


@pytest.mark.parametrize(
    ("source", "name", "header", "rows", "delimiter"),
    [
        (
            "csv",
            "ratings.csv",
            RATED,
            [("01", "calm", 1, 2, 3, 4, 5, 6), ("02", "hard", 10, 20, 30, "n/a", 50, 60)],
            ",",
        ),
        ("beh", "sub-01_task-calm_beh.tsv", SUBSCALES, [(1, 2, 3.5, 4, 5, 100)], "\t"),
        ("phenotype", "nasa_tlx.tsv", WIDE, [("sub-01", *range(12)), ("sub-03", *range(12))], "\t"),
    ],
)
def test_fuzz_ratings(
    tmp_path: Path, record_property: Record, source: str, name: str, header: Any, rows: Any, delimiter: str
) -> None:
    path = tmp_path / name
    seed = "\n".join(delimiter.join(map(str, row)) for row in (header, *rows)) + "\n"

    def read(data: bytes) -> Any:
        path.write_bytes(data)
        return read_ratings_file(str(path), source, ("01", "02"))

    def check(data: bytes, found: tuple[list[Rating], set[str]]) -> None:
        lines = cells(data, delimiter)[1] if b'"' not in data else None
        for rating in found[0]:
            assert rating.participant in ("01", "02") and (not rating.session or LABEL.fullmatch(rating.session))
            for value in rating.values.values():
                assert value is None or 0 <= value <= 100
                assert lines is None or any(value in _numbers(line) for line in lines)
            assert not rating.weights or sum(rating.weights.values()) == 15

    fuzz(
        f"ratings ({source})", [seed.encode()], read, changes=mutations.TEXT, names=[path.name], check=check,
        neutral=(mutations.crlf, mutations.byte_order_mark, mutations.blank_lines), record=record_property,
        same=lambda a, b: [r.values for r in a[0]] == [r.values for r in b[0]],
    )  # fmt: skip


def _numbers(line: list[str]) -> list[float | None]:
    found: list[float | None] = []
    for text in line:
        try:
            found.append(plain_number(text))
        except ValueError:
            continue
    return found


def test_fuzz_feature_table(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "features.csv"
    seed = (
        "participant,label,rms_zyg,MAV_corr\n01,neutral,0.5,1\n02,smile,1.5,-2e-3\n02,neutral,3,4\nsub-01,smile,5,6\n"
    )

    def read(data: bytes) -> Any:
        path.write_bytes(data)
        return read_feature_table(str(path), ["neutral", "smile"], ["01", "02"])

    def check(data: bytes, frame: Any) -> None:
        to_arrow(frame, FEATURES)
        assert set(frame["participant"]) <= {"01", "02"} and set(frame["label"]) == {"neutral", "smile"}
        values = frame[[name for name in frame.columns if name not in FEATURES.columns]].to_numpy()
        assert values.shape[1] and all(math.isfinite(value) for value in values.ravel())

    fuzz(
        "feature table", [seed.encode()], read, changes=mutations.TEXT, names=[path.name], check=check,
        neutral=(mutations.crlf, mutations.byte_order_mark, mutations.blank_lines), same=lambda a, b: a.equals(b),
        record=record_property,
    )  # fmt: skip


def test_fuzz_image_ratings(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "image_ratings.tsv"
    images = [f"sub-01/eye/left_{number}.png" for number in range(3)]
    rows = [(rater, image, ("neutral", "smile")[place % 2]) for rater in "ab" for place, image in enumerate(images)]
    seed = "\n".join("\t".join(row) for row in (("rater", "image", "label"), *rows)) + "\n"

    def read(data: bytes) -> list[tuple[str, ...]]:
        path.write_bytes(data)
        table = read_image_ratings(path, pd.Index(images), {"neutral", "smile"})
        return [tuple(row) for row in table.itertuples(index=False)]

    def check(data: bytes, found: list[tuple[str, ...]]) -> None:
        header, lines = cells(data, "\t" if b"\t" in data.splitlines()[0] else ",")
        said = [tuple(line[header.index(name)] for name in ("rater", "image", "label")) for line in lines]
        assert [(rater, image.rsplit("/", 1)[-1], label) for rater, image, label in said] == [
            (rater, image.rsplit("/", 1)[-1], label) for rater, image, label in found
        ]
        assert {image for _, image, _ in found} <= set(images) and len({row[:2] for row in found}) == len(found)

    fuzz(
        "image ratings", [seed.encode()], read, changes=mutations.TEXT, names=[path.name], check=check,
        neutral=mutations.NEUTRAL_TSV, record=record_property,
    )  # fmt: skip


def test_fuzz_offsets(tmp_path: Path, record_property: Record) -> None:
    path = write_tsv(tmp_path / "offsets.tsv", ("participant_id", "offset_s"), [("sub-02", 9), ("sub-01", -0.25)])

    def read(data: bytes) -> dict[str, float]:
        path.write_bytes(data)
        return read_offsets(str(path))

    def check(data: bytes, found: dict[str, float]) -> None:
        header, lines = cells(data, "\t")
        name, seconds = header.index("participant_id"), header.index("offset_s")
        assert found == {line[name].removeprefix("sub-"): plain_number(line[seconds]) for line in lines}

    fuzz(
        "offsets.tsv", [path.read_bytes()], read, changes=mutations.TEXT, names=[path.name], check=check,
        neutral=mutations.NEUTRAL_TSV, record=record_property,
    )  # fmt: skip


def test_fuzz_event_json(tmp_path: Path, record_property: Record) -> None:
    path = tmp_path / "1.json"
    events = [{"Label": "smile", "Timestamp": 1000 * t, "Type": t % 3} for t in range(6)]

    def read(data: bytes) -> Any:
        path.write_bytes(data)
        return read_event_file(path, path.name)

    def check(data: bytes, found: Any) -> None:
        for event in found[0]:
            assert math.isfinite(event.onset_s) and event.duration_s >= 0
        assert [e.onset_s for e in found[0]] == sorted(e.onset_s for e in found[0])

    fuzz(
        "emteqPRO events (JSON)", [json.dumps(events, indent=1).encode(), json.dumps({"e": events}).encode()], read,
        changes=(*mutations.TEXT, *mutations.TREE), names=[path.name], check=check,
        neutral=(mutations.crlf, mutations.byte_order_mark, mutations.blank_lines), record=record_property,
    )  # fmt: skip
