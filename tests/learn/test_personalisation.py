"""What personalisation adds: units, tests, and identical frames."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.learn.scores.compare import permutation_p
from myoscene.learn.scores.personalisation import compare_personalisation, identical_frames, personalisation_effect
from myoscene.learn.tables import EYE_PREDICTIONS, PERSONALISATION_EFFECT
from scipy import stats

CLASSES = ["neutral", "anger", "surprise"]


def predictions(better: float, people: int = 6, seed: int = 0) -> pd.DataFrame:
    """Frames of ``people`` with two sessions each; ``better`` of the true class's logit."""
    generator = np.random.default_rng(seed)
    frames = people * 2 * 30
    true = generator.integers(len(CLASSES), size=frames)
    values = np.random.default_rng(seed + 1).normal(size=(frames, 3)) + better * np.eye(3)[true]
    person = np.repeat([f"p{number:02d}" for number in range(1, people + 1)], 60)
    table = pd.DataFrame({f"p_{name}": values[:, place] for place, name in enumerate(CLASSES)})
    number = np.tile(np.arange(60), people)
    return table.assign(
        participant=person,
        fold=person,
        session=np.where(number < 30, "1", "2"),
        recording="task-calm",
        event=number // 10,
        frame=number,
        start_s=number / 10,
        label=np.array(CLASSES)[true],
        left_image=[f"{who}/{place}_l.png" for who, place in zip(person, number, strict=True)],
        right_image=None,
    )


def write(path: Path, table: pd.DataFrame) -> Path:
    write_table(path, table, EYE_PREDICTIONS)
    return path


def effect(folder: Path, first: pd.DataFrame, second: pd.DataFrame, **changes) -> pd.DataFrame:
    given = {"names": [["eye_cnn", "eye_cnn_plain"]], "permutations": 4096, "seed": 1, "synthetic": True, **changes}
    one, other = write(folder / "a.parquet", first), write(folder / "b.parquet", second)
    compare_personalisation([one], [other], folder / "effect.csv", **given)
    return pd.read_csv(folder / "effect.csv").set_index("unit")


def test_units_means_and_the_papers_test(tmp_path: Path) -> None:
    first, second = predictions(1.2), predictions(0.6)
    rows = effect(tmp_path, first, second)
    right = {
        name: (np.array(CLASSES)[t[[f"p_{c}" for c in CLASSES]].to_numpy().argmax(axis=1)] == t["label"]).astype(float)
        for name, t in (("personalised", first), ("plain", second))
    }
    hits = first[["participant", "session", "label"]].assign(**right)
    for unit, keys in (
        ("participants", ["participant"]),
        ("participant-session-condition", ["participant", "session", "label"]),
    ):
        means = hits.groupby(keys)[["personalised", "plain"]].mean()
        expected = stats.ttest_rel(means["personalised"], means["plain"], alternative="greater")
        row = rows.loc[unit]
        assert row["frames"] == 360 and row["units"] == len(means)
        assert row["accuracy_personalised"] == pytest.approx(means["personalised"].mean())
        assert row["sd_plain"] == pytest.approx(means["plain"].std())
        assert row["mean_difference"] == pytest.approx((means["personalised"] - means["plain"]).mean())
        assert (row["t"], row["p_t"], row["df"]) == pytest.approx((expected.statistic, expected.pvalue, len(means) - 1))
    assert rows.loc["participant-session-condition", "units"] == 6 * 2 * 3
    assert (rows["p_permutation"] < 0.05).all() and rows["exact"].all() and set(rows["permutations"]) == {64}


def test_units_of_a_person_change_sign_together() -> None:
    """By hand: every one of the 2^3 sign patterns of three people, whose units are summed."""
    generator = np.random.default_rng(4)
    hits = pd.DataFrame(
        {
            "participant": np.repeat(list("abc"), 40),
            "session": np.tile(np.repeat(["1", "2"], 20), 3),
            "label": np.tile(["x", "y"], 60),
            "personalised": (generator.random(120) < 0.7).astype(float),
            "plain": (generator.random(120) < 0.5).astype(float),
        }
    )
    row = personalisation_effect(hits, 1000, 1).set_index("unit").loc["participant-session-condition"]
    means = hits.groupby(["participant", "session", "label"])[["personalised", "plain"]].mean()
    units = (means["personalised"] - means["plain"]).groupby("participant").sum().to_numpy()
    sums = [float(np.dot(signs, units)) for signs in itertools.product([1, -1], repeat=3)]
    assert row["p_permutation"] == pytest.approx(np.mean([value >= units.sum() - 1e-12 for value in sums]))
    assert row["permutations"] == 8


def test_one_tailed_permutation_sees_the_direction() -> None:
    better = np.array([0.1, 0.2, 0.05, 0.3])
    assert permutation_p(better, 1000, 1, greater=True)[0] == pytest.approx(1 / 16)
    assert permutation_p(-better, 1000, 1, greater=True)[0] == 1.0
    assert permutation_p(better, 1000, 1)[0] == pytest.approx(2 / 16)
    assert permutation_p(np.zeros(4), 1000, 1, greater=True)[0] == 1.0
    many = np.random.default_rng(0).normal(0.5, 1, 30)
    p, used, exact = permutation_p(many, 5000, 1, greater=True)
    assert not exact and used == 5000
    assert p == pytest.approx(stats.ttest_1samp(many, 0, alternative="greater").pvalue, abs=0.01)


def test_personalisation_that_harms_gives_a_large_p(tmp_path: Path) -> None:
    rows = effect(tmp_path, predictions(0.3), predictions(1.5))
    assert (rows["mean_difference"] < 0).all()
    assert (rows["p_t"] > 0.9).all() and (rows["p_permutation"] > 0.9).all()


def test_only_identical_frames_count(tmp_path: Path) -> None:
    first, second = predictions(1.2), predictions(0.6)
    one, other = first.iloc[5:].sample(frac=1, random_state=3), second.iloc[:-7]
    hits = identical_frames(write(tmp_path / "a.parquet", one), write(tmp_path / "b.parquet", other))
    assert len(hits) == 360 - 12
    assert effect(tmp_path, first, second).loc["participants", "frames"] == 360


def test_numbers_that_come_again_in_another_stack_are_other_frames(tmp_path: Path) -> None:
    first, second = (predictions(value).assign(frame=0) for value in (1.2, 0.6))
    assert effect(tmp_path, first, second).loc["participants", "frames"] == 360


def test_no_difference_at_all_has_no_t(tmp_path: Path) -> None:
    rows = effect(tmp_path, predictions(1.2), predictions(1.2))
    assert rows[["t", "df", "p_t"]].isna().all(axis=None)
    assert (rows["mean_difference"] == 0).all() and (rows["p_permutation"] == 1).all()


def test_one_person_has_no_spread_over_participants(tmp_path: Path) -> None:
    rows = effect(tmp_path, predictions(1.2, people=1), predictions(0.6, people=1))
    assert rows.loc["participants", ["sd_personalised", "sd_difference", "t", "p_t"]].isna().all()
    assert rows.loc["participant-session-condition", "units"] == 6


def test_several_pairs_in_one_table(tmp_path: Path) -> None:
    one = write(tmp_path / "a.parquet", predictions(1.2))
    other = write(tmp_path / "b.parquet", predictions(0.6))
    names = [["eye_cnn", "eye_cnn_plain"], ["eye_inception", "eye_inception_plain"]]
    target = tmp_path / "effect.csv"
    compare_personalisation([one, one], [other, other], target, names=names, permutations=99, seed=1, synthetic=False)
    table = pd.read_csv(target)
    assert list(table.columns) == list(PERSONALISATION_EFFECT.columns)
    assert list(table["personalised"]) == ["eye_cnn"] * 2 + ["eye_inception"] * 2
    assert not table["synthetic"].any()


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    table = predictions(1.2)
    other = table.copy()
    other.loc[3, "label"] = "anger" if other.loc[3, "label"] != "anger" else "neutral"
    target = tmp_path / "effect.csv"
    with pytest.raises(InputError, match="disagree on the label of frame 3 of participant 'p01', task-calm"):
        effect(tmp_path, table, other)
    with pytest.raises(InputError, match="no frame in common"):
        effect(tmp_path, table, table.assign(recording="task-rush"))
    with pytest.raises(InputError, match="holds frame 0 of participant 'p01', task-calm, twice"):
        effect(tmp_path, pd.concat([table, table.head(1)]), table)
    assert not target.exists()
