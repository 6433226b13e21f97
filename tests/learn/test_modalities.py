"""EMG, eyes and fusion on the same windows."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.learn.scores import metrics
from myoscene.learn.scores.modalities import ModalitySettings, compare_modalities, windows_of_frames
from myoscene.learn.tables import COMPARISON, EYE_PREDICTIONS, MODALITIES, PREDICTIONS

CLASSES = ["neutral", "smile", "frown"]
PEOPLE = ["p01", "p02", "p03", "p04"]
LENGTH_S = 1.0


def probabilities(true: np.ndarray, better: float, seed: int) -> np.ndarray:
    logits = np.random.default_rng(seed).normal(size=(len(true), 3)) + better * np.eye(3)[true]
    values = np.exp(logits)
    return values / values.sum(axis=1, keepdims=True)


def windows(better: float, seed: int = 0) -> pd.DataFrame:
    """Windows of 1 s every 0.5 s in events of 6 s, of which one class each is."""
    parts = []
    for person in PEOPLE:
        for event in range(6):
            start = event * 6.0 + np.arange(0, 5.01, 0.5)
            label = CLASSES[event % 3]
            parts.append(pd.DataFrame({"participant": person, "event": event, "start_s": start, "label": label}))
    table = pd.concat(parts, ignore_index=True).assign(recording="task-calibration")
    table["fold"] = table["participant"]
    values = probabilities(table["label"].map(CLASSES.index).to_numpy(), better, seed)
    return table.join(pd.DataFrame(values, columns=[f"p_{name}" for name in CLASSES]))


def frames(better: float, seed: int = 1, people: list[str] = PEOPLE) -> pd.DataFrame:
    """Frames at 10 Hz of the same events; the first 2 s of the first event are missing (they made the neutral)."""
    parts = []
    for person in people:
        for event in range(6):
            times = event * 6.0 + np.arange(0, 6.0, 0.1)
            times = times[times >= 2.0] if event == 0 else times
            label = CLASSES[event % 3]
            parts.append(pd.DataFrame({"participant": person, "event": event, "start_s": times, "label": label}))
    table = pd.concat(parts, ignore_index=True)
    table = table.assign(fold=table["participant"], session="", recording="task-calibration", left_image=None)
    table = table.assign(frame=np.arange(len(table)), right_image=None)
    values = probabilities(table["label"].map(CLASSES.index).to_numpy(), better, seed)
    return table.join(pd.DataFrame(values, columns=[f"p_{name}" for name in CLASSES]))


def run(folder: Path, tables: dict[str, pd.DataFrame], eyes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    for model, table in tables.items():
        write_table(folder / f"{model}.parquet", table, PREDICTIONS)
    write_table(folder / "eye_cnn.parquet", eyes, EYE_PREDICTIONS)
    compare_modalities(
        {model: folder / f"{model}.parquet" for model in tables},
        {"eye_cnn": folder / "eye_cnn.parquet"},
        folder / "modalities.csv",
        folder / "comparison.csv",
        ModalitySettings(LENGTH_S, bins=10, permutations=1024, bootstrap=200, seed=1, synthetic=True),
    )
    return pd.read_csv(folder / "modalities.csv"), pd.read_csv(folder / "comparison.csv")


def test_all_models_are_scored_on_the_windows_that_all_predict(tmp_path: Path, caplog) -> None:
    emg, late, eyes = windows(1.0), windows(3.0, 5), frames(0.8)
    late = late[~((late["participant"] == "p02") & (late["event"] == 5))].sample(frac=1, random_state=0)
    with caplog.at_level(logging.INFO):
        scores, pairs = run(tmp_path, {"cnn_tcn": emg, "fusion_late": late}, eyes)
    assert list(scores.columns) == list(MODALITIES.columns) and list(pairs.columns) == list(COMPARISON.columns)
    assert list(dict.fromkeys(scores["model"])) == ["cnn_tcn", "eye_cnn", "fusion_late"]
    # Of the 66 windows of a person, those at 0, 0.5 and 1 s of the first event hold no frame.
    expected = {"p01": 63, "p02": 63 - 11, "p03": 63, "p04": 63}
    for _, own in scores.groupby("model"):
        assert dict(zip(own["participant"], own["windows"], strict=True)) == expected
    assert "cnn_tcn: 23 of 264 windows left out" in caplog.text
    assert "eye_cnn: 11 of 252 windows left out" in caplog.text
    assert set(zip(pairs["model_a"], pairs["model_b"], strict=True)) == {
        ("fusion_late", "eye_cnn"), ("fusion_late", "cnn_tcn"), ("eye_cnn", "cnn_tcn"),
    }  # fmt: skip
    fusion = pairs[(pairs["model_a"] == "fusion_late") & (pairs["metric"] == "macro_f1")]
    assert (fusion["mean_difference"] > 0).all() and set(fusion["p"]) == {0.125} and fusion["exact"].all()


def test_scores_are_those_of_the_shared_windows(tmp_path: Path) -> None:
    emg, eyes = windows(1.0), frames(0.8)
    scores, _ = run(tmp_path, {"cnn_tcn": emg, "fusion_late": emg}, eyes)
    own = emg[(emg["participant"] == "p03") & ~((emg["event"] == 0) & (emg["start_s"] <= 1.0))]
    true = own["label"].map(CLASSES.index).to_numpy()
    expected = metrics.scores(true, own[[f"p_{name}" for name in CLASSES]].to_numpy(np.float32), 10)
    row = scores[(scores["model"] == "cnn_tcn") & (scores["participant"] == "p03")].iloc[0]
    assert {name: row[name] for name in expected} == pytest.approx(expected, rel=1e-6)


def test_a_window_is_the_mean_of_the_frames_inside_it() -> None:
    eyes = frames(0.8).sample(frac=1, random_state=2)
    keyed = windows(1.0).assign(start_us=lambda t: (t["start_s"] * 1e6).round().astype("int64"))
    table = windows_of_frames(eyes, keyed, LENGTH_S)
    row = table[(table["participant"] == "p02") & (table["start_s"] == 7.5)].iloc[0]
    times = np.round(eyes["start_s"] * 10).astype(int)
    inside = eyes[(eyes["participant"] == "p02") & (times >= 75) & (times < 85)]
    assert len(inside) == 10
    for name in CLASSES:
        assert row[f"p_{name}"] == pytest.approx(inside[f"p_{name}"].mean())
    first = table[(table["participant"] == "p02")]["start_s"].min()
    assert first == 1.5, "a window that holds one frame or more counts"


def test_people_without_eye_images_are_left_out(tmp_path: Path) -> None:
    scores, pairs = run(
        tmp_path, {"cnn_tcn": windows(1.0), "fusion_late": windows(2.0, 4)}, frames(1, people=PEOPLE[:2])
    )
    assert set(scores["participant"]) == {"p01", "p02"}
    assert set(pairs["participants"]) == {2}


def test_frames_of_another_label_do_not_change_the_truth(tmp_path: Path, caplog) -> None:
    eyes = frames(1.0)
    eyes.loc[eyes["event"] == 1, "label"] = "frown"
    scores, _ = run(tmp_path, {"cnn_tcn": windows(1.0), "fusion_late": windows(1.0)}, eyes)
    assert "windows hold eye frames of another label" in caplog.text
    assert set(scores["classes"]) == {3}


def test_frames_without_a_time_are_in_no_window(tmp_path: Path, caplog) -> None:
    """Their numbers, which some files give instead, are not seconds."""
    emg, eyes = windows(1.0), frames(1.0)
    lost = (eyes["participant"] == "p02") & (eyes["event"] == 3)
    scores, _ = run(tmp_path, {"cnn_tcn": emg}, eyes.assign(start_s=eyes["start_s"].mask(lost)))
    whole, _ = run(tmp_path, {"cnn_tcn": emg}, eyes)
    assert "eye_cnn: 60 of" in caplog.text
    assert (whole["windows"] - scores["windows"]).tolist() == [11 if p == "p02" else 0 for p in whole["participant"]]
    scores, comparison = run(tmp_path, {"cnn_tcn": emg}, eyes.assign(start_s=np.nan))
    assert set(scores["model"]) == {"cnn_tcn"} and comparison.empty


def test_what_cannot_be_compared_is_refused(tmp_path: Path) -> None:
    emg, eyes = windows(1.0), frames(1.0)
    with pytest.raises(InputError, match="'cnn_tcn' and 'eye_cnn' have different classes"):
        run(tmp_path, {"cnn_tcn": emg}, eyes.rename(columns={"p_frown": "p_anger"}))
    with pytest.raises(InputError, match="have no window in common"):
        run(tmp_path, {"cnn_tcn": emg}, eyes.assign(start_s=eyes["start_s"] + 1e4))
    with pytest.raises(InputError, match="disagree on the label of the window at 0 s of participant 'p01'"):
        run(
            tmp_path,
            {"cnn_tcn": emg, "fusion_late": emg.assign(label="frown")},
            eyes.assign(start_s=eyes["start_s"] - 2),
        )
    with pytest.raises(InputError, match="predicts the window at 0 s of participant 'p01', task-calibration, twice"):
        run(tmp_path, {"cnn_tcn": pd.concat([emg, emg.head(1)])}, eyes)
    assert not (tmp_path / "modalities.csv").exists() and not (tmp_path / "comparison.csv").exists()
