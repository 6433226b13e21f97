"""Forearm gestures, raw files to report: leave-one-participant-out, and the whole chain.

Of 12 people, or of six, for whom the bars are lower: a network that learns from five people at most is no better than
LDA on another one, of whom one wore the bracelet unlike the others (0.22 and 0.18).
"""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from myoscene.importing.run import import_dataset
from workflow.workspace import REPOSITORY, Workspace

pytestmark = [pytest.mark.real, pytest.mark.workflow]
EXAMPLE = REPOSITORY / "config" / "examples" / "uci_gestures"
TEXT = {"participant": str}


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory, collection: Callable[[str], Path]) -> Path:
    folder = tmp_path_factory.mktemp("gestures") / "uci_gestures"
    report = import_dataset(EXAMPLE / "mapping.yaml", collection("uci_gestures"), folder)
    assert "held samples" in str(report)
    assert "the effective rate is 200 Hz" in str(report)
    return folder


# Of six people: one network a fold for the examples' four, and half of their 30 epochs. The bars leave room for it.
SHORTER = {"members": 1, "epochs": 15}


def finished(dataset: Path, folder: Path, config: str, **cnn_tcn: int) -> Workspace:
    folder.mkdir()
    (folder / "uci_gestures").symlink_to(dataset, target_is_directory=True)
    settings = yaml.safe_load((EXAMPLE / config).read_text())
    settings["learn"]["cnn_tcn"] |= cnn_tcn
    workspace = Workspace(folder, config=settings)
    workspace.run()
    return workspace


@pytest.fixture(scope="module")
def lopo(dataset: Path, everybody: bool) -> Workspace:
    return finished(dataset, dataset.parent / "lopo", "config.yaml", **({} if everybody else SHORTER))


@pytest.fixture(scope="module")
def chain(dataset: Path, everybody: bool) -> Workspace:
    """With one network a fold of everybody, too."""
    return finished(dataset, dataset.parent / "chain", "chain.yaml", **({"members": 1} if everybody else SHORTER))


def scores(workspace: Workspace, model: str) -> pd.Series:
    table = pd.read_csv(workspace.results / f"learn/{model}/participants.csv", dtype=TEXT)
    return table.set_index("participant")["balanced_accuracy"]


def test_held_samples_are_flagged_in_the_quality_table(lopo: Workspace) -> None:
    quality = pd.read_csv(lopo.results / "emg/quality.csv", dtype=TEXT, keep_default_na=False)
    assert quality["flags"].str.contains("held_samples").all()
    assert (quality["declared_rate_hz"] == 200).all()
    assert quality["update_rate_hz"].between(85, 125).all()


def test_lda_meets_its_bar(lopo: Workspace, everybody: bool) -> None:
    got = scores(lopo, "lda")
    assert len(got) == (12 if everybody else 6)
    print(got.to_string())
    assert got.mean() >= (0.85 if everybody else 0.77)  # 0.775 of six
    assert everybody or got.median() >= 0.85


def test_cnn_tcn_is_at_least_as_good_as_lda(lopo: Workspace, chain: Workspace, everybody: bool) -> None:
    got = scores(lopo, "cnn_tcn")
    print(got.to_string())
    if everybody:
        assert got.mean() >= scores(lopo, "lda").mean()
    else:
        assert got.mean() >= 0.71  # 0.761
        assert got.median() >= 0.85
        assert of_scenes(chain, "cnn_tcn").mean() >= of_scenes(chain, "lda").mean()


def of_scenes(workspace: Workspace, model: str) -> pd.Series:
    table = pd.read_csv(workspace.results / "scenes/scores.csv", dtype=TEXT)
    return table[table["model"] == model].set_index("participant")["balanced_accuracy"]


def test_the_paired_test_is_shown(lopo: Workspace) -> None:
    comparison = pd.read_csv(lopo.results / "learn/comparison.csv")
    rows = comparison[comparison["metric"] == "balanced_accuracy"]
    assert len(rows) == 1
    differences = (scores(lopo, "cnn_tcn") - scores(lopo, "lda")).to_numpy()
    turned = np.array(list(itertools.product((1, -1), repeat=len(differences)))) @ differences
    assert rows["p"].tolist() == pytest.approx([(abs(turned) >= abs(differences.sum()) - 1e-12).mean()])
    page = (lopo.results / "report/index.html").read_text(encoding="utf-8")
    assert all(f">{person}<" in page for person in scores(lopo, "lda").index)


def test_chain_predicts_an_unlabelled_series_of_people_never_seen(chain: Workspace, everybody: bool) -> None:
    got = of_scenes(chain, "cnn_tcn")
    print(got.to_string())
    assert len(got) == (11 if everybody else 5)
    assert got.mean() >= (0.80 if everybody else 0.87)  # 0.892 of five


def test_chain_says_who_was_left_out_and_shows_timelines(chain: Workspace) -> None:
    left_out = pd.read_csv(chain.results / "recordings/exclusions.csv", dtype=str, keep_default_na=False)
    whole = left_out[(left_out["recording"] == "") & left_out["reason"].str.contains("no calibration")]
    assert len(whole) == 1
    page = (chain.results / "report/index.html").read_text(encoding="utf-8")
    assert "imeline" in page
    assert not chain.planned()
