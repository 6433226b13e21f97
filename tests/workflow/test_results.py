"""What a whole run leaves behind."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from workflow.workspace import Workspace

pytestmark = pytest.mark.workflow


def test_every_table_of_the_contract_is_there(finished: Workspace) -> None:
    for name in (
        "config.yaml",
        "recordings/sheet.parquet",
        "recordings/sheet.csv",
        "recordings/ratings.csv",
        "recordings/exclusions.csv",
        "emg/quality.parquet",
        "emg/quality.csv",
        "emg/features/01.parquet",
        "learn/lda/01.safetensors",
        "learn/lda/01.json",
        "learn/cnn_tcn/04.safetensors",
        "learn/cnn_tcn/participants.csv",
        "learn/cnn_tcn/summary.csv",
        "learn/cnn_tcn/confusion.csv",
        "learn/comparison.csv",
        "scenes/predictions/cnn_tcn/02.parquet",
        "scenes/expression_features.parquet",
        "scenes/expression_features.csv",
        "scenes/feature_dictionary.csv",
        "scenes/scores.csv",
        "statistics/scene_effects.csv",
        "statistics/tlx_associations.csv",
        "report/index.html",
    ):
        assert (finished.results / name).is_file(), name


def test_no_partial_file_is_left(finished: Workspace) -> None:
    assert not list(finished.results.rglob("*.partial"))
    assert not list((finished.results / "learn").glob("resume/*/*"))


def test_a_fold_never_saw_its_person(finished: Workspace) -> None:
    cards = sorted((finished.results / "learn").glob("*/[0-9]*.json"))
    assert len(cards) == 8
    for path in cards:
        card = json.loads(path.read_text())
        assert path.stem not in card["training_participants"]
        assert path.stem not in card["validation_participants"]
        assert card["synthetic"] is True


def test_what_people_read_says_that_it_is_synthetic(finished: Workspace) -> None:
    for name in (
        "learn/lda/participants.csv",
        "statistics/tlx_associations.csv",
        "scenes/expression_features.csv",
    ):
        assert pd.read_csv(finished.results / name)["synthetic"].all(), name
    page = (finished.results / "report" / "index.html").read_text(encoding="utf-8")
    assert "synthetic" in page.lower()


def test_logs_and_benchmarks_lie_where_the_readme_says(finished: Workspace) -> None:
    logs = list((finished.results / "logs").rglob("*.log"))
    assert len(logs) > 40
    assert len(list((finished.results / "benchmarks").rglob("*.tsv"))) == len(logs)


def test_identical_inputs_give_identical_tables(finished: Workspace, tmp_path: Path) -> None:
    """A second run from nothing, with one core, gives every table and every checkpoint byte for byte."""
    other = Workspace(tmp_path / "work", finished.workflow, finished.config)
    other.folder.mkdir(parents=True)
    (other.folder / "demo_cohort").symlink_to(finished.dataset, target_is_directory=True)
    other.run("--cores", "1")
    compared = 0
    for path in sorted(finished.results.rglob("*")):
        relative = path.relative_to(finished.results)
        if path.is_file() and relative.parts[0] not in ("logs", "benchmarks"):
            assert (other.results / relative).read_bytes() == path.read_bytes(), relative
            compared += 1
    assert compared > 60


def test_no_machine_path_in_any_result(finished: Workspace) -> None:
    for path in finished.results.rglob("*"):
        if path.suffix in {".csv", ".json", ".yaml", ".html"}:
            assert not re.search(re.escape(str(finished.folder)), path.read_text(encoding="utf-8")), path
