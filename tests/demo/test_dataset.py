"""The cohort as a dataset: reproducible bytes, people added later, BIDS, truth and refusals."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from edfio import read_bdf
from myoscene.core.errors import InputError
from myoscene.demo import face
from myoscene.demo.cohort import EYE_TRUTH_TEXTS, TRUTH_TEXTS, simulate_cohort
from myoscene.demo.people import generate_cohort, generate_person
from myoscene.demo.scenes import SCENES, SUBSCALES

SHORT_S = 6.0


def hashes(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo") / "two_people"
    simulate_cohort(root, participants=2, seed=5, scene_s=SHORT_S)
    return root


def table(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", dtype={"participant_id": str})


def test_same_arguments_same_bytes(dataset: Path, tmp_path: Path) -> None:
    simulate_cohort(tmp_path / "again", participants=2, seed=5, scene_s=SHORT_S)
    assert hashes(tmp_path / "again") == hashes(dataset)


def test_another_seed_gives_other_recordings(dataset: Path, tmp_path: Path) -> None:
    simulate_cohort(tmp_path / "other", participants=1, seed=6, scene_s=SHORT_S)
    mine, other = hashes(dataset), hashes(tmp_path / "other")
    signals = [name for name in other if name.endswith(".bdf")]
    assert len(signals) == 7
    assert all(mine[name] != other[name] for name in signals)


def test_adding_people_leaves_the_earlier_ones_alone(dataset: Path, tmp_path: Path) -> None:
    simulate_cohort(tmp_path / "three", participants=3, seed=5, scene_s=SHORT_S)
    before, after = hashes(dataset), hashes(tmp_path / "three")
    people = {name: value for name, value in before.items() if name.startswith(("sub-", "sourcedata/sub-"))}
    assert any(name.endswith("_left.tif") for name in people)
    assert people == {name: after[name] for name in people}
    assert any(name.startswith("sub-03/emg") for name in after)


def test_null_variant_has_the_same_signals_and_other_ratings(dataset: Path, tmp_path: Path) -> None:
    simulate_cohort(tmp_path / "null", participants=2, seed=5, null=True, scene_s=SHORT_S)
    planted, null = hashes(dataset), hashes(tmp_path / "null")
    assert {n: h for n, h in planted.items() if "/emg/" in n} == {n: h for n, h in null.items() if "/emg/" in n}
    ratings = [name for name in planted if name.endswith("_beh.tsv")]
    assert len(ratings) == 12
    assert sum(planted[name] != null[name] for name in ratings) > 6
    assert table(tmp_path / "null/sourcedata/truth/associations.tsv").empty
    assert len(table(dataset / "sourcedata/truth/associations.tsv")) > 5


def test_people_do_not_share_recordings(dataset: Path) -> None:
    signals = {name: value for name, value in hashes(dataset).items() if name.endswith(".bdf")}
    assert len(signals) == 14
    assert len(set(signals.values())) == 14


def test_files_hold_what_memory_holds(dataset: Path) -> None:
    person = generate_person(2, seed=5, scene_s=SHORT_S)
    for recording in person.recordings:
        stored = read_bdf(dataset / f"sub-02/emg/sub-02_task-{recording.task}_emg.bdf")
        assert [s.label for s in stored.signals] == [name[:16] for name in face.CHANNELS]
        assert {s.physical_dimension for s in stored.signals} == {"uV"}
        values = np.array([s.data for s in stored.signals])
        assert np.abs(values - recording.signal_uv).max() < 1e-3
    events = table(dataset / "sub-02/emg/sub-02_task-calibration_events.tsv")
    assert list(events["trial_type"]) == [e.label for e in person.recordings[0].events]
    assert events["onset"].to_numpy() == pytest.approx([e.onset_s for e in person.recordings[0].events])


def test_ratings_are_written(dataset: Path) -> None:
    person = generate_person(1, seed=5, scene_s=SHORT_S)
    assert list(person.ratings) == list(SCENES)
    for scene, values in person.ratings.items():
        stored = table(dataset / f"sub-01/beh/sub-01_task-{scene}_beh.tsv")
        assert stored[list(SUBSCALES)].iloc[0].to_dict() == values


def test_everything_says_synthetic(dataset: Path) -> None:
    description = json.loads((dataset / "dataset_description.json").read_text())
    assert description["Synthetic"] is True
    assert "synthetic" in description["Name"]
    assert "synthetic" in (dataset / "README").read_text()
    participants = table(dataset / "participants.tsv")
    assert list(participants.columns) == ["participant_id", "synthetic"]
    assert list(participants["participant_id"]) == ["sub-01", "sub-02"]
    assert participants["synthetic"].all()


def test_truth_tables_are_described_and_consistent(dataset: Path) -> None:
    truth = dataset / "sourcedata" / "truth"
    assert {path.name for path in truth.iterdir()} == {
        f"{n}.{e}" for n in TRUTH_TEXTS | EYE_TRUTH_TEXTS for e in ("tsv", "json")
    }
    for name, texts in (TRUTH_TEXTS | EYE_TRUTH_TEXTS).items():
        assert list(table(truth / f"{name}.tsv").columns) == list(texts)
        assert list(json.loads((truth / f"{name}.json").read_text())) == list(texts)
    bouts, latent = table(truth / "bouts.tsv"), table(truth / "latent.tsv")
    assert set(bouts["task"]) == {"calibration", *SCENES}
    scenes = bouts[bouts["task"] != "calibration"]
    assert (scenes["onset"] + scenes["duration"]).max() <= SHORT_S + 0.002
    assert len(latent) == 2 * len(SCENES)
    assert latent["demand"].equals(latent["rating_drive"])


def test_planted_features_are_those_of_the_dictionary(dataset: Path) -> None:
    from myoscene.scenes.expression import feature_dictionary

    known = set(feature_dictionary(face.CLASSES, face.CHANNELS, 0.1)["feature"])
    assert set(table(dataset / "sourcedata/truth/associations.tsv")["feature"]) <= known


def test_official_validator_finds_no_error(dataset: Path) -> None:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    if not validator.is_file():
        pytest.skip("bids-validator-deno is not installed beside this Python")
    run = subprocess.run([validator, "--json", dataset], capture_output=True, text=True, check=False)
    issues = json.loads(run.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []
    assert run.returncode == 0


def test_default_size_on_disk() -> None:
    samples = sum(r.signal_uv.size for r in generate_person(1).recordings)
    # 3 bytes a sample, 8 people.
    assert 8 * 3 * samples < 65e6


def test_memory_variants_agree() -> None:
    first, second = (
        generate_cohort(2, seed=9, scene_s=SHORT_S),
        generate_cohort(1, seed=9, null=True, scene_s=SHORT_S),
    )
    for mine, other in zip(first[0].recordings, second[0].recordings, strict=True):
        assert mine.signal_uv.dtype == np.float32
        assert np.array_equal(mine.signal_uv, other.signal_uv)
        assert np.isfinite(mine.signal_uv).all()
    assert [person.participant for person in first] == ["01", "02"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"participants": 0}, "at least 1 participant"),
        ({"seed": -1}, "seed is -1"),
        ({"scene_s": 2.0}, "would last 2 s"),
        ({"scene_s": float("nan")}, "would last nan s"),
    ],
)
def test_refusals_leave_nothing_behind(tmp_path: Path, arguments: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        simulate_cohort(tmp_path / "new", **arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(InputError, match="is not empty"):
        simulate_cohort(tmp_path, participants=1, scene_s=SHORT_S)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_interrupted_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("myoscene.importing.bids_writer.write_participants", stop)
    with pytest.raises(KeyboardInterrupt):
        simulate_cohort(tmp_path / "new", participants=1, scene_s=SHORT_S)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    simulate_cohort(tmp_path / "new", participants=1, scene_s=SHORT_S)
    assert (tmp_path / "new" / "dataset_description.json").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
