"""Eye images and ratings without any EMG, from the frames to associations and the page."""

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from myoscene.demo.cohort import simulate_cohort
from myoscene.demo.scenes import SCENES

from workflow.workspace import SMALL, Workspace

pytestmark = pytest.mark.workflow

PEOPLE = ["01", "02", "03"]
CONFIG = {
    "recordings": {"input": "eyes", "scene_tasks": list(SCENES)},
    # A blink classifier of one epoch may take whole scenes for blinks.
    "eyes": {"frames": {"height_px": 16, "width_px": 16}, "blinks": {"clean": False}},
    "learn": {
        "models": ["eye_cnn"],
        "eye_cnn": {"widths": [6, 8], "epochs": 1, "members": 1},
        "evaluation": {"bootstrap": 200},
    },
    "statistics": SMALL["statistics"] | {"null_check": {"cohorts": 2}},
}


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The demo cohort without its EMG, run to the end. Tests have to leave it as it is."""
    workspace = Workspace(tmp_path_factory.mktemp("alone"), config=CONFIG)
    simulate_cohort(workspace.dataset, participants=len(PEOPLE), seed=1, scene_s=12)
    for folder in workspace.dataset.glob("sub-*/emg"):
        shutil.rmtree(folder)
    workspace.run()
    return workspace


def test_every_scene_of_everybody_is_predicted_at_every_hop(alone: Workspace) -> None:
    for person in PEOPLE:
        found = pd.read_parquet(alone.results / f"scenes/predictions/eye_cnn/{person}.parquet")
        assert set(found["scene"]) == set(SCENES)
        assert (found.groupby("scene").size() > 80).all(), "12 s at 10 Hz, less a window and hops without a frame"
        for _, part in found.groupby(["recording", "segment"]):
            assert part["start_s"].diff().dropna().round(6).eq(0.1).all()


def test_features_are_those_of_the_model_and_stand_beside_ratings(alone: Workspace) -> None:
    features = pd.read_csv(alone.results / "scenes/expression_features.csv", dtype={"participant": str})
    dictionary = pd.read_csv(alone.results / "scenes/feature_dictionary.csv")
    assert set(features["feature"]) == set(dictionary["feature"]) and set(dictionary["needs"]) == {"model"}
    assert features.groupby("participant")["scene"].agg(set).to_dict() == dict.fromkeys(PEOPLE, set(SCENES))
    ratings = pd.read_csv(alone.results / "recordings/ratings.csv")
    assert len(ratings) == len(PEOPLE) * len(SCENES)
    associations = pd.read_csv(alone.results / "statistics/tlx_associations.csv")
    assert associations["p"].notna().any() and set(associations["feature"]) <= set(features["feature"])
    effects = pd.read_csv(alone.results / "statistics/scene_effects.csv")
    assert effects["friedman_p"].notna().any()


def test_nothing_of_emg_is_made(alone: Workspace) -> None:
    assert not (alone.results / "emg").exists()
    assert not (alone.results / "statistics/null_check.csv").exists(), "null cohorts are of EMG"


def test_the_page_shows_scenes_and_workload_and_no_signals(alone: Workspace) -> None:
    page = (alone.results / "report/index.html").read_text(encoding="utf-8")
    figures = {path.stem for path in (alone.results / "report/figures").glob("*.svg")}
    assert {"timelines", "occupancy", "associations", "forest"} <= figures and "quality" not in figures
    left_out = re.findall(r"This section is left out because[^.]*", page)
    assert left_out and all("eye images alone, without EMG" in text for text in left_out), left_out


def test_a_second_run_has_nothing_to_do(alone: Workspace) -> None:
    assert "Nothing to be done" in alone.run()


def test_without_scene_tasks_it_ends_at_evaluation(alone: Workspace, tmp_path: Path) -> None:
    other = Workspace(tmp_path / "work", config=CONFIG | {"recordings": {"input": "eyes"}})
    other.folder.mkdir()
    other.dataset.symlink_to(alone.dataset, target_is_directory=True)
    planned = other.planned_rules()
    assert {"train_network", "evaluate_model", "make_page"} <= planned
    assert not {"describe_eyes", "predict_scenes", "expression_features", "scene_effects"} & planned
