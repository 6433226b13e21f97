"""A workflow on bad input: one sentence, an exit code that is not 0, and nothing that looks whole."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from myoscene.config.check import merge
from myoscene.demo.cohort import simulate_cohort

from workflow.workspace import SMALL, Workspace

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cohort") / "demo_cohort"
    simulate_cohort(folder, participants=3, seed=2, scene_s=8, eyes=False)
    return folder


@pytest.fixture
def workspace(cohort: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(cohort, tmp_path / "demo_cohort")
    return Workspace(tmp_path, config=SMALL)


def refusal(workspace: Workspace) -> str:
    """Run, hold what every refusal has in common, and give the output."""
    done = workspace.snakemake(check=False)
    assert done.returncode != 0
    assert "Traceback" not in done.stdout, done.stdout[-3000:]
    results = workspace.folder / "results"
    assert not (results / "report").exists()
    assert not list(results.rglob("*.safetensors"))
    assert not list(results.rglob("*.partial"))
    return done.stdout


def test_a_misspelt_key_stops_before_anything_runs(tmp_path: Path) -> None:
    output = refusal(Workspace(tmp_path, config={"emg": {"filters": {"lowcut_hz": 20}}}))
    assert "did you mean 'emg.filters.low_cut_hz'" in output
    assert not list((tmp_path / "results").glob("[!.]*"))  # besides Snakemake's own folder


def test_no_dataset_says_what_to_do(tmp_path: Path) -> None:
    assert "myoscene simulate demo_cohort" in refusal(Workspace(tmp_path))


def test_two_people_are_too_few_to_learn_from(workspace: Workspace) -> None:
    shutil.rmtree(workspace.dataset / "sub-03")
    (workspace.dataset / "participants.tsv").unlink()
    output = refusal(workspace)
    assert "2 participant(s)" in output
    assert "one to test, one to validate and one to train on" in output


def test_a_band_above_the_nyquist_limit_of_the_recordings(workspace: Workspace) -> None:
    workspace.config = merge(SMALL, {"emg": {"filters": {"high_cut_hz": 600}, "rate_hz": 2000}})
    output = refusal(workspace)
    assert "Nyquist limit of 500 Hz" in output
    assert "emg.filters.high_cut_hz" in output


def only(folder: Path, pattern: str) -> Path:
    found = sorted(folder.glob(pattern))
    assert found, f"{pattern} in {folder}"
    return found[0]


def replace(path: Path, old: str, new: str, count: int = -1) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), encoding="utf-8")


def cell(path: Path, column: str, value: str, row: int = 1) -> None:
    """Set one cell of a TSV; row 1 is the first below the header."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    lines[row][lines[0].index(column)] = value
    path.write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


def a_copied_recording(dataset: Path) -> None:
    source = only(dataset / "sub-01" / "emg", "*calibration*_emg.bdf")
    shutil.copy(source, dataset / "sub-02" / "emg" / source.name.replace("sub-01", "sub-02"))


def a_missing_channel(dataset: Path) -> None:
    for path in (dataset / "sub-02" / "emg").glob("*_channels.tsv"):
        replace(path, "corrugator_center\tEMG", "corrugator_center\tMISC")


def a_channel_in_one_person_only(dataset: Path) -> None:
    for person in ("01", "02"):
        for path in (dataset / f"sub-{person}" / "emg").glob("*_channels.tsv"):
            replace(path, "corrugator_center\tEMG", "corrugator_center\tMISC")


def an_unknown_unit(dataset: Path) -> None:
    cell(only(dataset / "sub-02" / "emg", "*calibration*_channels.tsv"), "units", "furlong")


def another_rate(dataset: Path) -> None:
    simulate_again = only(dataset / "sub-02" / "emg", "*calibration*_emg.json")
    replace(simulate_again, '"SamplingFrequency": 1000', '"SamplingFrequency": 500')


def an_event_outside(dataset: Path) -> None:
    cell(only(dataset / "sub-02" / "emg", "*calibration*_events.tsv"), "onset", "99999", row=-1)


def overlapping_events(dataset: Path) -> None:
    cell(only(dataset / "sub-02" / "emg", "*calibration*_events.tsv"), "duration", "30")


def an_unknown_label(dataset: Path) -> None:
    replace(only(dataset / "sub-02" / "emg", "*calibration*_events.tsv"), "smile", "smirk")


def no_calibration(dataset: Path) -> None:
    for path in (dataset / "sub-02" / "emg").glob("*calibration*"):
        path.unlink()


def no_neutral(dataset: Path) -> None:
    path = only(dataset / "sub-02" / "emg", "*calibration*_events.tsv")
    kept = [
        line for line in path.read_text().splitlines() if not line.endswith("neutral") and "\tneutral\t" not in line
    ]
    path.write_text("\n".join(kept) + "\n")


def no_ratings(dataset: Path) -> None:
    shutil.rmtree(dataset / "sub-02" / "beh")


def a_rating_out_of_range(dataset: Path) -> None:
    cell(only(dataset / "sub-02" / "beh", "*_beh.tsv"), "physical", "140")


def a_truncated_recording(dataset: Path) -> None:
    path = only(dataset / "sub-02" / "emg", "*calibration*_emg.bdf")
    path.write_bytes(path.read_bytes()[:-5000])


def an_empty_table(dataset: Path) -> None:
    only(dataset / "sub-02" / "emg", "*calibration*_events.tsv").write_text("")


def a_duplicate_participant_row(dataset: Path) -> None:
    path = dataset / "participants.tsv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[1]]) + "\n")


def an_identifier_with_a_space(dataset: Path) -> None:
    (dataset / "sub-02").rename(dataset / "sub-0 2")


def an_identifier_with_a_dot(dataset: Path) -> None:
    (dataset / "sub-02").rename(dataset / "sub-0.2")


def text_that_is_not_utf8(dataset: Path) -> None:
    path = only(dataset / "sub-02" / "emg", "*calibration*_events.tsv")
    path.write_bytes(path.read_bytes().replace(b"smile", b"sm\xefle", 1))


def no_participants(dataset: Path) -> None:
    for folder in dataset.glob("sub-*"):
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (a_copied_recording, ("participants 01 and 02", "exclude_participants")),
        (a_missing_channel, ("participant 02", "corrugator_center", "sub-02_")),
        (a_channel_in_one_person_only, ("corrugator_center", "participant 03 only")),
        (an_unknown_unit, ("furlong", "_channels.tsv", "row 2")),
        (another_rate, ("500", "1000", "sub-02_task-calibration")),
        (an_event_outside, ("_events.tsv", "row ", "sub-02")),
        (overlapping_events, ("overlap", "_events.tsv", "row ")),
        (an_unknown_label, ("smirk", "sub-02", "'smile'")),
        (no_calibration, ("participant 02", "no calibration recording", "missing_calibration")),
        (no_neutral, ("sub-02", "neutral")),
        (no_ratings, ("02", "rating", "recordings.ratings.missing")),
        (a_rating_out_of_range, ("140", "_beh.tsv", "row 2", "100")),
        (a_truncated_recording, ("truncated", "sub-02_task-calibration_emg.bdf")),
        (an_empty_table, ("empty", "sub-02_task-calibration_events.tsv")),
        (a_duplicate_participant_row, ("participants.tsv, row 5", "'01'", "row 2")),
        (an_identifier_with_a_space, ("sub-0 2",)),
        (an_identifier_with_a_dot, ("sub-0.2",)),
        (text_that_is_not_utf8, ("UTF-8", "_events.tsv", "row ")),
        (no_participants, ("no participants", "demo_cohort")),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_bad_input_stops_the_run_with_one_sentence(
    workspace: Workspace, spoil: Callable[[Path], None], says: tuple[str, ...]
) -> None:
    spoil(workspace.dataset)
    output = refusal(workspace)
    for words in says:
        assert words in output, output[-3000:]
