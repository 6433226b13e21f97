"""Scores of classes against scikit-learn, and what has no value."""

import numpy as np
import pandas as pd
import pytest
from myoscene.core.tables import write_table
from myoscene.learn.scores import metrics
from myoscene.learn.scores.metrics import class_scores, confusions
from myoscene.learn.tables import CLASS_SCORES, CONFUSION
from sklearn.metrics import precision_recall_fscore_support

CLASSES = ["neutral", "anger", "surprise", "closed"]


def predictions(seed: int = 0) -> pd.DataFrame:
    """Of three people: one makes every class, one lacks a class, one's last class is never predicted."""
    generator = np.random.default_rng(seed)
    true = generator.integers(4, size=240)
    people = np.repeat(["p01", "p02", "p03"], 80)
    true[(people == "p02") & (true == 2)] = 0
    values = generator.random((240, 4)) + 0.7 * np.eye(4)[true]
    values[people == "p03", 3] = -1.0
    table = pd.DataFrame(values, columns=[f"p_{name}" for name in CLASSES])
    return table.assign(participant=people, label=np.array(CLASSES)[true])


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    return class_scores(confusions(predictions(), CLASSES).assign(model="eye_cnn", synthetic=True))


@pytest.mark.parametrize("person", ["", "p01", "p02", "p03"])
def test_against_scikit_learn(scores: pd.DataFrame, person: str) -> None:
    table = predictions()
    table = table if person == "" else table[table["participant"] == person]
    predicted = np.array(CLASSES)[table[[f"p_{name}" for name in CLASSES]].to_numpy().argmax(axis=1)]
    precision, recall, f1, support = precision_recall_fscore_support(
        table["label"], predicted, labels=CLASSES, zero_division=np.nan
    )
    own = scores[scores["participant"] == person]
    assert list(own["label"]) == CLASSES
    assert list(own["support"]) == list(support)
    np.testing.assert_allclose(own["precision"], precision)
    np.testing.assert_allclose(own["recall"], recall)
    np.testing.assert_allclose(own["f1"], np.where(support > 0, f1, np.nan))


def test_undefined_is_missing_and_never_predicted_is_zero(scores: pd.DataFrame) -> None:
    own = scores.set_index(["participant", "label"])
    absent = own.loc[("p02", "surprise")]
    assert absent["support"] == 0 and np.isnan(absent["recall"]) and np.isnan(absent["f1"])
    assert absent["precision"] == 0, "it was predicted, always wrongly"
    unpredicted = own.loc[("p03", "closed")]
    assert np.isnan(unpredicted["precision"]) and unpredicted["recall"] == 0 and unpredicted["f1"] == 0


def test_mean_of_f1_is_the_macro_f1_of_the_scores(scores: pd.DataFrame) -> None:
    counts = confusions(predictions(), CLASSES)
    for person, own in scores.groupby("participant"):
        part = counts[counts["participant"] == person]
        wide = part.pivot(index="true", columns="predicted", values="windows").reindex(index=CLASSES, columns=CLASSES)
        assert own["f1"].mean() == pytest.approx(metrics.macro_f1(wide.to_numpy()))


def test_several_models_stay_apart_and_the_table_holds_its_schema(scores: pd.DataFrame, tmp_path) -> None:
    counts = confusions(predictions(), CLASSES).assign(model="eye_cnn", synthetic=True)
    other = confusions(predictions(9), CLASSES).assign(model="eye_cnn_plain", synthetic=True)
    both = class_scores(pd.concat([counts, other]))
    pd.testing.assert_frame_equal(both.head(len(scores)), scores)
    assert set(both["model"]) == {"eye_cnn", "eye_cnn_plain"} and len(both) == 2 * len(scores)
    write_table(tmp_path / "classes.csv", both, CLASS_SCORES)
    assert pd.read_csv(tmp_path / "classes.csv")["precision"].isna().any()


def test_from_the_written_table_of_confusions(scores: pd.DataFrame, tmp_path) -> None:
    counts = confusions(predictions(), CLASSES).assign(model="eye_cnn", synthetic=True)
    write_table(tmp_path / "confusion.csv", counts, CONFUSION)
    again = class_scores(pd.read_csv(tmp_path / "confusion.csv", keep_default_na=False))
    pd.testing.assert_frame_equal(again, scores)
