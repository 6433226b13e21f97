"""A whole run: what it leaves behind, and what a second one does: nothing, or exactly what a change calls for.

One module, because the tests are spread over processes by module, and this run is made once in each.
"""

import json
import os
import re
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml
from myoscene.config.check import merge
from myoscene.core.stage import answer, stages
from myoscene.demo.cohort import simulate_cohort
from myoscene.plan import make_plan
from myoscene.run import Run

from workflow.workspace import Workspace

pytestmark = pytest.mark.workflow

PREPARATION = {
    "describe_participant",
    "assess_quality",
    "condition_emg",
    "extract_features",
    "prepare_eyes",
}
# Once for everybody.
OF_THE_COHORT = [
    *("check_cohort", "check_training", "merge_quality", "list_exclusions", "read_ratings", "check_eyes"),
    *("exclude_frames", "make_folds", "collect_features", "collect_signals", "collect_eyes", "list_removed"),
    *("compare_models", "compare_personalisation", "compare_modalities", "collect_learning_curve", "rater_agreement"),
    *("expression_features", "score_scenes", "scene_effects", "tlx_associations", "make_figures", "make_page"),
]
SAVED = {"save_config", "make_page"}  # they show the configuration


def test_a_run_makes_what_the_manifests_say_and_nothing_else(finished: Workspace) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished.folder)
        run = Run(make_plan(finished.config))
        tables = [table for stage in stages() if answer(stage.when, run) for table in stage.tables if not table.asked]
        wanted = {file for table in tables for file in table.files(run)}
    beside = {"logs", "benchmarks", ".snakemake"}
    files = (path.relative_to(finished.folder) for path in finished.results.rglob("*") if path.is_file())
    assert {path.as_posix() for path in files if path.parts[1] not in beside} == wanted
    for name in (
        "config.yaml",
        "recordings/exclusions.csv",
        "emg/features/01.parquet",
        "learn/lda/01.safetensors",
        "learn/cnn_tcn/confusion.csv",
        "eyes/features/01.parquet",
        "learn/blinks/01.parquet",
        "learn/fusion_joint/03.safetensors",
        "learn/learning_curve.csv",
        "learn/raters.csv",
        "scenes/predictions/fusion_late/02.parquet",
        "statistics/tlx_associations.csv",
        "report/index.html",
    ):
        assert f"results/{name}" in wanted


def test_no_partial_file_is_left(finished: Workspace) -> None:
    assert not list(finished.results.rglob("*.partial"))
    assert not list((finished.results / "learn").glob("resume/*/*"))


def test_a_fold_never_saw_its_person(finished: Workspace) -> None:
    cards = sorted((finished.results / "learn").glob("*/[0-9]*.json"))
    assert len(cards) == 21, "three folds of six models and the blinks"
    for path in cards:
        card = json.loads(path.read_text())
        assert path.stem not in card["training_participants"]
        assert path.stem not in card["validation_participants"]
        assert card["synthetic"] is True


def test_blinks_and_curve_never_saw_the_held_out_person_either(finished: Workspace) -> None:
    cards = sorted((finished.results / "learn").glob("learning_curve/*/*.json"))
    cards += sorted((finished.results / "learn/blinks").glob("*.json"))
    assert len(cards) == 6
    for path in cards:
        card = json.loads(path.read_text())
        people = {*card["training_participants"], *card["validation_participants"]}
        people |= {name for member in card["members"] for name in (*member["training"], *member["validation"])}
        assert path.stem not in people


def test_frames_of_the_mean_neutral_image_are_not_scored(finished: Workspace) -> None:
    removed = pd.read_csv(finished.results / "eyes/removed.csv", dtype={"participant": str})
    neutral = removed[removed["reason"] == "neutral mean"]
    assert set(neutral["participant"]) == {"01", "02", "03"}
    key = ["participant", "recording", "frame"]
    for model in ("eye_cnn", "eye_cnn_plain"):
        scored = pd.read_parquet(finished.results / f"learn/{model}/predictions.parquet")
        assert scored.merge(removed[key], on=key).empty
        cohort = pd.read_parquet(finished.results / "learn/cohort/eyes.parquet")
        assert cohort.merge(neutral[key], on=key).empty


def test_both_variants_are_scored_on_the_same_frames(finished: Workspace) -> None:
    key = ["participant", "recording", "frame", "label"]
    one, two = (
        pd.read_parquet(finished.results / f"learn/{m}/predictions.parquet") for m in ("eye_cnn", "eye_cnn_plain")
    )
    pd.testing.assert_frame_equal(one[key], two[key])


def test_eye_predictions_stand_beside_those_of_the_emg(finished: Workspace) -> None:
    """The same hops of the same scenes; the eyes may miss some, fusion none."""
    key = ["participant", "scene", "recording", "start_s"]
    tables = {m: pd.read_parquet(finished.results / f"scenes/predictions/{m}/01.parquet")[key]
              for m in ("cnn_tcn", "eye_cnn", "fusion_late")}  # fmt: skip
    pd.testing.assert_frame_equal(tables["cnn_tcn"], tables["fusion_late"])
    both = tables["eye_cnn"].merge(tables["cnn_tcn"], on=key)
    assert len(both) == len(tables["eye_cnn"]) > 0.8 * len(tables["cnn_tcn"])


def test_a_person_without_neutral_is_plain_and_it_is_said(finished: Workspace) -> None:
    table = pd.read_csv(finished.results / "eyes/personalisation.csv", dtype=str, keep_default_na=False)
    plain = table[table["method"] == "plain"]
    assert plain[["participant", "session"]].to_numpy().tolist() == [["02", "2"]]
    assert plain["reason"].iloc[0]


def test_models_are_compared_with_human_raters(finished: Workspace) -> None:
    table = pd.read_csv(finished.results / "learn/raters.csv").set_index(["rater_a", "rater_b"])
    pairs = {frozenset(pair) for pair in table.index}
    assert {
        frozenset(("half", "right")),
        frozenset(("eye_cnn", "right")),
        frozenset(("eye_cnn_plain", "half")),
    } <= pairs
    raters = table[[set(pair) == {"half", "right"} for pair in table.index]].iloc[0]
    assert 0 < raters["kappa"] < 1
    assert 1.0 in (raters["accuracy_a"], raters["accuracy_b"]), "one of the two is always right"


def test_the_page_shows_no_eye_unless_asked(finished: Workspace) -> None:
    page = (finished.results / "report" / "index.html").read_text(encoding="utf-8")
    assert "report.show_eyes" in page
    assert "eye_neutrals" not in page
    assert "eye_examples" not in page
    assert not list((finished.results / "report" / "figures").glob("eye_*"))


def test_what_people_read_says_that_it_is_synthetic(finished: Workspace) -> None:
    for name in (
        "learn/lda/participants.csv",
        "learn/eye_cnn/classes.csv",
        "learn/personalisation.csv",
        "learn/modalities.csv",
        "learn/learning_curve.csv",
        "eyes/sheet.csv",
        "eyes/personalisation.csv",
        "statistics/tlx_associations.csv",
        "scenes/expression_features.csv",
    ):
        assert pd.read_csv(finished.results / name)["synthetic"].all(), name
    page = (finished.results / "report" / "index.html").read_text(encoding="utf-8")
    assert "synthetic" in page.lower()


def test_logs_and_benchmarks_lie_where_the_readme_says(finished: Workspace) -> None:
    logs = list((finished.results / "logs").rglob("*.log"))
    assert len(logs) > 40
    assert len(list((finished.results / "benchmarks").rglob("*.tsv"))) == len(logs)


def test_identical_inputs_give_identical_tables(finished: Workspace, tmp_path: Path) -> None:
    """A second run from nothing, with one core, gives the same tables and checkpoints byte for byte.

    As far as a fold of every model, with all that it is made of. With each job in a Python of its own, as users have
    them, tests/faults compares preparation, a training and the page, and tests/slurm whole runs.
    """
    other = Workspace(tmp_path / "work", finished.workflow, finished.config)
    other.folder.mkdir(parents=True)
    (other.folder / "demo_cohort").symlink_to(finished.dataset, target_is_directory=True)
    other.run(
        "--cores", "1", *(f"results/learn/{model}/01.safetensors" for model in finished.config["learn"]["models"])
    )
    compared = 0
    for path in sorted(other.results.rglob("*")):
        relative = path.relative_to(other.results)
        if path.is_file() and relative.parts[0] not in ("logs", "benchmarks", ".snakemake"):
            assert (finished.results / relative).read_bytes() == path.read_bytes(), relative
            compared += 1
    assert compared > 30


def test_no_machine_path_in_any_result(finished: Workspace) -> None:
    for path in finished.results.rglob("*"):
        if path.suffix in {".csv", ".json", ".yaml", ".html"}:
            assert not re.search(re.escape(str(finished.folder)), path.read_text(encoding="utf-8")), path


def test_a_second_run_does_nothing(finished: Workspace) -> None:
    assert "Nothing to be done" in finished.run("--dry-run")


def test_the_merged_configuration_is_saved_and_usable(finished: Workspace) -> None:
    saved = yaml.safe_load((finished.results / "config.yaml").read_text())
    assert saved["learn"]["cnn_tcn"]["epochs"] == 2
    assert saved["emg"]["filters"]["order"] == 4
    copy = Workspace(finished.folder, finished.workflow, saved)
    assert not copy.planned()


def test_another_place_and_a_copied_tree_rerun_nothing(edited: Workspace) -> None:
    for kept in edited.workflow.rglob("__pycache__/*"):
        kept.unlink()
    assert not edited.planned()


def test_touching_files_reruns_nothing(edited: Workspace) -> None:
    for folder in (edited.dataset, edited.workflow / "workflow_scripts", edited.results / "emg"):
        for path in folder.rglob("*"):
            if path.is_file():
                os.utime(path)
    assert not edited.planned()


def test_a_new_participant_prepares_that_person_and_what_depends_on_the_cohort(again: Workspace) -> None:
    """Every kind of model, planned; test_arriving.py runs it with one."""
    simulate_cohort(again.folder / "more", participants=4, seed=1, scene_s=12)
    newcomer = again.folder / "more" / "sub-04"
    newcomer.rename(again.dataset / "sub-04")
    (again.folder / "more" / "sourcedata" / "sub-04").rename(again.dataset / "sourcedata" / "sub-04")
    listed = (again.folder / "more" / "participants.tsv").read_text()
    (again.dataset / "participants.tsv").write_text(listed)
    planned = again.planned()
    prepared = {(rule, wildcards) for rule, wildcards in planned if rule in PREPARATION}
    assert prepared == {(rule, "participant=04") for rule in PREPARATION}
    # The cohort is another one, so every fold of four is, of six models, the blinks and the learning curve.
    of_folds = {"train_classical": 4, "train_network": 20, "train_blinks": 4}
    of_folds |= {"learning_curve": 4, "extract_eye_features": 4, "predict_scenes": 12, "evaluate_model": 6}
    rules = Counter(rule for rule, _ in planned.elements())
    assert rules == Counter(of_folds) + Counter([*PREPARATION, *OF_THE_COHORT])


def test_editing_a_module_reruns_the_rules_built_on_it(edited: Workspace) -> None:
    module = edited.workflow / "workflow_scripts" / "myoscene" / "statistics" / "scene_effects.py"
    module.write_text(module.read_text() + "\nEDITED = 1\n")
    planned = edited.planned_rules()
    assert planned == {"scene_effects", "make_page"}


def test_editing_the_filters_reruns_conditioning_and_names_the_file(edited: Workspace) -> None:
    module = edited.workflow / "workflow_scripts" / "myoscene" / "pipeline" / "filters.py"
    module.write_text(module.read_text() + "\nEDITED = 1\n")
    output = edited.run("--dry-run")
    assert "filters.py" in output
    planned = edited.planned_rules()
    assert {"condition_emg", "extract_features", "train_network", "make_page"} <= planned
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
        (
            {"learn": {"cnn_tcn": {"epochs": 1}}},
            {"train_network cnn_tcn"},
            {"train_network eye_cnn", "train_classical", "extract_features"},
        ),
        ({"emg": {"quality": {"min_snr_db": 2.0}}}, {"assess_quality"}, {"condition_emg", "train_classical"}),
        ({"emg": {"filters": {"order": 3}}}, {"condition_emg", "train_network cnn_tcn"}, {"describe_participant"}),
        ({"recordings": {"ratings": {"performance": "poor_to_good"}}}, {"read_ratings"}, {"train_classical"}),
        (
            {"eyes": {"quality": {"blank_sd": 2.0}}},
            {"prepare_eyes", "collect_eyes", "train_network eye_cnn", "train_network fusion_joint"},
            {"condition_emg", "train_network cnn_tcn", "train_classical", "describe_participant"},
        ),
        (
            {"learn": {"eye_cnn": {"epochs": 1}}},
            {"train_network eye_cnn"},
            {"prepare_eyes", "train_blinks", "train_network cnn_tcn"},
        ),
        (
            {"learn": {"fusion": {"epochs": 2}}},
            {"train_network fusion_late"},
            {"train_network eye_cnn", "train_network cnn_tcn", "train_blinks"},
        ),
        ({"report": {"show_eyes": True}}, {"make_page", "make_figures"}, {"train_network", "prepare_eyes"}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_changing_one_value_reruns_what_uses_it(
    finished: Workspace, change: dict, expected: set[str], spared: set[str]
) -> None:
    changed = Workspace(finished.folder, finished.workflow, merge(finished.config, change))
    planned = changed.planned_rules()
    finished.configure()
    assert planned >= SAVED, "the saved configuration and the page show every value"
    assert expected <= planned
    assert not planned & spared


def test_how_a_training_is_carried_out_reruns_nothing(finished: Workspace) -> None:
    change = {"execution": {"resume_every_epochs": 2, "log_every_epochs": 1, "device": "cuda"}}
    changed = Workspace(finished.folder, finished.workflow, merge(finished.config, change))
    planned = changed.planned()
    finished.configure()
    assert not planned


def test_another_image_reruns_that_person_and_what_the_cohort_is_made_of(again: Workspace) -> None:
    stack = again.dataset / "sourcedata/sub-02/eye/sub-02_task-calm_left.tif"
    content = bytearray(stack.read_bytes())
    content[-1] ^= 1  # as long as before
    stack.write_bytes(content)
    planned = again.planned()
    prepared = {(rule, wildcards) for rule, wildcards in planned if rule in PREPARATION}
    assert prepared == {("prepare_eyes", "participant=02")}
    trained = {wildcards.split(",")[0] for rule, wildcards in planned if rule in ("train_network", "train_classical")}
    assert trained == {"model=eye_cnn", "model=eye_cnn_plain", "model=fusion_late", "model=fusion_joint"}


def test_the_workflow_runs_from_another_directory(finished: Workspace, tmp_path: Path) -> None:
    """The fixture's working directory is not the workflow's: nothing may lie in the workflow's own folder."""
    assert not (finished.workflow / "results").exists()
    assert (finished.results / "report" / "index.html").is_file()
    elsewhere = Workspace(tmp_path, finished.workflow, finished.config)
    output = elsewhere.run("--dry-run", "--directory", str(finished.folder))
    assert "Nothing to be done" in output


def test_nothing_raw_is_changed(finished: Workspace, tmp_path: Path) -> None:
    simulate_cohort(tmp_path / "fresh", participants=3, seed=1, scene_s=12)
    fresh = {p.relative_to(tmp_path / "fresh"): p.read_bytes() for p in (tmp_path / "fresh").rglob("*") if p.is_file()}
    used = {p.relative_to(finished.dataset): p.read_bytes() for p in finished.dataset.rglob("*") if p.is_file()}
    assert used == fresh
