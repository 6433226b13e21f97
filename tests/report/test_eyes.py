"""Eye images on the page: what is said of them, their models, and that no picture is shown unless it is allowed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.report.choose import accuracies, curve_points, interval, without_neutral
from myoscene.report.eye_models import effect_sentence
from myoscene.report.eyes import chosen_people, example_rows, frames_of, openness, personalised_frames, read_image
from myoscene.report.figures import make_figures
from myoscene.report.findings import findings
from myoscene.report.learning import confusion_counts, same_input
from myoscene.report.load import Options, Tables, load_tables, read_frame

from report.builders import CLASSES, Run
from report.builders_eyes import ACTION_UNITS
from report.conftest import FIGURE_OPTIONS, OPTIONS, Written, tables, write, write_page
from report.html import Page

PEOPLE = ["p01", "p02", "p03", "p04"]


@pytest.fixture(scope="module")
def page(with_eyes: Written) -> Page:
    return Page(with_eyes.html)


@pytest.fixture(scope="module")
def hidden(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The same kind of run, with EMG's classes, where no picture may be shown; nor are images where they were."""
    run = Run(tmp_path_factory.mktemp("hidden"), participants=PEOPLE, models=["cnn_tcn"]).write_everything()
    for name in ("images", "neutrals", "frames"):
        for path in (run.root / f"results/eyes/{name}").iterdir():
            path.unlink()
    return write(run, phone=False)


def plain_number(text: str) -> float:
    return float(text.replace("\u2212", "-"))


def test_eyes_have_their_sections_after_quality_and_learning(page: Page, whole: Written) -> None:
    assert page.sections[2:8] == ["quality", "eyes", "faces", "mapping", "learning", "eye-models"]
    assert not {"eyes", "eye-models"} & set(Page(whole.html).sections)
    assert page.absent == {}
    assert "Facial EMG and eye images of “Demo cohort”" in page.text


def test_pictures_of_eyes_stand_on_the_page_only_where_they_may(
    with_eyes: Written, hidden: Written, whole: Written
) -> None:
    shown, page = Page(with_eyes.html), Page(hidden.html)
    for name in ("eye_neutrals", "eye_examples"):
        assert f"figure-{name}" in shown.ids and f"figure-{name}" not in page.ids
    assert "do not pass it on as anonymous" in shown.text and "set report.show_eyes to true" not in shown.text
    assert "Eye images identify people, so they are not shown here; set report.show_eyes to true" in page.text
    assert page.text.count("report.show_eyes") == 1
    # A page without any eye image holds rasters too: the bars beside heat maps, that of muscles, too.
    rasters = [written.html.count("<image ") for written in (whole, hidden, with_eyes)]
    assert rasters[1] == rasters[0] + 2
    assert rasters[2] - rasters[1] == 2 * 3 * 4 + (4 + 2) * len(ACTION_UNITS)


def test_the_sheet_is_on_the_page(with_eyes: Written, page: Page) -> None:
    sheet = read_frame(str(with_eyes.run.paths["eye_sheet"]), "eye_sheet")
    assert [int(v) for v in page.column("Eye recordings", "frames")] == list(sheet["frames"])
    assert [int(v) for v in page.column("Eye recordings", "saturated")] == list(sheet["saturated"])
    assert [int(v) for v in page.column("Eye recordings", "right eye only")] == list(sheet["right_only"])
    assert set(page.column("Eye recordings", "rate (Hz)")) == {"10.0"}
    assert "Synthetic: the demo generator rendered these images" in page.text
    assert f"{sheet['frames'].sum()} frames of eye images" in page.text


def test_fallbacks_are_named_first(with_eyes: Written, page: Page) -> None:
    assert "7 of 8 sessions have a mean neutral image of their own; 1 session of p08 has none and falls" in page.text
    assert page.column("Personalisation", "participant")[0] == "p08"
    assert page.column("Personalisation", "why plain")[:2] == ["no neutral frame", "–"]
    table = pd.DataFrame({"participant": ["a", "a", "b"], "method": ["plain", "personalised", "plain"]})
    assert without_neutral(table) == {"b"}


def test_removed_frames_are_counted_by_reason_and_person(with_eyes: Written, page: Page) -> None:
    removed = read_frame(str(with_eyes.run.paths["eye_removed"]), "eye_removed")
    assert page.column("Removed frames", "participant") == ["all", *with_eyes.run.participants]
    for reason, number in removed["reason"].value_counts().items():
        column = [int(v) for v in page.column("Removed frames", str(reason))]
        assert column[0] == number == sum(column[1:])
    assert [int(v) for v in page.column("Removed frames", "removed")][0] == len(removed)
    said = "528 labelled frames are not scored: neutral mean 400, blink 96 and quality 32. They do not train either."
    assert said in page.text


def test_identical_images_are_listed_up_to_a_limit(with_eyes: Written, page: Page) -> None:
    assert "60 images in 30 groups are identical to another one under a different label or of a different" in page.text
    assert "they are not scored, and those under different labels of one person do not train" in page.text
    assert len(page.column("Identical images", "image")) == 40
    assert "The first 40 of 60 images." in page.text
    assert page.column("Identical images", "label")[:2] == ["smile", "–"]


def test_no_removed_and_no_identical_image_is_said(tmp_path: Path) -> None:
    run = Run(tmp_path, participants=PEOPLE)
    run.write_config()
    run.write_eyes(without_neutral=0)
    for name in ("eye_removed", "eye_identical"):
        path = Path(str(run.paths[name]))
        path.write_text(path.read_text().splitlines()[0] + "\n")
    text = Page(write(run, phone=False).html).text
    assert "No labelled frame was left out of training or scoring." in text
    assert "No image occurs under two labels or of two people." in text
    assert "4 of 4 sessions have a mean neutral image of their own." in text


def test_classes_with_and_without_personalisation_stand_side_by_side(with_eyes: Written, page: Page) -> None:
    name = "Classes: eye CNN with and without personalisation"
    assert page.column(name, "class") == [label.replace("_", " ") for label in ACTION_UNITS]
    scores = {Path(path).parent.name: read_frame(path, "class_scores") for path in with_eyes.run.paths["class_scores"]}
    pooled = {model: table[table["participant"] == ""] for model, table in scores.items()}
    assert [float(v) for v in page.column(name, "recall")] == pytest.approx(list(pooled["eye_cnn"]["recall"]))
    assert [float(v) for v in page.column(name, "F1, plain")] == pytest.approx(list(pooled["eye_cnn_plain"]["f1"]))
    assert page.column(name, "precision")[-1] == "–"
    assert [int(v) for v in page.column(name, "support")] == list(pooled["eye_cnn"]["support"])
    assert set(page.column("Scores of classes, other models", "model")) == {"late fusion", "joint fusion"}


def test_effect_of_personalisation_is_the_papers_test_and_ours(with_eyes: Written, page: Page) -> None:
    rows = read_frame(str(with_eyes.run.paths["personalisation_effect"]), "personalisation_effect").set_index("unit")
    sentence = (
        "Personalisation takes eye CNN from 63.7 % to 70.2 % of frames right (+6.5 percentage points; mean over "
        "8 participants, the same 4321 frames); paired one-tailed t-test on 60 participant-session-condition means "
        "as in "
        f"Hickson et al. 2019: t(59) = 4.20, p = {rows.loc['participant-session-condition', 'p_t']:.4f}; our "
        "one-tailed "
        "permutation over participants: p = 0.0078."
    )
    assert page.text.count(sentence) == 2, "among the key findings and in its section"
    assert page.column("Effect of personalisation", "units") == [
        "8 participants",
        "60 participant-session-condition means",
    ]
    assert page.column("Effect of personalisation", "t (df)") == ["2.90 (7)", "4.20 (59)"]
    assert page.column("Effect of personalisation", "plain") == ["0.637 ± 0.090"] * 2


def test_an_effect_without_a_test_is_told_without_one(with_eyes: Written) -> None:
    rows = read_frame(str(with_eyes.run.paths["personalisation_effect"]), "personalisation_effect")
    text = effect_sentence(rows.assign(t=np.nan, p_t=np.nan, mean_difference=-0.02))
    assert "t-test" not in text and "(\u22122.0 percentage points" in text


def test_the_figure_of_personalisation_draws_the_scores(with_eyes: Written) -> None:
    loaded = load_tables(tables(with_eyes.run))
    scores = accuracies(loaded, "eye_cnn", "eye_cnn_plain")
    assert list(scores["personalised"]) == sorted(scores["personalised"], reverse=True)
    own = loaded.people["eye_cnn_plain"].set_index("participant")["accuracy"]
    assert dict(scores["plain"]) == dict(own)
    drawing = Path(next(path for path in with_eyes.wide if path.endswith("/personalisation.svg"))).read_text()
    assert "p08 (no neutral)" in drawing and "p07 (no neutral)" not in drawing


def test_modalities_on_the_page_are_those_of_the_table(with_eyes: Written, page: Page) -> None:
    table = read_frame(str(with_eyes.run.paths["modalities"]), "modalities")
    name = "Modalities on the same windows"
    assert page.column(name, "model")[:4] == ["CNN-TCN", "eye CNN", "late fusion", "joint fusion"]
    assert page.column(name, "reads")[:3] == ["EMG alone", "eyes alone", "EMG and eyes"]
    assert page.column(name, "metric")[0] == "macro-F1"
    means = table.groupby("model", sort=False)["macro_f1"].mean()
    assert [float(v) for v in page.column(name, "mean")[:4]] == pytest.approx(list(means), abs=6e-4)
    assert "On the 1440 windows that all of these models predict (8 participants), mean macro-F1: CNN-TCN" in page.text
    assert len(page.column("Modality against modality", "p")) == 6


def test_models_that_read_different_things_are_compared_on_shared_windows_alone(page: Page) -> None:
    rows = pd.DataFrame(
        [("lda", "cnn_tcn"), ("cnn_tcn", "eye_cnn"), ("eye_cnn", "eye_cnn_plain"), ("fusion_late", "lda")],
        columns=["model_a", "model_b"],
    )
    assert list(same_input(rows)["model_b"]) == ["cnn_tcn", "eye_cnn_plain"]
    assert same_input(rows.head(0)).empty
    assert not any("eye" in pair or "fusion" in pair for pair in page.column("Model against model", "models"))


def test_learning_curve_is_a_mean_over_people(with_eyes: Written, page: Page) -> None:
    curve = read_frame(str(with_eyes.run.paths["learning_curve"]), "learning_curve")
    points = curve_points(curve, "accuracy")
    assert list(points["people"]) == [3, 5, 7] and set(points["participants"]) == {8}
    values = curve.loc[curve["people"] == 5, "accuracy"].to_numpy()
    assert tuple(points.loc[1, ["mean", "low", "high"]]) == pytest.approx(interval(values))
    assert [float(v) for v in page.column("Learning curve", "accuracy")] == pytest.approx(
        list(points["mean"]), abs=6e-4
    )
    assert any("With 3 people to train and validate on eye CNN has" in text for text in page.pictures)


def test_raters_keep_their_names(page: Page) -> None:
    assert page.column("Agreement with human raters", "one") == ["rater_1", "eye CNN", "eye CNN"]
    assert page.column("Agreement with human raters", "other")[-1] == "majority of raters"
    assert page.column("Agreement with human raters", "95 % bootstrap") == ["0.550 to 0.680"] * 3


def test_confusion_of_classes_that_emg_does_not_have(with_eyes: Written) -> None:
    by_model = {Path(path).parent.name: read_frame(path, "confusion") for path in with_eyes.run.paths["confusion"]}
    counts = confusion_counts(by_model["eye_cnn"], CLASSES)
    assert list(counts.index) == list(counts.columns) == ACTION_UNITS
    pooled = by_model["eye_cnn"][by_model["eye_cnn"]["participant"] == ""]
    assert counts.to_numpy().sum() == pooled["windows"].sum()
    assert list(confusion_counts(by_model["cnn_tcn"], CLASSES[::-1]).index) == CLASSES[::-1]


def test_blinks_are_runs_of_frames(tmp_path: Path) -> None:
    run = Run(tmp_path, participants=["p01"])
    run.write_eye_features()
    rows = openness(str(run.root / "results/eyes/features/p01.parquet")).set_index("kind")
    assert rows.loc["calibration", "minutes"] == pytest.approx(29.9 / 60)
    assert rows.loc["calibration", "blinks"] == pytest.approx(2 / (29.9 / 60)), "five frames in two runs"
    assert rows.loc["scene", "blinks"] == pytest.approx(1 / (29.9 / 60))
    assert rows.loc["scene", "openness"] == pytest.approx((299 * 0.9 + 0.1) / 300, abs=1e-6)


def test_best_model_is_told_among_those_that_read_the_same(with_eyes: Written) -> None:
    loaded = load_tables(tables(with_eyes.run))
    emg = next(text for text in findings(loaded, Options(**OPTIONS)) if text.startswith("On people never seen"))
    assert "eye CNN" not in emg and "fusion" not in emg
    eyes = Tables(people={"eye_cnn": loaded.people["eye_cnn"]}, summary={"eye_cnn": loaded.summary["eye_cnn"]})
    assert any("eye CNN classifies" in text for text in findings(eyes, Options(**OPTIONS)))


def test_eye_images_alone(tmp_path: Path) -> None:
    run = Run(tmp_path, participants=PEOPLE, models=["eye_cnn", "eye_cnn_plain"], synthetic=False)
    run.write_config(recordings={"input": "eyes", "dataset": "my_eyes"})
    run.write_eyes()
    run.write_eye_models(ACTION_UNITS)
    page = Page(write(run, phone=False, classes=ACTION_UNITS).html)
    assert "Eye images of the dataset my_eyes" in page.text
    assert "input is eye images alone, without EMG recordings" in page.absent["cohort"]
    assert "no model on eye images runs over scenes" in page.absent["workload"]
    assert "4 participants, 10800 frames of eye images" in page.text
    assert "Frames of all held-out participants" in page.text and "ready features" not in page.text
    assert page.column("Scores of every participant", "frames")
    assert "SYNTHETIC" not in page.text and "Synthetic:" not in page.text
    assert "32 × 32 pixels an eye" in page.text


def test_a_page_of_rendered_images_alone_carries_the_banner(tmp_path: Path) -> None:
    run = Run(tmp_path, participants=PEOPLE, models=["eye_cnn"])
    run.write_config(recordings={"input": "eyes"})
    run.write_eyes()
    assert "SYNTHETIC DATA" in write(run, phone=False).html


def pictures(tmp_path: Path) -> Tables:
    run = Run(tmp_path, participants=PEOPLE)
    run.write_eye_images()
    return load_tables(run.paths)


def test_what_personalisation_removes_is_the_mean_neutral(tmp_path: Path) -> None:
    found = pictures(tmp_path)
    shown = personalised_frames(found, 4, "neutral")
    assert [item.participant for item in shown] == PEOPLE
    first = shown[0]
    frames = frames_of(found, "p01")
    own = np.flatnonzero((frames["label"] == first.label).to_numpy() & frames["usable"].to_numpy())
    stored = np.load(found.eye_images["p01"])
    assert first.label != "neutral"
    assert any(np.array_equal(first.frame, stored[row]) for row in own)
    assert np.array_equal(first.difference, first.frame - np.load(found.eye_neutrals["p01"])[0])
    assert np.isnan(shown[1].difference[:, 32:]).all() and np.isfinite(shown[1].difference[:, :32]).all()
    assert chosen_people(found, 2) == ["p01", "p04"]


def test_frames_without_a_neutral_image_are_not_shown_as_personalised(tmp_path: Path) -> None:
    found = pictures(tmp_path)
    for person in PEOPLE[:3]:
        path = found.eye_frames[person]
        pd.read_parquet(path).assign(neutral=np.int32(-1)).to_parquet(path)
    assert [item.participant for item in personalised_frames(found, 4, "neutral")] == ["p04"]


def test_examples_are_frames_that_are_used(tmp_path: Path) -> None:
    found = pictures(tmp_path)
    path = found.eye_frames["p01"]
    frames = pd.read_parquet(path)
    frames.loc[frames["label"] == "frown", "flags"] = "left:blurred"
    frames.loc[6, "has_left"] = False
    frames.to_parquet(path)
    usable = frames_of(found, "p01")["usable"]
    rows = example_rows(frames_of(found, "p01"))
    assert list(rows) == ["neutral", "smile", "brow_raise"]
    assert all(usable[row] for row in rows.values()) and rows["neutral"] in (3, 4, 5)
    frames["has_left"] = False
    frames.to_parquet(path)
    assert frames_of(found, "p01")["usable"].any(), "where frames are of one eye alone, one will do"


def test_a_broken_image_store_is_named(tmp_path: Path) -> None:
    found = pictures(tmp_path)
    path = Path(found.eye_images["p01"])
    with pytest.raises(InputError, match=r"p01\.npy cannot be read"):
        read_image(str(path), 10_000)
    path.write_bytes(b"no array")
    with pytest.raises(InputError, match=r"p01\.npy cannot be read .* delete it and run again"):
        read_image(str(path), 0)


def test_same_tables_give_the_same_bytes(with_eyes: Written, tmp_path: Path) -> None:
    """From tables written again: the figures of one width, which share what draws them with the other, and the page."""
    run = Run(tmp_path).write_everything(ACTION_UNITS)
    narrow = [str(tmp_path / Path(path).name) for path in with_eyes.narrow]
    make_figures(tables(run, True), [], narrow, **FIGURE_OPTIONS | {"show_eyes": True})
    for first, second in zip(with_eyes.narrow, narrow, strict=True):
        assert Path(first).read_bytes() == Path(second).read_bytes(), first
    written = write_page(run, with_eyes.wide, narrow, show_eyes=True)
    assert written.page.read_bytes() == with_eyes.page.read_bytes()
