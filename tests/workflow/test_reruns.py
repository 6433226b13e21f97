"""What a second run does: nothing, or exactly what a change calls for."""

import os
from pathlib import Path

import pytest
import yaml
from myoscene.config.check import merge
from myoscene.recordings.demo.cohort import simulate_cohort

from workflow.workspace import Workspace

pytestmark = pytest.mark.workflow

PREPARATION = {
    "describe_participant",
    "assess_quality",
    "condition_emg",
    "fit_normaliser",
    "extract_features",
    "prepare_eyes",
}
SAVED = {"save_config", "make_page"}  # they show the configuration


def test_a_second_run_does_nothing(finished: Workspace) -> None:
    assert "Nothing to be done" in finished.run("--dry-run")


def test_the_merged_configuration_is_saved_and_usable(finished: Workspace) -> None:
    saved = yaml.safe_load((finished.results / "config.yaml").read_text())
    assert saved["learn"]["cnn_tcn"]["epochs"] == 2
    assert saved["emg"]["filters"]["order"] == 4
    copy = Workspace(finished.folder, finished.workflow, saved)
    assert not copy.planned()


def test_another_place_and_a_copied_tree_rerun_nothing(again: Workspace) -> None:
    assert not again.planned()


def test_touching_files_reruns_nothing(again: Workspace) -> None:
    for folder in (again.dataset, again.workflow / "workflow_scripts", again.results / "emg"):
        for path in folder.rglob("*"):
            if path.is_file():
                os.utime(path)
    assert not again.planned()


def test_a_new_participant_prepares_that_person_and_what_depends_on_the_cohort(again: Workspace) -> None:
    simulate_cohort(again.folder / "more", participants=5, seed=1, scene_s=12)
    newcomer = again.folder / "more" / "sub-05"
    newcomer.rename(again.dataset / "sub-05")
    (again.folder / "more" / "sourcedata" / "sub-05").rename(again.dataset / "sourcedata" / "sub-05")
    listed = (again.folder / "more" / "participants.tsv").read_text()
    (again.dataset / "participants.tsv").write_text(listed)
    planned = again.planned()
    prepared = {(rule, wildcards) for rule, wildcards in planned if rule in PREPARATION}
    assert prepared == {(rule, "participant=05") for rule in PREPARATION}
    rules = {rule for rule, _ in planned}
    assert {
        "check_cohort",
        "read_ratings",
        "make_folds",
        "collect_features",
        "collect_signals",
        "expression_features",
        "check_eyes",
        "collect_eyes",
    } <= rules
    folds = {(rule, wildcards) for rule, wildcards in planned if rule.startswith("train_")}
    assert len(folds) == 35, "five folds of six models and the blinks: the cohort is another one, so every fold is"
    again.run()
    assert not again.planned()


def test_editing_a_module_reruns_the_rules_built_on_it(again: Workspace) -> None:
    module = again.workflow / "workflow_scripts" / "myoscene" / "statistics" / "scene_effects.py"
    module.write_text(module.read_text() + "\n# an edit\n")
    planned = again.planned_rules()
    assert "scene_effects" in planned
    assert planned <= {"scene_effects", "make_figures", "make_page"} | {r for r in planned if r.startswith("make_")}
    assert not planned & (PREPARATION | {"train_classical", "train_network", "tlx_associations"})


def test_editing_the_filters_reruns_conditioning_and_names_the_file(again: Workspace) -> None:
    module = again.workflow / "workflow_scripts" / "myoscene" / "emg" / "filters.py"
    module.write_text(module.read_text() + "\n# an edit\n")
    output = again.run("--dry-run")
    assert "filters.py" in output
    planned = again.planned_rules()
    assert {"condition_emg", "fit_normaliser", "extract_features", "train_network", "make_page"} <= planned
    assert "describe_participant" not in planned
    assert "read_ratings" not in planned


@pytest.mark.parametrize(
    ("change", "expected", "spared"),
    [
        ({"report": {"title": "Another title"}}, {"make_page"}, {"make_figures", "tlx_associations"}),
        (
            {"statistics": {"permutations": 150}},
            {"tlx_associations"},
            {"scene_effects", "expression_features", "train_classical"},
        ),
        (
            {"scenes": {"probability_floor": 0.4}},
            {"predict_scenes", "expression_features"},
            {"train_network"},
        ),
        ({"learn": {"cnn_tcn": {"epochs": 1}}}, {"train_network"}, {"train_classical", "extract_features"}),
        ({"emg": {"quality": {"min_snr_db": 2.0}}}, {"assess_quality"}, {"condition_emg", "train_classical"}),
        ({"emg": {"filters": {"order": 3}}}, {"condition_emg", "train_network"}, {"describe_participant"}),
        ({"recordings": {"ratings": {"performance": "poor_to_good"}}}, {"read_ratings"}, {"train_classical"}),
        (
            {"eyes": {"quality": {"blank_sd": 2.0}}},
            {"prepare_eyes", "collect_eyes", "train_eyes", "train_fusion"},
            {"condition_emg", "train_network", "train_classical", "describe_participant"},
        ),
        ({"learn": {"eye_cnn": {"epochs": 1}}}, {"train_eyes", "train_blinks"}, {"prepare_eyes", "train_network"}),
        ({"learn": {"fusion": {"epochs": 2}}}, {"train_fusion"}, {"train_eyes", "train_network", "train_blinks"}),
        ({"report": {"show_eyes": True}}, {"make_page", "make_figures"}, {"train_eyes", "prepare_eyes"}),
        ({"execution": {"resume_every_epochs": 2}}, set(), {"train_network", "train_eyes", "train_fusion"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_changing_one_value_reruns_what_uses_it(
    finished: Workspace, change: dict, expected: set[str], spared: set[str]
) -> None:
    changed = Workspace(finished.folder, finished.workflow, merge(finished.config, change))
    planned = changed.planned_rules()
    finished.snakemake("--dry-run", "--quiet")  # writes the configuration file back
    assert planned >= SAVED, "the saved configuration and the page show every value"
    assert expected <= planned
    assert not planned & spared


def test_another_image_reruns_that_person_and_what_the_cohort_is_made_of(again: Workspace) -> None:
    stack = again.dataset / "sourcedata/sub-02/eye/sub-02_task-calm_left.tif"
    content = bytearray(stack.read_bytes())
    content[-1] ^= 1  # as long as before
    stack.write_bytes(content)
    planned = again.planned()
    prepared = {(rule, wildcards) for rule, wildcards in planned if rule in PREPARATION}
    assert prepared == {("prepare_eyes", "participant=02")}
    assert not {rule for rule, _ in planned} & {"train_network", "train_classical"}


def test_the_workflow_runs_from_another_directory(finished: Workspace, tmp_path: Path) -> None:
    """The fixture's working directory is not the workflow's: nothing may lie in the workflow's own folder."""
    assert not (finished.workflow / "results").exists()
    assert (finished.results / "report" / "index.html").is_file()
    elsewhere = Workspace(tmp_path, finished.workflow, finished.config)
    output = elsewhere.run("--dry-run", "--directory", str(finished.folder))
    assert "Nothing to be done" in output


def test_nothing_raw_is_changed(finished: Workspace, tmp_path: Path) -> None:
    simulate_cohort(tmp_path / "fresh", participants=4, seed=1, scene_s=12)
    fresh = {p.relative_to(tmp_path / "fresh"): p.read_bytes() for p in (tmp_path / "fresh").rglob("*") if p.is_file()}
    used = {p.relative_to(finished.dataset): p.read_bytes() for p in finished.dataset.rglob("*") if p.is_file()}
    assert used == fresh
