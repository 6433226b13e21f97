"""The plan of a run grows by the same number of jobs and files with every participant, whatever the cohort's size."""

import importlib
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.workflow
SIZES = (4, 8, 16)


@pytest.fixture(scope="module")
def scale() -> ModuleType:
    """The benchmark docs/scale.py."""
    return importlib.import_module("scale")


@pytest.fixture(scope="module")
def plans(scale: ModuleType, repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[int, list[dict]]:
    """Every job of dry runs over generated cohorts of three sizes."""
    found = {}
    for people in SIZES:
        folder = tmp_path_factory.mktemp(f"people{people}")
        scale.make_dataset(folder / "demo_cohort", people)
        found[people] = scale.plan(folder, repository / "Snakefile")
    return found


def test_jobs_and_files_are_linear_in_participants(plans: dict[int, list[dict]]) -> None:
    for what in ("jobs", "input", "raw", "output"):
        counts: dict[int, Counter] = {people: Counter() for people in SIZES}
        for people, jobs in plans.items():
            for job in jobs:
                counts[people][job["rule"]] += 1 if what == "jobs" else len(job[what])
        small, middle, large = (counts[people] for people in SIZES)
        assert sum(large.values()) > 300
        for rule in large:
            assert large[rule] - middle[rule] == 2 * (middle[rule] - small[rule]), f"{what} of {rule}"


def test_raw_files_are_watched_by_one_job_a_person_and_are_inputs_of_none(plans: dict[int, list[dict]]) -> None:
    """Hundreds of files a person: Snakemake looks at every input of every ready job whenever a job ends."""
    jobs = [job for job in plans[8] if job["wildcards"].get("participant") == "0003"]
    raw = Counter(file for job in jobs for file in job["raw"])
    assert len(raw) > 40
    assert set(raw.values()) == {1}
    assert not [file for job in jobs for file in job["input"] if not file.startswith("results/")]


def test_no_source_file_is_an_input(plans: dict[int, list[dict]]) -> None:
    assert not [file for job in plans[8] for file in job["input"] if file.endswith(".py")]
