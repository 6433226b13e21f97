"""The command that measures how far other seeds move the scores (docs/seeds.py)."""

import importlib
import shutil
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest
import yaml

from learn import builders as b

MEMBERS = 2


@pytest.fixture(scope="module")
def seeds() -> ModuleType:
    return importlib.import_module("seeds")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run leaves: the cohort's table, folds, one fold's model, the configuration."""
    folder = tmp_path_factory.mktemp("run")
    b.write_cohort(folder / "learn", b.signals(people=b.PEOPLE[:4]), people=b.PEOPLE[:4])
    b.train(folder / "learn", "cnn_tcn", "p02", spec=b.spec("cnn_tcn", epochs=1, members=MEMBERS))
    (folder / "learn" / "cohort").mkdir()
    shutil.copy(folder / "learn" / "signals.parquet", folder / "learn" / "cohort")
    folds = {"method": "lopo", "max_lopo": 60, "k": 5, "validation_fraction": 0.2}
    told = {"learn": {"folds": folds, "evaluation": {"calibration_bins": 10}}, "eyes": {"neutral": "neutral"}}
    (folder / "config.yaml").write_text(yaml.safe_dump(told))
    return folder


def test_the_run_s_own_seed_gives_the_run_s_own_network(seeds: ModuleType, results: Path, tmp_path: Path) -> None:
    run = seeds.Measured(results, ("cnn_tcn",), ())
    seeds.one_seed(run, 1, tmp_path / "1")
    ours, theirs = tmp_path / "1" / "cnn_tcn" / "p02.safetensors", results / "learn" / "cnn_tcn" / "p02.safetensors"
    assert ours.read_bytes() == theirs.read_bytes()


def test_the_table_is_over_seeds(seeds: ModuleType, results: Path, tmp_path: Path) -> None:
    run, means = seeds.Measured(results, ("cnn_tcn",), ("cnn_tcn.width=4",)), []
    for seed in (1, 2):
        assert seeds.one_seed(run, seed, tmp_path / str(seed)) > 0
        people = pd.read_csv(tmp_path / str(seed) / "cnn_tcn" / "participants.csv")
        means.append(people["macro_f1"].mean())
    assert seeds.one_seed(run, 2, tmp_path / "2") == 0, "what is there is not trained again"
    assert means[0] != means[1]
    row = [cell.strip() for cell in seeds.table(tmp_path, ("cnn_tcn",)).splitlines()[-1].strip("|").split("|")]
    assert row[:3] == ["cnn_tcn", str(MEMBERS), "2"]
    assert float(row[3]) == pytest.approx(sum(means) / 2, abs=6e-4)
    assert float(row[4]) == pytest.approx(pd.Series(means).std(ddof=1), abs=6e-5)
    assert row[5] == f"{min(means):.3f} to {max(means):.3f}"
