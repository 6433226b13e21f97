"""What was deleted, and what no record of Snakemake's tells of, is made again; and nothing that need not be."""

import json
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from myoscene import cli
from myoscene.config.check import merge
from myoscene.core.stage import answer, stages
from myoscene.machinery.digests import digest_path
from myoscene.machinery.records import _readable
from myoscene.plan import make_plan
from myoscene.run import Run

from workflow.workspace import Workspace

pytestmark = pytest.mark.workflow


def contents(workspace: Workspace) -> dict[str, bytes]:
    beside = ("logs", "benchmarks", ".snakemake")
    files = (path for path in workspace.results.rglob("*") if path.is_file())
    found = {path.relative_to(workspace.results).as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in found.items() if name.split("/")[0] not in beside}


def rule_of(workspace: Workspace, file: str) -> str:
    return (workspace.folder / digest_path(file)).read_text().split()[1]


def test_one_file_of_every_kind_is_made_again_and_what_is_made_from_it_is_not(
    again: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(again.folder)
    run = Run(make_plan(again.config))
    tables = [table for stage in stages() if answer(stage.when, run) for table in stage.tables if not table.asked]
    files = [files[-1] for table in tables if (files := table.files(run))]
    assert len(files) > 50
    by = {rule_of(again, file) for file in files}
    for file in files:
        (again.folder / file).unlink()
    planned = again.planned()
    assert {rule for rule, _ in planned} == by
    assert {wildcards.split("participant=")[1] for _, wildcards in planned if "participant=" in wildcards} == {"03"}
    assert {wildcards.split("fold=")[1] for _, wildcards in planned if "fold=" in wildcards} == {"03"}
    assert cli.main(["verify"]) == 2


DELETED = (
    "emg/features/02.parquet", "emg/signals/02.parquet", "learn/lda/03.safetensors", "learn/cohort/features.parquet",
    "statistics/tlx_associations.csv", "report/index.html",
)  # fmt: skip


def test_results_that_are_made_again_are_what_they_were(
    again: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(again.folder)
    whole = contents(again)
    for name in DELETED:
        (again.results / name).unlink()
    assert cli.main(["verify"]) == 2
    said = capsys.readouterr()
    assert set(said.out.split()) == {f"results/{name}" for name in DELETED}
    assert "6 are not there" in said.err
    # As if it had been made on a machine that rounds otherwise.
    digest = again.folder / digest_path("results/learn/lda/03.safetensors")
    digest.write_text("0" * 64 + " train_classical\n")
    said_of_run = again.run()
    assert "results/learn/lda/03.safetensors came out otherwise than before; run again" in said_of_run
    assert contents(again) == whole
    assert not again.planned()
    assert cli.main(["verify"]) == 0


def test_beside_a_change_all_that_it_calls_for_is_made_too(again: Workspace) -> None:
    change = {"emg": {"features": {"threshold": 0.02}}}
    as_it_is, again.config = again.config, merge(again.config, change)
    changed = again.planned()
    again.config = as_it_is
    assert ("extract_features", "participant=02") in changed and ("condition_emg", "participant=02") not in changed
    for name in ("emg/features/02.parquet", "emg/normalisers/03.json", "learn/lda/01.json", "scenes/scores.csv"):
        (again.results / name).unlink()
    restored = {("condition_emg", "participant=03"), ("score_scenes", "")}
    again.config = merge(again.config, change)
    assert set(again.planned()) == set(changed) | restored


def record(workspace: Workspace, file: str) -> Path:
    name = urlsafe_b64encode(file.encode()).decode()
    return workspace.results / ".snakemake/metadata" / name


def without(*names: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        said = json.loads(path.read_text())
        path.write_text(json.dumps({name: value for name, value in said.items() if name not in names}))

    return write


def with_(**values: object) -> Callable[[Path], None]:
    return lambda path: Path.write_text(path, json.dumps(json.loads(path.read_text()) | values)) and None


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": lambda path: path.write_bytes(b""),
    "gone": lambda path: path.unlink(),
    "a folder": lambda path: (path.unlink(), path.mkdir()),
    "cut": cut,
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "no text": lambda path: path.write_bytes(b"\xff\xfe{}"),
    "a list": lambda path: path.write_text("[1]"),
    "nothing": lambda path: path.write_text("null"),
    "an empty one": lambda path: path.write_text("{}"),
    "nested": lambda path: path.write_text("[" * 100_000),
    **{f"without {name}": without(name) for name in ("params", "code", "input", "rule", "input_checksums")},
    "without its hash": without("software_stack_hash", "job_hash"),
    "params null": with_(params=None),
    "params no texts": with_(params=[["a"]]),
    "params a text": with_(params="a"),
    "checksums a list": with_(input_checksums=[]),
    "an old one": with_(record_format_version=5),
    "times no numbers": with_(starttime="yesterday"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_record_that_is_not_whole_is_unreadable(
    finished: Workspace, tmp_path: Path, damage: Callable[[Path], object]
) -> None:
    copy = tmp_path / "record"
    shutil.copy(record(finished, "results/emg/quality/02.parquet"), copy)
    assert _readable(copy)
    damage(copy)
    assert not _readable(copy)


def test_what_has_no_readable_record_is_made_anew(again: Workspace, finished: Workspace) -> None:
    """As it was: the people whose records had been emptied kept their results of the old threshold for ever."""
    again.config = merge(again.config, {"emg": {"quality": {"min_snr_db": 30.0}}})
    other = Workspace(again.folder.parent / "other", again.workflow, again.config)
    shutil.copytree(again.folder, other.folder, symlinks=True)
    target = "results/emg/quality.csv"
    other.run(target)
    assert contents(other)["emg/quality.csv"] != contents(finished)["emg/quality.csv"]
    for person, damage in (("01", "emptied"), ("02", "gone"), ("03", "a list")):
        DAMAGES[damage](record(again, f"results/emg/quality/{person}.parquet"))
    said = again.run(target)
    assert "01.parquet, results/emg/quality/02.parquet, results/emg/quality/03.parquet were made from" in said
    assert contents(again) == contents(other)
    assert "Nothing to be done" in again.run("--dry-run", target)


def test_without_any_record_all_is_made_anew_unless_somebody_vouches_for_it(again: Workspace) -> None:
    shutil.rmtree(again.results / ".snakemake/metadata")
    assert len(again.planned()) == again.run("--dry-run", "--forceall").count("    jobid: ")
    refused = again.snakemake("--dry-run", "--workflow-profile", "none", check=False)
    assert refused.returncode != 0
    assert "results/emg/quality.csv" in refused.stdout and "--rerun-incomplete" in refused.stdout
    again.run("--touch")
    assert not again.planned()
