"""Evaluation over participants: tables, missing classes, intervals, comparison."""

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.scores.compare import compare, compare_models, permutation_p
from myoscene.learn.scores.evaluate import EvaluateSettings, ScoreTables, evaluate_model, summarise
from myoscene.learn.scores.metrics import bootstrap_interval, score_participants
from myoscene.learn.tables import PREDICTIONS
from scipy import stats
from sklearn import metrics as reference

from learn import builders as b

TABLES = {"predictions": "parquet"} | dict.fromkeys(
    ("participants", "summary", "members", "confusion", "classes_of"), "csv"
)
SETTINGS = EvaluateSettings(bins=10, bootstrap=200, seed=1, synthetic=True)


def evaluate(
    folder: Path, model: str, people: list[str] = b.PEOPLE, out: str = "", spec: TrainingSpec | None = None
) -> dict[str, Path]:
    """Train every fold, evaluate, and give the paths of the tables."""
    checkpoints = [b.train(folder, model, person, spec=spec) for person in people]
    paths = {name: folder / f"{out}{model}" / f"{name}.{suffix}" for name, suffix in TABLES.items()}
    cohort = b.cohort_of(folder, model)
    evaluate_model(checkpoints, cohort, folder / "folds.csv", ScoreTables(**paths), SETTINGS, model=model)
    return paths


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Path]]:
    """Two models on one cohort: p02 never frowned, p04 only smiled."""
    labels = {"p02": ["neutral", "smile"] * 3, "p04": ["smile"] * 4}
    folder = b.write_cohort(tmp_path_factory.mktemp("evaluation"), b.signals(labels=labels))
    return {model: evaluate(folder, model) for model in ("lda", "cnn_tcn")}


@pytest.mark.parametrize("model", ["lda", "cnn_tcn"])
def test_everybody_is_scored_on_the_fold_that_held_them_out(run: dict, model: str) -> None:
    table = read_table(run[model]["predictions"], PREDICTIONS)
    assert (table["fold"] == table["participant"]).all()
    assert sorted(table["participant"].unique()) == b.PEOPLE
    people = pd.read_csv(run[model]["participants"], dtype={"participant": str})
    assert people["participant"].tolist() == b.PEOPLE
    assert people["synthetic"].all()
    for row in people.itertuples():
        mine = table[table["participant"] == row.participant]
        guess = np.array(b.CLASSES)[mine[[f"p_{c}" for c in b.CLASSES]].to_numpy().argmax(axis=1)]
        present = sorted(set(mine["label"]))
        recalls = [(guess[mine["label"] == label] == label).mean() for label in present]
        assert row.balanced_accuracy == pytest.approx(np.mean(recalls))
        f1 = reference.f1_score(mine["label"], guess, labels=present, average="macro")
        assert row.macro_f1 == pytest.approx(f1)
        assert row.windows == len(mine)
        assert row.classes == len(present)


@pytest.mark.parametrize("model", ["lda", "cnn_tcn"])
def test_scores_are_there_where_they_are_defined(run: dict, model: str) -> None:
    people = pd.read_csv(run[model]["participants"], index_col="participant", keep_default_na=True)
    assert people["roc_auc"].isna().to_dict() == {p: p in ("p02", "p04") for p in b.PEOPLE}
    assert people.loc["p02", "note"] == "no windows of frown: roc_auc is not defined"
    assert people.loc["p04", "note"] == "no windows of neutral, frown: roc_auc is not defined"
    assert isinstance(people.loc["p01", "note"], float), "nothing to note"
    rest = ["accuracy", "balanced_accuracy", "macro_f1", "brier", "ece"]
    assert np.isfinite(people[rest].to_numpy()).all()


def test_both_models_predict_the_same_windows(run: dict) -> None:
    tables = [read_table(run[model]["predictions"], PREDICTIONS) for model in ("lda", "cnn_tcn")]
    identity = ["participant", "fold", "recording", "event", "start_s", "label"]
    pd.testing.assert_frame_equal(tables[0][identity], tables[1][identity])


def test_the_summary_is_over_participants(run: dict) -> None:
    people = pd.read_csv(run["lda"]["participants"])
    summary = pd.read_csv(run["lda"]["summary"], index_col="metric")
    assert (summary["sd_over"] == "participants").all()
    for metric in ("macro_f1", "roc_auc", "brier"):
        values = people[metric].dropna()
        row = summary.loc[metric]
        assert row["participants"] == len(values)
        assert row["missing"] == len(people) - len(values)
        assert row["mean"] == pytest.approx(values.mean())
        assert row["sd"] == pytest.approx(values.std(ddof=1))
        low, high = stats.t.interval(0.95, len(values) - 1, values.mean(), stats.sem(values))
        assert (row["t_low"], row["t_high"]) == pytest.approx((low, high))
        worst = values.idxmax() if metric == "brier" else values.idxmin()
        assert row["worst"] == pytest.approx(values[worst])
        assert row["worst_participant"] == people["participant"][worst]


def test_the_bootstrap_draws_participants() -> None:
    values = np.array([0.2, 0.9, 0.8, 0.95, 0.7])
    low, high = bootstrap_interval(values, 20_000, 1)
    means = [np.mean(drawn) for drawn in itertools.product(values, repeat=5)]
    assert (low, high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), abs=0.01)
    assert all(math.isnan(x) for x in bootstrap_interval(values[:1], 100, 1))


def test_a_metric_that_nobody_has_stays_missing() -> None:
    rows = {"participant": ["a", "b"], "roc_auc": [np.nan, np.nan]}
    others = ("accuracy", "balanced_accuracy", "macro_f1", "brier", "ece")
    people = pd.DataFrame({**rows, **dict.fromkeys(others, [0.5, 0.7])})
    alone = people.assign(member=0)
    summary = summarise(people.assign(classes=[3, 2]), alone, 3, 100, 1).set_index("metric")
    assert summary.loc["roc_auc", "participants"] == 0
    assert math.isnan(summary.loc["roc_auc", "mean"])
    assert pd.isna(summary.loc["roc_auc", "worst_participant"])


def test_people_of_one_class_do_not_lift_the_mean_over_every_class(run: dict) -> None:
    people = pd.read_csv(run["lda"]["participants"])
    summary = pd.read_csv(run["lda"]["summary"]).set_index("metric")
    whole = people[people["classes"] == len(b.CLASSES)]
    row = summary.loc["balanced_accuracy_every_class"]
    assert row["participants"] == len(whole) == 3
    assert row["missing"] == 2
    assert row["mean"] == pytest.approx(whole["balanced_accuracy"].mean())


def test_the_confusion_adds_up(run: dict) -> None:
    counts = pd.read_csv(run["lda"]["confusion"], keep_default_na=False)
    table = read_table(run["lda"]["predictions"], PREDICTIONS)
    pooled = counts[counts["participant"] == ""]
    each = counts[counts["participant"] != ""]
    assert len(pooled) == len(b.CLASSES) ** 2
    summed = each.groupby(["true", "predicted"])["windows"].sum()
    for row in pooled.itertuples():
        assert summed[row.true, row.predicted] == row.windows
    assert pooled.groupby("true")["windows"].sum().to_dict() == table["label"].value_counts().to_dict()


def test_evaluation_is_deterministic(run: dict, tmp_path: Path) -> None:
    folder = run["lda"]["summary"].parents[1]
    again = evaluate(folder, "lda", out="again_")
    for name, path in again.items():
        assert path.read_bytes() == run["lda"][name].read_bytes()


def test_a_checkpoint_that_saw_the_person_is_refused(tmp_path: Path) -> None:
    folder = b.write_cohort(tmp_path, b.signals())
    checkpoint = b.train(folder, "lda", "p01")
    folds = pd.read_csv(folder / "folds.csv")
    folds.loc[(folds["fold"] == "p01") & (folds["role"] == "test"), "participant"] = "p03"
    folds.to_csv(folder / "folds.csv", index=False)
    paths = {name: tmp_path / "out" / f"{name}.{suffix}" for name, suffix in TABLES.items()}
    given = ([checkpoint], b.cohort_of(folder, "lda"), folder / "folds.csv", ScoreTables(**paths), SETTINGS)
    with pytest.raises(InputError, match="was trained on p03"):
        evaluate_model(*given, model="lda")
    assert not (tmp_path / "out").exists()


def test_permutation_by_brute_force() -> None:
    difference = np.array([0.1, -0.02, 0.3, 0.05, 0.0, 0.12])
    sums = [abs(np.dot(signs, difference)) for signs in itertools.product([1, -1], repeat=6)]
    expected = np.mean([value >= abs(difference.sum()) - 1e-12 for value in sums])
    assert permutation_p(difference, 1000, 1) == (expected, 64, True)
    p, used, exact = permutation_p(difference, 63, 1)
    assert (used, exact) == (63, False)
    p, _, _ = permutation_p(difference, 60, 1)
    assert p == pytest.approx(expected, abs=0.1)


def test_permutation_against_scipy() -> None:
    difference = np.random.default_rng(4).normal(0.3, 1, 12)
    expected = stats.permutation_test(
        (difference, np.zeros(12)), lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples", n_resamples=np.inf, vectorized=True,
    )  # fmt: skip
    assert permutation_p(difference, 10_000, 1)[0] == pytest.approx(expected.pvalue)


def test_no_difference_and_nobody() -> None:
    assert permutation_p(np.zeros(5), 1000, 1)[0] == 1
    assert math.isnan(permutation_p(np.array([]), 1000, 1)[0])


def test_comparison_is_paired_over_people(run: dict, tmp_path: Path) -> None:
    target = tmp_path / "comparison.csv"
    sources = [run[model]["participants"] for model in ("lda", "cnn_tcn")]
    compare_models(sources, target, permutations=1000, bootstrap=200, seed=1, synthetic=True)
    table = pd.read_csv(target).set_index("metric")
    assert set(table.index) == {"balanced_accuracy", "macro_f1", "roc_auc"}
    first, second = (pd.read_csv(path).set_index("participant") for path in sources)
    difference = first["macro_f1"] - second["macro_f1"]
    assert table.loc["macro_f1", "mean_difference"] == pytest.approx(difference.mean())
    assert table.loc["macro_f1", "participants"] == 5
    assert table.loc["macro_f1", "permutations"] == 32
    assert table.loc["roc_auc", "participants"] == 3
    assert table.loc["roc_auc", "missing"] == 2
    assert table["exact"].all()
    assert table["synthetic"].all()


def test_three_models_make_three_pairs_and_one_makes_none(run: dict, tmp_path: Path) -> None:
    scores = pd.read_csv(run["lda"]["participants"])
    three = pd.concat([scores.assign(model=name) for name in ("lda", "knn", "cnn_tcn")])
    pairs = compare(three, 1000, 200, 1)[["model_a", "model_b"]].drop_duplicates()
    assert pairs.to_numpy().tolist() == [["lda", "knn"], ["lda", "cnn_tcn"], ["knn", "cnn_tcn"]]
    target = tmp_path / "one.csv"
    compare_models([run["lda"]["participants"]], target, permutations=99, bootstrap=99, seed=1, synthetic=False)
    assert pd.read_csv(target).shape == (0, 14)


def test_scores_of_people_do_not_depend_on_others() -> None:
    generator = np.random.default_rng(0)
    values = generator.dirichlet(np.ones(3), size=60)
    table = pd.DataFrame(values, columns=[f"p_{name}" for name in b.CLASSES])
    table["label"] = np.array(b.CLASSES)[generator.integers(3, size=60)]
    table["participant"], table["fold"] = np.repeat(["a", "b"], 30), "f"
    both = score_participants(table, b.CLASSES, 10)
    alone = score_participants(table[table["participant"] == "b"], b.CLASSES, 10)
    pd.testing.assert_frame_equal(both.iloc[1:].reset_index(drop=True), alone)
