"""Every registered model, through training, checkpoint and prediction."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.learn.models.registry import MODELS, load_predictor
from myoscene.learn.tables import COHORT_FEATURES, COHORT_SIGNALS

from learn import builders as b

ALL = list(b.SETTINGS)


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return b.write_cohort(tmp_path_factory.mktemp("cohort"), b.signals())


def accuracy(checkpoint: Path, folder: Path, person: str) -> float:
    from myoscene.learn.scores.evaluate import held_out_predictions

    predictor = load_predictor(checkpoint)
    table = held_out_predictions(predictor, b.cohort_of(folder, predictor.card.model), (person,))
    values = table[[f"p_{name}" for name in b.CLASSES]].to_numpy()
    assert np.allclose(values.sum(axis=1), 1, atol=1e-5)
    return float((np.array(b.CLASSES)[values.argmax(axis=1)] == table["label"]).mean())


def test_every_registered_model_has_its_case() -> None:
    """Models on windows here, those on eye images in test_eyes and test_inception_train, of both in test_fusion."""
    from learn.test_eyes import EYE_MODELS
    from learn.test_fusion import MODELS as FUSION_MODELS
    from learn.test_inception_train import INCEPTION_MODELS

    assert {*ALL, *EYE_MODELS, *INCEPTION_MODELS, *FUSION_MODELS} == set(MODELS)


def test_the_config_names_the_registered_models() -> None:
    from myoscene.config.sections import keys

    choices = {key.path: key.choices for key in keys()}
    assert set(choices["learn.models"]) == set(choices["scenes.models"]) == set(MODELS)


@pytest.mark.parametrize("model", ALL)
def test_a_model_learns_and_its_card_says_how(cohort: Path, tmp_path: Path, model: str) -> None:
    checkpoint = b.train(cohort, model, "p02", tmp_path)
    assert accuracy(checkpoint, cohort, "p02") > 0.7
    card = json.loads(checkpoint.with_suffix(".json").read_text())
    people = {*card["training_participants"], *card["validation_participants"]}
    assert people == set(b.PEOPLE) - {"p02"}
    assert not set(card["training_participants"]) & set(card["validation_participants"])
    assert card["classes"] == b.CLASSES
    assert card["conditioning"]["phase"] == "zero"
    assert card["normaliser"]["method"] == "calibration_z"
    assert card["rate_hz"] == b.RATE_HZ
    assert card["synthetic"] is True
    assert len(card["config_sha256"]) == 64
    assert {"myoscene", "python", "numpy"} <= set(card["versions"])
    if model in ("boosted_trees", "cnn_tcn"):
        assert all(np.isfinite(entry["validation_loss"]) for entry in card["history"])


@pytest.mark.parametrize("model", ALL)
def test_the_same_seed_gives_the_same_bytes(cohort: Path, tmp_path: Path, model: str) -> None:
    first = b.train(cohort, model, "p01", tmp_path / "a")
    again = b.train(cohort, model, "p01", tmp_path / "b")
    assert first.read_bytes() == again.read_bytes()
    assert first.with_suffix(".json").read_bytes() == again.with_suffix(".json").read_bytes()


@pytest.mark.parametrize("model", ["boosted_trees", "cnn_tcn"])
def test_the_seed_and_the_settings_matter(cohort: Path, tmp_path: Path, model: str) -> None:
    first = b.train(cohort, model, "p01", tmp_path / "a")
    faster = b.train(cohort, model, "p01", tmp_path / "b", spec=b.spec(model, learning_rate=0.05))
    assert first.read_bytes() != faster.read_bytes()
    hashes = [json.loads(path.with_suffix(".json").read_text())["config_sha256"] for path in (first, faster)]
    assert hashes[0] != hashes[1]


def scrambled(table: pd.DataFrame, person: str) -> pd.DataFrame:
    """``table`` with other values, labels and a bad sample in ``person``'s rows."""
    changed = table.copy()
    here = changed["participant"] == person
    values = [name for name in changed.columns if "__" in name]
    generator = np.random.default_rng(9)
    changed.loc[here, values] = generator.standard_normal((int(here.sum()), len(values))).astype(np.float32) * 1e6
    changed.loc[changed.index[here][0], values[0]] = np.nan
    changed.loc[here, "label"] = "frown"
    return changed


@pytest.mark.parametrize("model", ALL)
@pytest.mark.parametrize("change", ["scramble", "remove"])
def test_the_held_out_person_leaves_no_trace(cohort: Path, tmp_path: Path, model: str, change: str) -> None:
    before = b.train(cohort, model, "p03", tmp_path / "before")
    (tmp_path / "folds.csv").write_bytes((cohort / "folds.csv").read_bytes())
    for name, schema in (("signals", COHORT_SIGNALS), ("features", COHORT_FEATURES)):
        table = read_table(cohort / f"{name}.parquet", schema)
        other = scrambled(table, "p03") if change == "scramble" else table[table["participant"] != "p03"]
        write_table(tmp_path / f"{name}.parquet", other, schema, row_group_by="participant")
    after = b.train(tmp_path, model, "p03", tmp_path / "after")
    assert before.read_bytes() == after.read_bytes()
    assert before.with_suffix(".json").read_bytes() == after.with_suffix(".json").read_bytes()


@pytest.mark.parametrize("model", ALL)
def test_somebody_else_does_leave_a_trace(cohort: Path, tmp_path: Path, model: str) -> None:
    """The invariance test can fail: the same change in a training person changes the weights."""
    before = b.train(cohort, model, "p03", tmp_path / "before")
    training = json.loads(before.with_suffix(".json").read_text())["training_participants"][0]
    table = read_table(cohort / "signals.parquet", COHORT_SIGNALS)
    here = table["participant"] == training
    table.loc[here, "signal__corrugator_center"] *= 3
    b.write_cohort(tmp_path, table)
    after = b.train(tmp_path, model, "p03", tmp_path / "after")
    assert before.read_bytes() != after.read_bytes()


@pytest.mark.parametrize("model", ALL)
def test_a_class_missing_in_one_person(tmp_path: Path, model: str) -> None:
    table = b.signals(labels={"p02": ["neutral", "smile"] * 3})
    b.write_cohort(tmp_path, table)
    for fold in ("p02", "p04"):
        assert accuracy(b.train(tmp_path, model, fold), tmp_path, fold) > 0.6


@pytest.mark.parametrize("model", ALL)
def test_a_class_that_only_the_held_out_person_has(tmp_path: Path, model: str) -> None:
    labels = {person: ["neutral", "smile"] * 3 for person in b.PEOPLE[1:]}
    b.write_cohort(tmp_path, b.signals(labels=labels))
    checkpoint = b.train(tmp_path, model, "p01")
    predictor = load_predictor(checkpoint)
    assert predictor.card.missing_classes == ["frown"]
    assert 0.3 < accuracy(checkpoint, tmp_path, "p01") < 0.8


@pytest.mark.parametrize("model", ALL)
def test_one_class_in_training_is_refused(tmp_path: Path, model: str) -> None:
    b.write_cohort(tmp_path, b.signals(labels={person: ["smile"] * 4 for person in b.PEOPLE[1:]}))
    with pytest.raises(InputError, match=r"fold 'p01' have windows of 1 class\(es\) \(smile\)"):
        b.train(tmp_path, model, "p01")
    assert not (tmp_path / model).exists()


def test_a_feature_that_is_no_number_is_named(cohort: Path, tmp_path: Path) -> None:
    table = read_table(cohort / "features.parquet", COHORT_FEATURES)
    row = table.index[table["participant"] == "p04"][2]
    table.loc[row, "log_band_power__zygomaticus_right"] = np.nan
    write_table(tmp_path / "features.parquet", table, COHORT_FEATURES, row_group_by="participant")
    (tmp_path / "folds.csv").write_bytes((cohort / "folds.csv").read_bytes())
    with pytest.raises(InputError, match="'log_band_power__zygomaticus_right' of participant 'p04'.* at .* s"):
        b.train(tmp_path, "lda", "p01")


def test_an_unknown_label_is_named(cohort: Path, tmp_path: Path) -> None:
    table = read_table(cohort / "features.parquet", COHORT_FEATURES)
    table.loc[table["participant"] == "p04", "label"] = "grin"
    write_table(tmp_path / "features.parquet", table, COHORT_FEATURES, row_group_by="participant")
    (tmp_path / "folds.csv").write_bytes((cohort / "folds.csv").read_bytes())
    with pytest.raises(InputError, match="grin"):
        b.train(tmp_path, "lda", "p01")


def test_features_of_another_config_are_refused(cohort: Path, tmp_path: Path) -> None:
    predictor = load_predictor(b.train(cohort, "lda", "p01", tmp_path))
    with pytest.raises(InputError, match="root_mean_square__zygomaticus_left.* the model .lda. was trained on"):
        predictor.predict_features(pd.DataFrame({"root_mean_square__corrugator_center": [1.0]}))


def test_no_rows_give_no_predictions(cohort: Path, tmp_path: Path) -> None:
    table = read_table(cohort / "features.parquet", COHORT_FEATURES)
    for model in ("lda", "knn", "boosted_trees"):
        predictor = load_predictor(b.train(cohort, model, "p01", tmp_path))
        assert predictor.predict_features(table.iloc[:0]).shape == (0, len(b.CLASSES))


def test_a_damaged_checkpoint_is_named(cohort: Path, tmp_path: Path) -> None:
    path = b.train(cohort, "lda", "p01", tmp_path)
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match=r"p01\.safetensors is unreadable"):
        load_predictor(path)
    with pytest.raises(InputError, match=r"nobody\.safetensors is missing"):
        load_predictor(tmp_path / "nobody.safetensors")


def test_another_format_is_refused(cohort: Path, tmp_path: Path) -> None:
    path = b.train(cohort, "lda", "p01", tmp_path)
    card = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps({**card, "format": 99}))
    with pytest.raises(InputError, match="format 99"):
        load_predictor(path)
