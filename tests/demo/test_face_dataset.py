"""The demo's face parameters: the planted link is in the tables as the truth says, and nothing else knows of them."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.tables import read_table
from myoscene.demo import activity, face, webcam
from myoscene.demo.cohort import simulate_cohort
from myoscene.demo.people import generate_person
from myoscene.face.tables import FACE_TABLE

SHORT_S = 6.0


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("faces") / "two_people"
    simulate_cohort(root, participants=2, seed=5, scene_s=SHORT_S, eyes=False, faces=True)
    return root


def hashes(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def truth(dataset: Path, name: str, person: str) -> pd.DataFrame:
    table = pd.read_csv(dataset / f"sourcedata/truth/{name}.tsv", sep="\t")
    return table[table["participant_id"] == f"sub-{person}"]


def test_everything_else_is_the_same_without_faces(dataset: Path, tmp_path: Path) -> None:
    simulate_cohort(tmp_path / "n", participants=2, seed=5, scene_s=SHORT_S, eyes=False)
    simulate_cohort(tmp_path / "again", participants=2, seed=5, scene_s=SHORT_S, eyes=False, faces=True)
    assert hashes(tmp_path / "again") == hashes(dataset)
    with_faces, without = hashes(dataset), hashes(tmp_path / "n")
    assert {name for name in without if with_faces[name] != without[name]} == {"README"}
    ours = tuple(f"sourcedata/{name}" for name in ("sub-", "truth/face_", "face_offsets"))
    assert all(name.startswith(ours) for name in set(with_faces) - set(without))
    assert "synthetic tables of face parameters" in (dataset / "README").read_text()
    assert json.loads((dataset / "sourcedata/sub-01/face/sub-01_face.json").read_text())["Synthetic"] is True


@pytest.mark.parametrize("number", [1, 2])
def test_the_planted_link_is_in_the_tables(dataset: Path, number: int) -> None:
    """What the truth's weights, lag and clock make of the muscles' activity, and nothing but noise beside it."""
    person = generate_person(number, seed=5, scene_s=SHORT_S)
    name = person.participant
    about = truth(dataset, "face_people", name).set_index("parameter")["value"]
    assert (about["offset_s"] == webcam.CLOCK_BEHIND_S) == (number == 2)
    assert abs(about["lag_s"] - 0.08) <= 0.02
    links = truth(dataset, "face_links", name).pivot(index="parameter", columns="channel", values="weight_per_uv")
    weights = links.reindex(columns=list(face.CHANNELS)).fillna(0.0)
    assert set(weights.index) == set(webcam.LINKED)
    for recording in person.recordings[:2]:
        path = dataset / f"sourcedata/sub-{name}/face/sub-{name}_task-{recording.task}_parameters.parquet"
        table = read_table(path, FACE_TABLE)
        assert table["is_face"].mean() > 0.8
        seen = table[table["is_face"]]
        steps_s = np.arange(recording.activity_uv.shape[1]) / activity.ENVELOPE_RATE_HZ
        at_s = seen["time_s"] + about["offset_s"] - about["lag_s"]
        muscles = np.stack([np.interp(at_s, steps_s, row) for row in recording.activity_uv])
        expected = np.tanh(np.maximum(weights.to_numpy() @ muscles, 0.0))
        off = seen[list(weights.index)].to_numpy().T - expected
        assert np.abs(off).max() < 6 * about["noise_sd"]
        assert off.std() < 1.05 * about["noise_sd"]
    assert np.median(np.diff(table["time_s"])) == pytest.approx(1 / webcam.RATE_HZ, abs=0.002)
    assert np.diff(table["time_s"]).std() > 0.001, "a webcam's clock"


def test_people_differ_and_moving_muscles_move_their_side(dataset: Path) -> None:
    links = [truth(dataset, "face_links", name)["weight_per_uv"].to_numpy() for name in ("01", "02")]
    assert len(links[0]) == len(links[1]) and not np.isclose(links[0], links[1]).any()
    typical = pd.DataFrame(webcam.typical_weights(), index=list(webcam.LINKED), columns=list(face.CHANNELS))
    assert typical.loc["mouthSmileLeft"].idxmax() == "zygomaticus_left"
    assert typical.loc["browOuterUpRight"].idxmax() == "frontalis_right"
    assert typical.loc["browDownLeft"].idxmax() == typical.loc["browDownRight"].idxmax() == "corrugator_center"
