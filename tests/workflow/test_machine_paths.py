"""Where a dataset lies is in no result, and changes none."""

import filecmp
import os
import shutil
from functools import reduce
from pathlib import Path

import pytest
from myoscene.config.sections import Configuration, defaults, keys
from myoscene.core.settings import shown_paths
from myoscene.plan import make_plan
from myoscene.run import Run
from pyarrow.parquet import read_table
from pyarrow.types import is_primitive

from workflow.workspace import WITH_EYES, Workspace

pytestmark = pytest.mark.workflow

UNIQUE = "zebra7folder"
# Two people, no models and no statistics: every table that says where something was read, and the page.
SMALLEST = {"exclude_participants": ["03"], "ratings": {"source": "none"}}


def content_of(path: Path) -> bytes:
    """What a file holds; of a Parquet table, which is compressed, its schema and texts."""
    if path.suffix != ".parquet":
        return path.read_bytes()
    table = read_table(path)
    texts = [name for name in table.column_names if not is_primitive(table.schema.field(name).type)]
    return f"{table.schema.metadata} {[table[name].to_pylist() for name in texts]}".encode()


def test_no_result_of_an_absolute_dataset_says_where_it_lies(finished: Workspace, tmp_path: Path) -> None:
    dataset = tmp_path / UNIQUE / "demo_cohort"
    shutil.copytree(finished.dataset, dataset)
    work = Workspace(tmp_path / "work", config=WITH_EYES | {"learn": {"models": []}})
    work.config["recordings"] = SMALLEST | {"dataset": str(dataset)}
    work.run()
    files = [path for path in work.results.rglob("*") if path.is_file() and ".snakemake" not in path.parts]
    assert {"index.html", "config.yaml", "sheet.csv", "sheet.parquet"} < {path.name for path in files}
    places = (UNIQUE, str(tmp_path), str(finished.folder.parent), str(work.workflow), str(Path.home()))
    files += [path for path in finished.results.rglob("*") if path.is_file() and ".snakemake" not in path.parts]
    for path in files:
        content = content_of(path)
        assert not [place for place in places if place.encode() in content], path
    for name in ("recordings/participants/01.parquet", "emg/signals/02.parquet", "eyes/frames/01.parquet"):
        assert filecmp.cmp(work.results / name, finished.results / name, shallow=False), f"{name} of a relative path"
    work.config["recordings"]["dataset"] = os.path.relpath(dataset, work.folder)
    assert not work.planned(), "the same dataset"


def test_a_dataset_is_the_same_wherever_it_lies(again: Workspace, tmp_path: Path) -> None:
    again.config["recordings"] = {"dataset": str(again.dataset)}
    assert not again.planned()
    elsewhere = tmp_path / UNIQUE / "demo_cohort"
    elsewhere.parent.mkdir()
    again.dataset.rename(elsewhere)
    (again.folder / "ratings.tsv").rename(elsewhere.parent / "ratings.tsv")
    again.config["recordings"] = {"dataset": str(elsewhere)}
    assert again.planned_rules() <= {"save_config", "make_figures", "make_page"}, "the name of the ratings at most"
    table = elsewhere / "sub-02/emg/sub-02_task-calm_channels.tsv"
    table.write_text(table.read_text().replace("uV", "mV"))
    assert ("describe_participant", "participant=02") in again.planned(), "its content counts there, too"


def test_two_values_that_change_places_rerun_what_is_told_them(again: Workspace) -> None:
    """Of a rule's params Snakemake compares the values alone, sorted."""
    again.config["emg"] = {"windows": {"trim_start_s": 0.1, "trim_end_s": 0.5}}
    assert {"assess_quality", "condition_emg"} <= again.planned_rules()


def test_files_are_named_alike_however_they_are_given(finished: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(finished.folder)
    given = [("demo_cohort", "../ratings.tsv"), (str(finished.dataset), str(finished.folder / "ratings.tsv"))]
    given.append((f"../{finished.folder.name}/demo_cohort", "sourcedata/../../ratings.tsv"))
    saved = [
        Run(make_plan({"recordings": {"dataset": dataset}, "learn": {"evaluation": {"image_ratings": ratings}}}))
        for dataset, ratings in given
    ]
    assert len({str(run.saved_config) for run in saved}) == 1
    assert saved[1].saved_config["learn"]["evaluation"]["image_ratings"] == "../ratings.tsv"


def test_weights_are_the_same_file_however_they_are_given(
    finished: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.pth").touch()
    inception = {"sha256": "0" * 64, "mode": "finetuned"}
    runs = [
        Run(
            make_plan(
                {
                    "recordings": {"dataset": str(finished.dataset)},
                    "learn": {"models": ["eye_inception"], "eye_inception": inception | {"weights": weights}},
                }
            )
        )
        for weights in ("weights.pth", str(tmp_path / "weights.pth"))
    ]
    for asked in (lambda run: run.spec("eye_inception"), lambda run: run.training_inputs("eye_inception", "01")):
        assert str(asked(runs[0])) == str(asked(runs[1]))
    assert runs[0].training_inputs("eye_inception", "01")["weights"] == "weights.pth"


def test_no_path_of_a_configuration_is_saved_as_one_of_the_machine() -> None:
    paths = [key.path.split(".") for key in keys() if key.kind.get("format") == "path"]
    assert len(paths) == 9
    config = defaults()
    for *sections, name in paths:
        reduce(dict.__getitem__, sections, config)[name] = f"/elsewhere/{UNIQUE}/{name}.x"
    saved = shown_paths(Configuration, config, config["recordings"]["dataset"])
    for *sections, name in paths:
        assert reduce(dict.__getitem__, sections, saved)[name] == f"{name}.x"
