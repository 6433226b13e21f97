"""Cohen's kappa between raters and models."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.eyes.tables import FRAMES
from myoscene.learn.scores.raters import MAJORITY, cohens_kappa, kappa_interval, majority, rater_agreement
from myoscene.learn.tables import EYE_PREDICTIONS, RATERS
from sklearn.metrics import cohen_kappa_score

CLASSES = ["neutral", "anger", "surprise"]
PEOPLE = ["p01", "p02", "p03", "p04"]
EACH = 25


def image(person: str, number: int, side: str = "left") -> str:
    return f"sourcedata/sub-{person}/eye/{person}_{side}_{number:03d}.png"


def truth() -> pd.DataFrame:
    """One row a frame: participant, number, label; the last frame of everybody is a blink that no model scores."""
    generator = np.random.default_rng(0)
    rows = [(person, number, CLASSES[generator.integers(3)]) for person in PEOPLE for number in range(EACH)]
    return pd.DataFrame(rows, columns=["participant", "number", "label"])


def noisy(labels: pd.Series, share: float, seed: int) -> list[str]:
    generator = np.random.default_rng(seed)
    return [CLASSES[generator.integers(3)] if generator.random() < share else label for label in labels]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Frames, a model's predictions and two raters' ratings of left images."""
    table = truth()
    for person, own in table.groupby("participant"):
        frames = pd.DataFrame(dict.fromkeys(FRAMES.columns, 0), index=range(len(own)))
        frames = frames.assign(
            participant=person,
            session="",
            recording="task-calm",
            kind="calibration",
            flags="",
            frame=own["number"].to_numpy(),
            label=own["label"].to_numpy(),
            left_image=[image(person, number) for number in own["number"]],
            right_image=[image(person, number, "right") for number in own["number"]],
            left_sha256="0",
            right_sha256="0",
            **dict.fromkeys(("has_left", "has_right", "made_neutral", "synthetic"), False),
        )
        write_table(tmp_path / f"frames/{person}.parquet", frames, FRAMES)
    scored = table[table["number"] < EACH - 1]
    best = pd.Series(noisy(scored["label"], 0.3, 7))
    values = pd.DataFrame(
        0.8 * (best.to_numpy()[:, None] == np.array(CLASSES)) + 0.1, columns=[f"p_{c}" for c in CLASSES]
    )
    predictions = values.assign(
        participant=scored["participant"].to_numpy(),
        fold="f",
        session="",
        recording="task-calm",
        event=0,
        frame=scored["number"].to_numpy(),
        start_s=0.1 * scored["number"].to_numpy(),
        label=scored["label"].to_numpy(),
        left_image=[image(p, n) for p, n in zip(scored["participant"], scored["number"], strict=True)],
        right_image=[image(p, n, "right") for p, n in zip(scored["participant"], scored["number"], strict=True)],
    )
    write_table(tmp_path / "predictions.parquet", predictions, EYE_PREDICTIONS)
    return tmp_path


def ratings(seed: int = 1) -> pd.DataFrame:
    table = truth()
    parts = [
        pd.DataFrame(
            {
                "rater": rater,
                "image": [image(p, n) for p, n in zip(table["participant"], table["number"], strict=True)],
                "label": noisy(table["label"], 0.4, seed + place),
            }
        )
        for place, rater in enumerate(["ann", "bea"])
    ]
    return pd.concat(parts, ignore_index=True)


def run(folder: Path, table: pd.DataFrame, name: str = "ratings.tsv", **options) -> pd.DataFrame:
    path = folder / name
    table.to_csv(path, index=False, sep="\t" if name.endswith("tsv") else ",")
    rater_agreement(
        path,
        [folder / f"frames/{person}.parquet" for person in PEOPLE],
        {"eye_cnn": folder / "predictions.parquet"},
        folder / "raters.csv",
        bootstrap=300,
        seed=1,
        synthetic=True,
        **options,
    )
    return pd.read_csv(folder / "raters.csv").set_index(["rater_a", "rater_b"])


def test_kappa_of_the_worked_example_of_cohen_1960() -> None:
    """200 people judged by two clinicians: 140 agreements, 82 expected by chance, kappa .492."""
    counts = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    assert float(cohens_kappa(counts)) == pytest.approx((140 - 82) / (200 - 82), abs=1e-12)
    assert round(float(cohens_kappa(counts)), 3) == 0.492


@pytest.mark.parametrize("seed", range(5))
def test_kappa_against_scikit_learn(seed: int) -> None:
    generator = np.random.default_rng(seed)
    first = generator.integers(4, size=60)
    second = np.where(generator.random(60) < 0.5, first, generator.integers(4, size=60))
    counts = np.zeros((5, 5), dtype=int)
    np.add.at(counts, (first, second), 1)
    assert float(cohens_kappa(counts)) == pytest.approx(cohen_kappa_score(first, second))


def test_kappa_without_chance_to_disagree_is_undefined() -> None:
    tables = np.array([[[7, 0], [0, 0]], [[0, 0], [0, 0]], [[3, 0], [0, 3]]])
    kappas = cohens_kappa(tables)
    assert np.isnan(kappas[:2]).all() and kappas[2] == 1


def test_interval_resamples_whole_participants() -> None:
    same = np.array([[[5, 2], [1, 6]]] * 4)
    low, high = kappa_interval(same, 200, 1)
    assert low == high == pytest.approx(float(cohens_kappa(same[0])))
    differing = np.array([[[5, 0], [0, 5]], [[0, 5], [5, 0]], [[5, 0], [0, 5]], [[3, 2], [2, 3]]])
    low, high = kappa_interval(differing, 400, 1)
    assert low < float(cohens_kappa(differing.sum(axis=0))) < high
    assert np.isnan(kappa_interval(differing[:1], 10, 1)).all()


def test_majority_needs_more_votes_than_any_other_label() -> None:
    table = pd.DataFrame([["x", "x", "y"], ["x", "y", None], ["z", None, None]], columns=["a", "b", "c"])
    votes = majority(table)
    assert votes[0] == "x" and pd.isna(votes[1]) and votes[2] == "z"


def test_pairs_and_their_numbers(study: Path) -> None:
    given = ratings()
    table = run(study, given)
    assert list(table.index) == [
        ("ann", "bea"), ("eye_cnn", "ann"), ("eye_cnn", "bea"), ("eye_cnn", MAJORITY),
    ]  # fmt: skip
    assert list(table.reset_index().columns) == list(RATERS.columns)
    wide = given.pivot(index="image", columns="rater", values="label")
    labels = truth().assign(image=lambda t: [image(p, n) for p, n in zip(t["participant"], t["number"], strict=True)])
    labels = labels.set_index("image")["label"].reindex(wide.index)
    row = table.loc[("ann", "bea")]
    assert row["images"] == len(wide) == 100
    assert row["kappa"] == pytest.approx(cohen_kappa_score(wide["ann"], wide["bea"]))
    assert row["agreement"] == pytest.approx((wide["ann"] == wide["bea"]).mean())
    assert row["accuracy_b"] == pytest.approx((wide["bea"] == labels).mean())
    assert row["bootstrap_low"] < row["kappa"] < row["bootstrap_high"]
    # The model scores 24 of everybody's 25 frames; the majority of two raters is where they agree.
    assert table.loc[("eye_cnn", "ann"), "images"] == 96
    assert table.loc[("eye_cnn", MAJORITY), "images"] == sum(
        a == b for name, a, b in zip(wide.index, wide["ann"], wide["bea"], strict=True) if "_024" not in name
    )
    assert table.loc[("eye_cnn", MAJORITY), "accuracy_b"] > table.loc[("eye_cnn", "ann"), "accuracy_b"]


def test_a_files_own_name_will_do_and_so_will_commas(study: Path) -> None:
    long = run(study, ratings())
    short = ratings().assign(image=lambda t: t["image"].str.rsplit("/").str[-1])
    pd.testing.assert_frame_equal(run(study, short, "ratings.csv"), long)


def test_the_right_image_is_an_image_of_its_frame(study: Path) -> None:
    table = run(study, ratings().assign(image=lambda t: t["image"].str.replace("_left_", "_right_")))
    assert table.loc[("eye_cnn", "ann"), "images"] == 96


def test_one_rater_has_no_majority(study: Path) -> None:
    table = run(study, ratings().head(100))
    assert list(table.index) == [("eye_cnn", "ann")]


def test_raters_without_a_common_image_have_no_row(study: Path, caplog) -> None:
    table = ratings()
    table = table[(table["rater"] == "ann") == table["image"].str.contains("p01")]
    assert ("ann", "bea") not in run(study, table).index
    assert "ann and bea have no image in common" in caplog.text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="label"), r"lack the column\(s\) label; there are rater, image"),
        (lambda t: t.head(0), "hold no row"),
        (lambda t: t.replace(image("p01", 3), image("p01", 3) + "x"), "row 5: there is no eye image .* did you mean"),
        (
            lambda t: t.replace({"label": {"anger": "angr"}}),
            "'angr' is not a label of the eye images .*did you mean 'anger'",
        ),
        (lambda t: pd.concat([t, t.iloc[[4]]]), "row 202: rater 'ann' labels the image .* a second time"),
        (lambda t: t.replace("ann", "eye_cnn"), "has a rater called 'eye_cnn'"),
        (lambda t: t.replace("ann", ""), "row 2: the rater has no name"),
    ],
)
def test_bad_ratings_are_refused_and_nothing_is_written(study: Path, change, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(study, change(ratings()))
    assert not (study / "raters.csv").exists()


def test_ratings_of_people_who_are_left_out_count_for_nothing(study: Path) -> None:
    whole = run(study, ratings())
    absent = study / "dataset/sourcedata/sub-p09/eye"
    absent.mkdir(parents=True)
    (absent / "left_out.png").touch()
    more = pd.DataFrame({"rater": "ann", "image": ["sourcedata/sub-p09/eye/left_out.png#3", "left_out.png"]})
    table = pd.concat([ratings(), more.assign(label="smile")])
    with pytest.raises(InputError, match="there is no eye image 'sourcedata/sub-p09"):
        run(study, table)
    pd.testing.assert_frame_equal(run(study, table, dataset=study / "dataset"), whole)
    with pytest.raises(InputError, match="there is no eye image '../x.png'"):
        run(study, table.replace("left_out.png", "../x.png"), dataset=study / "dataset")
    assert run(study, more.assign(label="smile"), dataset=study / "dataset").empty


def test_a_file_name_that_several_images_have_needs_its_folder(study: Path) -> None:
    frames = pd.read_parquet(study / "frames/p02.parquet")
    frames.loc[0, "left_image"] = "sourcedata/sub-p02/eye/p01_left_000.png"
    write_table(study / "frames/p02.parquet", frames, FRAMES)
    table = ratings()
    table = table[table["image"] != image("p02", 0)]
    assert len(run(study, table))
    with pytest.raises(InputError, match="several images are called 'p01_left_000.png'; name it with its folder"):
        run(study, table.replace(image("p01", 0), "p01_left_000.png"))


def test_ratings_that_are_not_there(study: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        rater_agreement(study / "none.tsv", [study / "frames/p01.parquet"], {}, study / "raters.csv",
                        bootstrap=10, seed=1, synthetic=True)  # fmt: skip
