"""The stage's jobs, end to end on small BIDS datasets."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from myoscene.config.check import complete
from myoscene.core.errors import InputError
from myoscene.core.settings import from_plain
from myoscene.core.tables import read_table
from myoscene.emg.condition import ConditionSettings, condition_participant
from myoscene.emg.extract import ExtractSettings, extract_participant
from myoscene.emg.normalise import load_normaliser
from myoscene.emg.quality import AssessSettings, assess_participant, merge_quality
from myoscene.emg.tables import ENVELOPES, FEATURES, QUALITY, SIGNALS
from myoscene.recordings import bids
from myoscene.recordings.describe import describe_participant
from recordings.builders import CALIBRATION_EVENTS, CHANNELS, noise, write_description, write_emg

RATE = 200.0
Tables = dict[str, Path]


def emg_config(**changes: Any) -> dict[str, Any]:
    """The default section for devices of 200 Hz; ``filters__order=2`` changes emg.filters.order."""
    emg = complete({})["emg"]
    emg["filters"].update(high_cut_hz=90.0)
    emg.update(rate_hz=RATE)
    emg["windows"].update(length_s=0.2, hop_s=0.05, trim_start_s=0.2)
    for name, value in changes.items():
        section, _, key = name.partition("__")
        if key:
            emg[section][key] = value
        else:
            emg[section] = value
    return emg


def prepare(root: Path, work: Path, emg: dict[str, Any], neutral: str | None = "neutral", **how: Any) -> Tables:
    """Run every job of the stage on participant 01 of the dataset ``root``."""
    made = {name: work / f"{name}.parquet" for name in ("recordings", "events", "signals", "quality", "features")}
    made |= {"envelopes": work / "envelopes.parquet", "normaliser": work / "normaliser.json"}
    work.mkdir(exist_ok=True)
    raw = bids.raw_files(str(root), [r for r in bids.index_dataset(str(root)) if r.participant == "01"])
    recordings = complete({})["recordings"]
    names = ("calibration_tasks", "classes", "scene_events", "ignore_events", "channels")
    described = {**{name: recordings[name] for name in names}, "neutral": neutral, **how}
    describe_participant(raw, str(made["recordings"]), str(made["events"]), **described, synthetic=False)
    tables = made["recordings"], made["events"]
    files = [path for path in raw if path.endswith(bids.SUFFIXES)]
    assess_participant(*tables, files, made["quality"], settings(AssessSettings, emg, neutral))
    conditioned = made["signals"], made["normaliser"]
    condition_participant(*tables, files, *conditioned, settings(ConditionSettings, emg, neutral))
    outputs = made["features"], made["envelopes"]
    extract_participant(*tables, *conditioned, *outputs, settings(ExtractSettings, emg))
    return made


def settings(kind: type, emg: dict[str, Any], neutral: str | None = "neutral") -> Any:
    """The settings of a job, as its rule takes them from the section ``emg``."""
    trims = {name: emg["windows"][name] for name in ("trim_start_s", "trim_end_s")}
    held = {"max_held_fraction": emg["quality"]["max_held_fraction"]}
    known = {**emg, **trims, **held, "fit_on": emg["normalise"]["fit_on"], "neutral": neutral}
    return from_plain(kind, {item.name: known[item.name] for item in fields(kind)})


def activity(seed: int = 1) -> np.ndarray:
    """10 s in which each calibration event has its own amplitude, rest the smallest."""
    x = noise(seed) * 0.1
    for gain, (onset, duration, _) in zip((1, 4, 8, 12), CALIBRATION_EVENTS, strict=True):
        x[:, round(onset * RATE) : round((onset + duration) * RATE)] *= gain
    return x


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    root = tmp_path / "bids"
    write_description(root)
    write_emg(root, "01", "calibration", signal_uv=activity(), events=CALIBRATION_EVENTS)
    write_emg(root, "01", "calm", signal_uv=noise(2), events=[(4.0, 1.0, "BAD_motion")])
    return root


def test_a_participant_from_raw_files_to_features(dataset: Path, tmp_path: Path) -> None:
    made = prepare(dataset, tmp_path / "work", emg_config())
    signals = read_table(made["signals"], SIGNALS)
    calm = signals[signals["recording"] == "task-calm"]
    assert calm.groupby("segment").size().tolist() == [800, 1000]
    assert calm["time_s"].to_numpy()[[0, 799, 800, -1]] == pytest.approx([0, 3.995, 5, 9.995])
    features = read_table(made["features"], FEATURES)
    # 1.5 s less 0.2 s and 0.1 s hold 1.2 s: (240 - 40) / 10 + 1 windows an event.
    labelled = features[features["event"] >= 0]
    assert labelled.groupby(["event", "label"]).size().tolist() == [21] * 4
    assert set(labelled["recording"]) == {"task-calibration"}
    assert labelled.groupby("event")["start_s"].min().tolist() == pytest.approx([0.7, 2.7, 4.7, 6.7])
    ends = labelled.groupby("event")["start_s"].max() + 0.2
    assert ends.tolist() == pytest.approx([1.9, 3.9, 5.9, 7.9])
    grid = features[features["event"] == -1]
    assert set(grid["recording"]) == {"task-calm"}
    assert grid["label"].isna().all()
    assert grid.groupby("segment").size().tolist() == [77, 97]
    inside = (grid["start_s"] + 0.2 <= 4 + 1e-9) | (grid["start_s"] >= 5 - 1e-9)
    assert inside.all(), "no window touches the bad stretch"
    assert len([name for name in features if "__" in name]) == 8 * len(CHANNELS)
    envelopes = read_table(made["envelopes"], ENVELOPES)
    assert envelopes.groupby("recording").size().tolist() == [500, 200 + 250]
    fitted = load_normaliser(made["normaliser"])
    assert fitted.fitted_on == ("task-calibration",)
    assert (fitted.n_samples, fitted.n_neutral) == (2000, 240)
    assert fitted.settings is not None
    assert fitted.settings["filters"]["phase"] == "zero"


def test_feature_values_are_those_of_the_normalised_signal(dataset: Path, tmp_path: Path) -> None:
    made = prepare(dataset, tmp_path / "work", emg_config())
    signals, features = read_table(made["signals"], SIGNALS), read_table(made["features"], FEATURES)
    fitted = load_normaliser(made["normaliser"])
    row = features[features["event"] == 2].iloc[3]
    own = signals[signals["recording"] == "task-calibration"]
    first = own["time_s"].searchsorted(row["start_s"] - 1e-9)
    window = (
        own["frontalis_right_uv"].to_numpy()[first : first + 40]
        / fitted.scale[fitted.channels.index("frontalis_right")]
    )
    assert row["root_mean_square__frontalis_right"] == pytest.approx(np.sqrt(np.mean(window**2)), rel=1e-5)


def test_quality_is_merged_in_order(dataset: Path, tmp_path: Path) -> None:
    made = prepare(dataset, tmp_path / "work", emg_config())
    merge_quality([made["quality"], made["quality"]], tmp_path / "q.parquet", tmp_path / "q.csv")
    merged = read_table(tmp_path / "q.parquet", QUALITY)
    assert len(merged) == 2 * 2 * len(CHANNELS)
    calm = merged[merged["recording"] == "task-calm"]
    assert calm["flags"].str.startswith("gaps;missing").all()
    assert calm["snr_db"].isna().all()
    assert (merged[merged["recording"] == "task-calibration"]["snr_db"] > 15).all()
    assert len(pd.read_csv(tmp_path / "q.csv")) == len(merged)


def test_the_same_input_gives_the_same_bytes(dataset: Path, tmp_path: Path) -> None:
    a, b = (prepare(dataset, tmp_path / name, emg_config()) for name in ("a", "b"))
    for name in a:
        assert a[name].read_bytes() == b[name].read_bytes(), name


def test_calibration_alone_makes_the_normaliser(dataset: Path, tmp_path: Path) -> None:
    before = prepare(dataset, tmp_path / "a", emg_config(features__standardise="calibration_mean_sd"))
    write_emg(dataset, "01", "calm", signal_uv=100 * noise(3), events=[])
    after = prepare(dataset, tmp_path / "b", emg_config(features__standardise="calibration_mean_sd"))
    assert before["normaliser"].read_bytes() == after["normaliser"].read_bytes()
    a, b = (read_table(made["features"], FEATURES) for made in (before, after))
    pd.testing.assert_frame_equal(a[a["event"] >= 0], b[b["event"] >= 0])


@pytest.mark.parametrize("method", ["calibration_z", "calibration_mean_sd"])
def test_standardising_features_does_not_look_at_labels(dataset: Path, tmp_path: Path, method: str) -> None:
    emg = emg_config(features__standardise=method, normalise__method="calibration_z")
    before = prepare(dataset, tmp_path / "a", emg)
    swapped = [
        (o, d, {"smile": "neutral", "neutral": "frown", "frown": "smile"}.get(k, k)) for o, d, k in CALIBRATION_EVENTS
    ]
    write_emg(dataset, "01", "calibration", signal_uv=activity(), events=swapped)
    after = prepare(dataset, tmp_path / "b", emg)
    a, b = (read_table(made["features"], FEATURES).drop(columns="label") for made in (before, after))
    pd.testing.assert_frame_equal(a, b)
    values = a[a["event"] >= 0].filter(like="root_mean_square__")
    centre = values.median() if method == "calibration_z" else values.mean()
    assert centre.to_numpy() == pytest.approx([0, 0, 0], abs=1e-5)


def test_standardising_on_everything_uses_the_whole_calibration(dataset: Path, tmp_path: Path) -> None:
    emg = emg_config(features__standardise="calibration_mean_sd", features__standardise_on="everything")
    features = read_table(prepare(dataset, tmp_path / "a", emg)["features"], FEATURES)
    assert abs(features[features["event"] >= 0]["root_mean_square__frontalis_right"].mean()) > 0.05


def test_people_without_calibration_and_labels_work(tmp_path: Path) -> None:
    root = tmp_path / "bids"
    write_description(root)
    write_emg(root, "01", "faces", signal_uv=noise(5, rate_hz=100.0), rate_hz=100.0, events=[(0.0, 4.0, "angry")])
    emg = emg_config(
        rate_hz=100.0, filters__high_cut_hz=45.0, normalise__method="calibration_z", normalise__fit_on="all",
        features__standardise="calibration_z",
    )  # fmt: skip
    how = {"calibration_tasks": [], "classes": [], "scene_events": ["angry"]}
    made = prepare(root, tmp_path / "work", emg, neutral=None, **how)
    features = read_table(made["features"], FEATURES)
    assert set(features["event"]) == {-1}
    assert len(features) == (1000 - 20) // 5 + 1
    assert load_normaliser(made["normaliser"]).fitted_on == ("task-faces",)
    plain = emg_config(rate_hz=100.0, filters__high_cut_hz=45.0, normalise__method="none", normalise__fit_on="all")
    made = prepare(root, tmp_path / "none", plain, neutral=None, **how)
    assert len(read_table(made["features"], FEATURES)) == len(features)


def test_a_bad_event_cuts_the_filter(dataset: Path, tmp_path: Path) -> None:
    """What happens inside and beyond a bad stretch changes nothing before it."""
    before = read_table(prepare(dataset, tmp_path / "a", emg_config())["signals"], SIGNALS)
    x = noise(2)
    x[:, 850:] *= 500
    write_emg(dataset, "01", "calm", signal_uv=x, events=[(4.0, 1.0, "BAD_motion")], extension=".edf")
    after = read_table(prepare(dataset, tmp_path / "b", emg_config())["signals"], SIGNALS)
    a, b = (t[(t["recording"] == "task-calm") & (t["segment"] == 0)].filter(like="_uv") for t in (before, after))
    # EDF stores 16 bit over a range that is now 500 times as wide: equal but for these steps.
    np.testing.assert_allclose(a, b, atol=5)
    assert np.abs(a).max().max() > 50


def test_segments_too_short_to_filter_are_left_out(
    dataset: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bad = [(0.1, 2.0, "BAD_a"), (2.15, 7.0, "BAD_b")]
    write_emg(dataset, "01", "calm", signal_uv=noise(2), events=bad)
    signals = read_table(prepare(dataset, tmp_path / "a", emg_config())["signals"], SIGNALS)
    calm = signals[signals["recording"] == "task-calm"]
    assert set(calm["segment"]) == {0, 2} or set(calm["segment"]) == {2}
    assert "too short to filter" in caplog.text


def test_a_recording_that_is_all_bad_leaves_empty_rows(dataset: Path, tmp_path: Path) -> None:
    write_emg(dataset, "01", "calm", signal_uv=noise(2), events=[(0.0, 10.0, "BAD")])
    made = prepare(dataset, tmp_path / "a", emg_config())
    assert set(read_table(made["signals"], SIGNALS)["recording"]) == {"task-calibration"}
    assert set(read_table(made["features"], FEATURES)["recording"]) == {"task-calibration"}


def test_bad_calibrations_are_refused_by_name(dataset: Path, tmp_path: Path) -> None:
    bad = [*CALIBRATION_EVENTS, (0.0, 10.0, "BAD")]
    write_emg(dataset, "01", "calibration", signal_uv=activity(), events=bad)
    with pytest.raises(InputError, match="participant 01: no usable sample"):
        prepare(dataset, tmp_path / "a", emg_config())
    flat = activity()
    flat[1] = 0
    write_emg(dataset, "01", "calibration", signal_uv=flat, events=CALIBRATION_EVENTS)
    with pytest.raises(InputError, match=r"participant 01, channel '\w+'.*constant"):
        prepare(dataset, tmp_path / "b", emg_config())


def test_a_band_above_either_rate_is_refused(dataset: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="participant 01, recording task-calibration.*Nyquist limit of 100 Hz"):
        prepare(dataset, tmp_path / "a", emg_config(filters__high_cut_hz=450.0, rate_hz=1000.0))
    held = np.repeat(noise(9)[:, :500], 4, axis=1)
    write_emg(dataset, "01", "calm", signal_uv=held, events=[])
    with pytest.raises(InputError, match="recording task-calm.*Nyquist limit of 25 Hz.*effective rate 50 Hz"):
        prepare(dataset, tmp_path / "b", emg_config())


@pytest.mark.parametrize("what", ["samples", "channels"])
def test_a_recording_that_changed_since_it_was_described_is_refused(tmp_path: Path, what: str) -> None:
    root = tmp_path / "ds"
    for seed, name in ((1, "01"), (2, "02")):
        write_emg(root, name, "calibration", signal_uv=activity(seed), events=CALIBRATION_EVENTS)
    write_description(root)
    emg = emg_config()
    made = prepare(root, tmp_path / "work", emg)
    before = made["signals"].read_bytes()
    folder = root / "sub-01" / "emg"
    (file,) = folder.glob("*_channels.tsv" if what == "channels" else "*.edf")
    if what == "samples":
        (other,) = (root / "sub-02" / "emg").glob("*.edf")
        file.write_bytes(other.read_bytes())
    else:
        file.write_text(file.read_text().replace("good", "bad", 1))
    read = made["recordings"], made["events"], [str(path) for path in folder.glob("*.edf")]
    with pytest.raises(InputError, match="changed since this run first read it"):
        condition_participant(*read, made["signals"], made["normaliser"], settings(ConditionSettings, emg))
    with pytest.raises(InputError, match="changed since this run first read it"):
        assess_participant(*read, made["quality"], settings(AssessSettings, emg))
    assert made["signals"].read_bytes() == before
