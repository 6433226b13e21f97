"""A workflow on bad input: one sentence, an exit code that is not 0, and nothing that looks whole."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from myoscene.recordings.demo.cohort import simulate_cohort

from workflow.workspace import SMALL, Workspace

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort") / "demo_cohort"
    simulate_cohort(folder, participants=3, seed=2, scene_s=8)
    return folder


@pytest.fixture
def workspace(cohort: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(cohort, tmp_path / "demo_cohort")
    return Workspace(tmp_path, config=SMALL)


def test_a_misspelt_key_stops_before_anything_runs(tmp_path: Path) -> None:
    done = Workspace(tmp_path, config={"emg": {"filters": {"lowcut_hz": 20}}}).snakemake(check=False)
    assert done.returncode != 0
    assert "did you mean 'emg.filters.low_cut_hz'" in done.stdout
    assert not (tmp_path / "results").exists()


def test_no_dataset_says_what_to_do(tmp_path: Path) -> None:
    done = Workspace(tmp_path).snakemake(check=False)
    assert done.returncode != 0
    assert "demo_cohort" in done.stdout
    assert "Traceback" not in done.stdout


def test_two_people_only(workspace: Workspace) -> None:
    shutil.rmtree(workspace.dataset / "sub-03")
    done = workspace.snakemake(check=False)
    assert done.returncode != 0
    assert "3" in done.stdout
    assert "Traceback" not in done.stdout


def a_copied_recording(dataset: Path) -> None:
    source = next((dataset / "sub-01" / "emg").glob("*calibration*_emg.bdf"))
    shutil.copy(source, dataset / "sub-02" / "emg" / source.name.replace("sub-01", "sub-02"))


def a_truncated_recording(dataset: Path) -> None:
    path = next((dataset / "sub-02" / "emg").glob("*calibration*_emg.bdf"))
    path.write_bytes(path.read_bytes()[:-5000])


def an_unknown_label(dataset: Path) -> None:
    path = next((dataset / "sub-02" / "emg").glob("*calibration*_events.tsv"))
    path.write_text(path.read_text().replace("smile", "smirk"))


def a_rating_out_of_range(dataset: Path) -> None:
    path = sorted((dataset / "sub-02" / "beh").glob("*_beh.tsv"))[0]
    head, row = path.read_text().splitlines()[:2]
    values = row.split("\t")
    values[head.split("\t").index("physical")] = "140"
    path.write_text(f"{head}\n" + "\t".join(values) + "\n")


def no_calibration(dataset: Path) -> None:
    for path in (dataset / "sub-02" / "emg").glob("*calibration*"):
        path.unlink()


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (a_copied_recording, ("01", "02", "exclude_participants")),
        (a_truncated_recording, ("sub-02", "truncated")),
        (an_unknown_label, ("smirk", "sub-02", "smile")),
        (a_rating_out_of_range, ("140", "sub-02", "0", "100")),
        (no_calibration, ("02", "calibration")),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_bad_input_stops_the_run_with_one_sentence(
    workspace: Workspace, spoil: Callable[[Path], None], says: tuple[str, ...]
) -> None:
    spoil(workspace.dataset)
    done = workspace.snakemake(check=False)
    assert done.returncode != 0
    for words in says:
        assert words in done.stdout, done.stdout[-3000:]
    assert "Traceback" not in done.stdout
    results = workspace.folder / "results"
    assert not (results / "report").exists()
    assert not (results / "learn").exists() or not list((results / "learn").rglob("*.safetensors"))
    assert not list(results.rglob("*.partial"))
