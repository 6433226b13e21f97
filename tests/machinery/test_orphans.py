"""`myoscene orphans`: only what a run made, and a sentence where it cannot be said."""

from pathlib import Path

import pytest
from myoscene.cli import main
from myoscene.machinery import orphans
from myoscene.machinery.digests import digest_path


@pytest.fixture
def results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with results of a run, of which nothing belongs to anybody any more, and files of somebody's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("emg/features/09.parquet", "logs/assess_quality/09.log", "benchmarks/assess_quality/09.tsv",
                 "learn/resume/cnn_tcn/09.safetensors", "notes.csv", "emg/features/mine.parquet", "logs/mine.log",
                 "figures/paper.svg"):  # fmt: skip
        path = tmp_path / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    record = Path(digest_path("results/emg/features/09.parquet"))
    record.parent.mkdir(parents=True)
    record.write_text("0 extract_features")
    return tmp_path / "results"


def test_files_of_somebody_s_own_are_neither_listed_nor_deleted(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    every = [f"results/{path.relative_to(results).as_posix()}" for path in results.rglob("*") if path.is_file()]

    class Done:
        returncode, stderr, stdout = 0, "", "\n".join(every)

    monkeypatch.setattr(orphans.subprocess, "run", lambda *told, **more: Done)
    found = orphans.orphans([])
    assert found == [
        "results/benchmarks/assess_quality/09.tsv",
        "results/emg/features/09.parquet",
        "results/learn/resume/cnn_tcn/09.safetensors",
        "results/logs/assess_quality/09.log",
    ]
    orphans.delete(found)
    left = sorted(path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file())
    assert left == ["emg/features/mine.parquet", "figures/paper.svg", "logs/mine.log", "notes.csv"]


def test_without_its_dataset_it_says_which_is_missing(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["orphans"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("myoscene orphans: dataset folder demo_cohort does not exist; set recordings.dataset")
    assert said.count("\n") == 1
