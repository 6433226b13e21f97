"""Files of people, models, stages and tables that are not in a run any more are named by what they were of."""

from pathlib import Path
from typing import Any

import pytest
from myoscene import cli
from myoscene.config.check import complete, merge
from myoscene.core.stage import every_file, targets
from myoscene.eyes.selection import EyeSelection
from myoscene.machinery.digests import keep_files, note_outputs
from myoscene.machinery.orphans import departed, left_behind
from myoscene.plan import Plan
from myoscene.recordings.selection import Selection
from myoscene.run import Run

PEOPLE = ["01", "02", "03", "04"]


def run_of(people: list[str] = PEOPLE, eyes: bool = True, **given: Any) -> Run:
    selection = Selection(people, raw_files={name: [] for name in people}, synthetic=True)
    images = EyeSelection(people, raw_files={name: [] for name in people}) if eyes else EyeSelection(without=people)
    given = merge({"learn": {"learning_curve": {"people": [2]}}}, given)
    return Run(Plan(complete(given), selection, images, {name: name for name in people}))


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of a run of four people with eye images."""
    monkeypatch.chdir(tmp_path)
    run = run_of()
    for file in every_file(run):
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).touch()
        note_outputs([file], "a_rule")
    Path("results/learn/mine").mkdir()
    Path("results/learn/mine/summary.csv").touch()  # somebody's own
    keep_files(targets(run), every_file(run))
    return tmp_path


GONE: dict[str, tuple[Run, str]] = {
    "nobody": (run_of(), ""),
    "people": (run_of(PEOPLE[:3]), "files of 04, not in"),
    "a model": (run_of(learn={"models": ["cnn_tcn", "eye_cnn", "eye_cnn_plain", "fusion_late"]}), "of the model"),
    "models": (run_of(learn={"models": ["lda"]}), "of the models blinks, boosted_trees, "),
    "a stage": (run_of(eyes=False, learn={"models": ["lda"]}), "of the stage eyes"),
    "stages": (run_of(recordings={"input": "ratings"}, learn={"models": []}), "of the stages emg, learn"),
    "a table": (run_of(learn={"learning_curve": {"people": []}}), "learn/learning_curve"),
    "both": (run_of(PEOPLE[:3], learn={"models": ["lda"]}), "files of 04, of the models "),
}


@pytest.mark.parametrize(("run", "said"), GONE.values(), ids=GONE)
def test_what_is_gone_is_named(made: Path, run: Run, said: str) -> None:
    sentence = departed(run)
    assert said in sentence
    assert bool(sentence) == bool(said)
    assert "mine" not in sentence
    left = left_behind(every_file(run))
    assert set(left) == set(every_file(run_of())) - set(every_file(run))


def test_a_table_that_no_stage_has_any_more_is_named(made: Path) -> None:
    Path("results/learn/old.csv").touch()
    note_outputs(["results/learn/old.csv"], "a_rule_that_was")
    assert "of the table learn/old.csv, not in this run" in departed(run_of())


def test_verify_counts_them(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fewer = run_of(PEOPLE[:3])
    keep_files(targets(fewer), every_file(fewer))
    assert cli.main(["verify"]) == 0
    said = capsys.readouterr()
    assert "are of nobody and nothing in the last run" in said.err
    keep_files(targets(run_of()), every_file(run_of()))
    assert cli.main(["verify"]) == 0
    assert "nobody" not in capsys.readouterr().err
    Path("results/emg/quality.csv").unlink()
    assert cli.main(["verify", str(made / "results")]) == 2
    assert capsys.readouterr().out == f"{made}/results/emg/quality.csv\n"
