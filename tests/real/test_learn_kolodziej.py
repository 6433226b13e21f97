"""Published person-independent figures of Kolodziej et al. 2024 (Sensors 24:4785), met exactly."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.tables import write_table
from myoscene.learn.cohort.files import Cohort
from myoscene.learn.cohort.folds import write_folds
from myoscene.learn.cohort.settings import FoldSettings
from myoscene.learn.cohort.split import read_split
from myoscene.learn.engine.card import TrainingSpec
from myoscene.learn.engine.task import Task
from myoscene.learn.models.train import train_task
from myoscene.learn.scores.evaluate import EvaluateSettings, ScoreTables, evaluate_model
from myoscene.learn.tables import COHORT_FEATURES
from scipy.io import loadmat

pytestmark = pytest.mark.real

CLASSES = ["neutral", "smile", "sadness", "surprise", "disgust", "anger", "fear"]
ELECTRODES = ["above_eye", "below_eye", "beside_eye", "forehead", "beside_mouth", "above_mouth", "cheek", "jaw"]


@pytest.fixture(scope="module")
def cohort(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cohort table and LOPO folds of the 16 people, band powers as they are."""
    folder = tmp_path_factory.mktemp("kolodziej")
    frames = []
    for path in sorted((real_data / "kolodziej").glob("*.mat")):
        data = loadmat(path)["data"]
        frame = pd.DataFrame(data[:, :8].astype(np.float32), columns=[f"power__{name}" for name in ELECTRODES])
        labels = [CLASSES[int(value) - 1] for value in data[:, 8]]
        rows = np.arange(len(data))
        identity = (path.stem, "table", "calibration", 0, rows, rows.astype(float), labels)
        for place, (name, value) in enumerate(zip(COHORT_FEATURES.columns, identity, strict=True)):
            frame.insert(place, name, value)
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    write_table(folder / "features.parquet", table, COHORT_FEATURES, row_group_by="participant")
    people = list(table["participant"].unique())
    write_folds(folder / "folds.csv", people, FoldSettings("lopo", 60, 10, 0.2), seed=1, synthetic=False)
    return folder


def lopo(cohort: Path, model: str, settings: dict) -> pd.DataFrame:
    """Scores of every person by the fold that held the person out."""
    spec, files = TrainingSpec(model, CLASSES, settings, 1, False), Cohort(windows=cohort / "features.parquet")
    folds = cohort / "folds.csv"
    people = sorted(pd.read_csv(folds)["fold"].unique())
    checkpoints = [cohort / model / f"{person}.safetensors" for person in people]
    for person, path in zip(people, checkpoints, strict=True):
        train_task(Task(spec, read_split(folds, person), files), path)
    tables = ("participants", "summary", "members", "confusion", "classes_of")
    paths = {name: cohort / model / f"{name}.csv" for name in tables}
    paths["predictions"] = cohort / model / "predictions.parquet"
    settings = EvaluateSettings(bins=10, bootstrap=99, seed=1, synthetic=False)
    evaluate_model(checkpoints, files, folds, ScoreTables(**paths), settings, model=model)
    return pd.read_csv(paths["participants"])


@pytest.mark.parametrize("priors", ["empirical", "balanced"])
def test_plain_discriminant_on_raw_powers(cohort: Path, priors: str) -> None:
    people = lopo(cohort, "lda", {"standardise": "none", "shrinkage": False, "priors": priors})
    assert len(people) == 16
    assert round(100 * people["accuracy"].mean(), 1) == 41.2


def test_nearest_neighbour_standardised_on_the_training_people(cohort: Path) -> None:
    people = lopo(cohort, "knn", {"standardise": "train", "neighbours": 1})
    assert round(100 * people["accuracy"].mean(), 1) == 67.5
    assert round(100 * people["accuracy"].min(), 1) == 48.6
    assert round(100 * people["accuracy"].max(), 1) == 91.4
