"""The plan of a run: the same for the jobs of a cluster as for the process that submitted them."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from myoscene import plan
from myoscene.core.errors import InputError
from myoscene.plan import make_plan
from recordings.builders import CALIBRATION_EVENTS, write_description, write_emg


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Changes of the configuration, for a dataset of three people in the working directory."""
    monkeypatch.chdir(tmp_path)
    write_description(Path("ds"))
    for name in ("01", "02", "03"):
        write_emg(Path("ds"), name, "calibration", events=CALIBRATION_EVENTS, seed=int(name))
    return {"recordings": {"dataset": "ds", "ratings": {"source": "none"}}, "learn": {"models": ["lda"]}}


def started(given: dict[str, Any]) -> plan.Plan:
    """The plan of a run that begins."""
    found = make_plan(given, main=True)
    plan.keep(found)
    return found


def people(found: plan.Plan) -> list[str]:
    return found.selection.participants


def test_a_job_keeps_to_the_plan_of_its_run_however_the_dataset_grows(config: dict[str, Any]) -> None:
    first = started(config)
    shutil.copytree("ds/sub-03", "ds/sub-04")
    for path in [*Path("ds/sub-04").rglob("sub-03*")]:
        path.rename(path.with_name(path.name.replace("sub-03", "sub-04")))
    job = make_plan(config, main=False)
    assert people(job) == people(first) == ["01", "02", "03"]
    assert (job.eyes, job.fold_of, job.config) == (first.eyes, first.fold_of, first.config)
    assert job.selection.raw_files == first.selection.raw_files and job.selection.training == first.selection.training
    assert people(make_plan(config, main=True)) == ["01", "02", "03", "04"]


def test_what_is_made_of_the_configuration_after_the_plan_keeps_no_job_from_it(config: dict[str, Any]) -> None:
    found = make_plan(config, main=True)
    found.config["learn"] = {**found.config["learn"], "models": []}
    plan.keep(found)
    write_emg(Path("ds"), "04", "calibration", events=CALIBRATION_EVENTS)
    assert people(make_plan(config, main=False)) == ["01", "02", "03"]


def test_a_dry_run_beside_a_run_does_not_change_its_plan(config: dict[str, Any]) -> None:
    started(config)
    before = plan.PLAN.read_bytes()
    shutil.rmtree("ds/sub-01")
    write_emg(Path("ds"), "05", "calibration", events=CALIBRATION_EVENTS)
    assert people(make_plan(config, main=True)) == ["02", "03", "05"]
    assert plan.PLAN.read_bytes() == before
    assert people(make_plan(config, main=False)) == ["01", "02", "03"]


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"of": 1}', b"\xff"])
def test_without_a_plan_of_its_configuration_a_job_looks_at_the_dataset(
    config: dict[str, Any], content: bytes | None
) -> None:
    started({**config, "learn": {"models": []}})
    if content is not None:
        plan.PLAN.write_bytes(content)
    assert people(make_plan(config, main=False)) == ["01", "02", "03"]


def test_what_stops_a_run_stops_the_check_before_it(config: dict[str, Any]) -> None:
    shutil.rmtree("ds/sub-03")
    with pytest.raises(InputError, match="2 participant"):
        make_plan(config)
    config["learn"] = {"models": []}
    config["eyes"] = {"images": "required"}
    with pytest.raises(InputError, match="nobody in dataset ds has eye images"):
        make_plan(config)
