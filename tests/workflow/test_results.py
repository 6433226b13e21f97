"""What a whole run leaves behind."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from workflow.workspace import Workspace

pytestmark = pytest.mark.workflow


def test_every_table_of_the_contract_is_there(finished: Workspace) -> None:
    for name in (
        "config.yaml",
        "recordings/sheet.parquet",
        "recordings/sheet.csv",
        "recordings/ratings.csv",
        "recordings/exclusions.csv",
        "emg/quality.parquet",
        "emg/quality.csv",
        "emg/features/01.parquet",
        "learn/lda/01.safetensors",
        "learn/lda/01.json",
        "learn/cnn_tcn/04.safetensors",
        "learn/cnn_tcn/participants.csv",
        "learn/cnn_tcn/summary.csv",
        "learn/cnn_tcn/confusion.csv",
        "learn/comparison.csv",
        "eyes/sheet.csv",
        "eyes/identical.csv",
        "eyes/personalisation.csv",
        "eyes/removed.csv",
        "eyes/frames/01.parquet",
        "eyes/images/01.npy",
        "eyes/neutrals/01.npy",
        "eyes/features/01.parquet",
        "learn/blinks/01.safetensors",
        "learn/blinks/01.parquet",
        "learn/eye_cnn/01.safetensors",
        "learn/eye_cnn/classes.csv",
        "learn/eye_cnn_plain/participants.csv",
        "learn/fusion_joint/04.safetensors",
        "learn/fusion_late/summary.csv",
        "learn/personalisation.csv",
        "learn/modalities.csv",
        "learn/modalities_comparison.csv",
        "learn/learning_curve.csv",
        "scenes/predictions/cnn_tcn/02.parquet",
        "scenes/predictions/eye_cnn/02.parquet",
        "scenes/predictions/fusion_late/02.parquet",
        "scenes/expression_features.parquet",
        "scenes/expression_features.csv",
        "scenes/feature_dictionary.csv",
        "scenes/scores.csv",
        "statistics/scene_effects.csv",
        "statistics/tlx_associations.csv",
        "report/index.html",
    ):
        assert (finished.results / name).is_file(), name


def test_no_partial_file_is_left(finished: Workspace) -> None:
    assert not list(finished.results.rglob("*.partial"))
    assert not list((finished.results / "learn").glob("resume/*/*"))


def test_a_fold_never_saw_its_person(finished: Workspace) -> None:
    cards = sorted((finished.results / "learn").glob("*/[0-9]*.json"))
    assert len(cards) == 28, "four folds of six models and the blinks"
    for path in cards:
        card = json.loads(path.read_text())
        assert path.stem not in card["training_participants"]
        assert path.stem not in card["validation_participants"]
        assert card["synthetic"] is True


def test_blinks_and_curve_never_saw_the_held_out_person_either(finished: Workspace) -> None:
    cards = sorted((finished.results / "learn").glob("learning_curve/*/*.json"))
    cards += sorted((finished.results / "learn/blinks").glob("*.json"))
    assert len(cards) == 8
    for path in cards:
        card = json.loads(path.read_text())
        people = {*card["training_participants"], *card["validation_participants"]}
        people |= {name for member in card["members"] for name in (*member["training"], *member["validation"])}
        assert path.stem not in people


def test_frames_of_the_mean_neutral_image_are_not_scored(finished: Workspace) -> None:
    removed = pd.read_csv(finished.results / "eyes/removed.csv", dtype={"participant": str})
    neutral = removed[removed["reason"] == "neutral mean"]
    assert set(neutral["participant"]) == {"01", "02", "03", "04"}
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


def test_the_page_shows_no_eye_unless_asked(finished: Workspace) -> None:
    page = (finished.results / "report" / "index.html").read_text(encoding="utf-8")
    assert "report.show_eyes" in page
    assert "data:image" not in page
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
    """A second run from nothing, with one core, gives every table and every checkpoint byte for byte."""
    other = Workspace(tmp_path / "work", finished.workflow, finished.config)
    other.folder.mkdir(parents=True)
    (other.folder / "demo_cohort").symlink_to(finished.dataset, target_is_directory=True)
    other.run("--cores", "1")
    compared = 0
    for path in sorted(finished.results.rglob("*")):
        relative = path.relative_to(finished.results)
        if path.is_file() and relative.parts[0] not in ("logs", "benchmarks"):
            assert (other.results / relative).read_bytes() == path.read_bytes(), relative
            compared += 1
    assert compared > 60


def test_no_machine_path_in_any_result(finished: Workspace) -> None:
    for path in finished.results.rglob("*"):
        if path.suffix in {".csv", ".json", ".yaml", ".html"}:
            assert not re.search(re.escape(str(finished.folder)), path.read_text(encoding="utf-8")), path
