"""The cohort's tables: expression features with their dictionary, and scores against events inside scenes."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table, write_table
from myoscene.emg.tables import ENVELOPES
from myoscene.eyes.tables import FRAMES, IDENTICAL
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS
from myoscene.scenes.expression import SummarySettings, expression_features
from myoscene.scenes.score import ScoreSettings, label_windows, score_scenes, score_windows
from myoscene.scenes.tables import EXPRESSION_FEATURES, PREDICTIONS
from scenes import builders
from scenes.builders import CHANNELS, CLASSES, HOP_S, LENGTH_S, RATE_HZ
from sklearn.metrics import balanced_accuracy_score, f1_score

SCENES = [("task-a", 2.0, 5.0, "calm", "scene"), ("task-b", 1.0, 3.0, "calm", "scene"),
          ("task-b", 5.0, 10.0, "busy", "scene"), ("task-b", 5.5, 4.0, "smile", "expression"),
          ("task-b", 9.5, 4.0, "neutral", "expression")]  # fmt: skip


def envelopes(value=1.0, channels=CHANNELS):
    time = np.arange(1000) / 50.0
    parts = [pd.DataFrame({"recording": name, "segment": 0, "time_s": time}) for name in ("task-a", "task-b")]
    frame = pd.concat(parts, ignore_index=True)
    for number, channel in enumerate(channels):
        frame[f"envelope__{channel}"] = np.float32(value * (number + 1))
    return frame


def write_cohort(folder, people, scenes=SCENES):
    """Inputs of two stages for each of ``people``; returns lists of paths."""
    found = {name: [] for name in ("recordings", "events", "envelopes", "predictions")}
    checkpoint = builders.write_lda(folder)
    for number, participant in enumerate(people):
        own = folder / participant
        own.mkdir()
        table = builders.signals(seed=number)
        paths = builders.write_person(own, builders.recordings(), builders.events(scenes), table)
        predicted = builders.predict(checkpoint, paths, "features", own / "predictions.parquet")
        predicted = predicted.assign(participant=participant)
        write_table(own / "predictions.parquet", predicted, PREDICTIONS)
        write_table(paths["recordings"], builders.recordings(participant=participant), PARTICIPANT_RECORDINGS)
        write_table(paths["events"], builders.events(scenes, participant=participant), EVENTS)
        write_table(own / "envelopes.parquet", envelopes(number + 1.0), ENVELOPES)
        for name in found:
            found[name].append(str(own / f"{name}.parquet"))
    return found


def run(folder, found, model=True, synthetic=True):
    outputs = [folder / "features.parquet", folder / "features.csv", folder / "dictionary.csv"]
    expression_features(
        found["recordings"], found["events"], found["envelopes"], found["predictions"] if model else [],
        *outputs, SummarySettings(CLASSES, HOP_S, synthetic),
    )  # fmt: skip
    return read_table(outputs[0], EXPRESSION_FEATURES), pd.read_csv(outputs[1]), pd.read_csv(outputs[2])


def test_every_person_scene_and_feature_has_one_row(tmp_path):
    features, csv, dictionary = run(tmp_path, write_cohort(tmp_path, ["p3", "p4"]))
    assert len(features) == len(csv) == 2 * 2 * len(dictionary)
    for _, part in features.groupby(["participant", "scene"]):
        assert part["feature"].tolist() == dictionary["feature"].tolist()
    assert features["synthetic"].all()
    wide = features.pivot(index=["participant", "scene"], columns="feature", values="value")
    assert np.allclose(wide["occupancy_neutral"] + wide["occupancy_smile"] + wide["uncertain_share"], 1)
    assert wide.loc[("p4", "calm"), "envelope_mean_brow_right"] == pytest.approx(4.0)
    assert np.allclose(wide["asymmetry_brow"], (2 - 1) / 3)


def test_several_stretches_are_one_scene(tmp_path):
    found = write_cohort(tmp_path, ["p3"])
    features, _, _ = run(tmp_path, found)
    rows = read_table(found["predictions"][0], PREDICTIONS)
    calm = rows[rows["scene"] == "calm"]
    assert set(calm["recording"]) == {"task-a", "task-b"}
    value = features.set_index(["scene", "feature"])["value"]
    assert value["calm", "occupancy_smile"] == pytest.approx((calm["expression"] == "smile").mean())
    assert value["calm", "probability_mean_smile"] == pytest.approx(calm["p_smile"].mean())


def test_without_a_model_there_are_envelope_features(tmp_path):
    features, _, dictionary = run(tmp_path, write_cohort(tmp_path, ["p3"]), model=False, synthetic=False)
    assert set(dictionary["needs"]) == {"envelope"}
    assert features["value"].notna().all() and not features["synthetic"].any()


def test_a_scene_shorter_than_a_window_has_envelope_features_only(tmp_path):
    found = write_cohort(tmp_path, ["p3"], [("task-a", 2.0, 0.3, "calm", "scene")])
    features, csv, dictionary = run(tmp_path, found)
    missing = features.merge(dictionary, on="feature").groupby("needs")["value"].agg(lambda x: x.isna().all())
    assert missing.to_dict() == {"model": True, "envelope": False}
    assert csv["value"].isna().sum() == features["value"].isna().sum() > 0


def test_nobody_with_a_scene_gives_a_table_without_rows(tmp_path):
    features, _, dictionary = run(tmp_path, write_cohort(tmp_path, ["p3"], SCENES[3:]))
    assert len(features) == 0 and len(dictionary) > 0


def test_a_channel_that_one_person_lacks_is_missing_for_that_person(tmp_path):
    found = write_cohort(tmp_path, ["p3", "p4"])
    write_table(found["envelopes"][1], envelopes(channels=["brow_left"]), ENVELOPES)
    wide = run(tmp_path, found)[0].pivot(index=["participant", "scene"], columns="feature", values="value")
    assert wide["envelope_mean_brow_right"].isna().to_dict()[("p4", "calm")]
    assert wide.loc["p4", "asymmetry_brow"].isna().all() and wide.loc["p3", "asymmetry_brow"].notna().all()


def test_same_tables_give_the_same_bytes(tmp_path):
    found = write_cohort(tmp_path, ["p3"])
    names = ("features.parquet", "features.csv", "dictionary.csv")
    run(tmp_path, found)
    first = [(tmp_path / name).read_bytes() for name in names]
    run(tmp_path, found)
    assert [(tmp_path / name).read_bytes() for name in names] == first


def test_predictions_of_somebody_else_or_other_classes_are_refused(tmp_path):
    found = write_cohort(tmp_path, ["p3", "p4"])
    swapped = found | {"predictions": found["predictions"][::-1]}
    with pytest.raises(InputError, match="somebody else than p3"):
        run(tmp_path, swapped)
    rows = read_table(found["predictions"][0], PREDICTIONS)
    renamed = rows.rename(columns=lambda name: name.replace("smile", "frown"))
    write_table(found["predictions"][0], renamed, PREDICTIONS)
    with pytest.raises(InputError, match="classes neutral, frown"):
        run(tmp_path, found)
    assert not (tmp_path / "features.parquet").exists()


def test_labels_of_windows_inside_trimmed_events():
    windows = pd.DataFrame({"recording": "r", "start_s": np.round(np.arange(0, 8, 0.1), 6)})
    known = builders.events([("r", 1.0, 3.0, "smile", "expression"), ("r", 4.0, 2.0, "neutral", "expression"),
                             ("other", 6.0, 2.0, "smile", "expression")])  # fmt: skip
    truth = label_windows(windows, known, ScoreSettings([], [], {}, 1.0, 0.5, 0.1, 100.0, synthetic=True))
    start = windows["start_s"]
    assert start[truth == "smile"].tolist() == [round(1.5 + k / 10, 6) for k in range(15)]
    assert start[truth == "neutral"].tolist() == [4.5, 4.6, 4.7, 4.8, 4.9]


def test_scores_by_scikit_learn():
    rng = np.random.default_rng(5)
    classes = ["a", "b", "c"]
    frame = pd.DataFrame(rng.random((200, 6)), columns=[f"{k}_{c}" for k in ("p", "smooth") for c in classes])
    frame["expression"] = rng.choice([*classes, "uncertain"], 200)
    truth = rng.choice(classes, 200).astype(object)
    found = score_windows(frame, truth, classes)
    smooth = np.array(classes)[frame[[f"smooth_{c}" for c in classes]].to_numpy().argmax(axis=1)]
    raw = np.array(classes)[frame[[f"p_{c}" for c in classes]].to_numpy().argmax(axis=1)]
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(truth, smooth))
    assert found["balanced_accuracy_raw"] == pytest.approx(balanced_accuracy_score(truth, raw))
    assert found["macro_f1"] == pytest.approx(f1_score(truth, smooth, average="macro"))
    assert found["uncertain_share"] == (frame["expression"] == "uncertain").mean()


def test_classes_that_a_person_never_made_do_not_count():
    frame = pd.DataFrame({"p_a": [1.0, 0.0], "p_b": [0.0, 1.0], "smooth_a": [1.0, 0.0], "smooth_b": [0.0, 1.0]})
    found = score_windows(frame.assign(expression="a"), np.array(["a", "a"], dtype=object), ["a", "b"])
    assert found["classes"] == 1 and found["balanced_accuracy"] == 0.5
    assert found["macro_f1"] == pytest.approx(2 / 3)


def score(folder, found, predictions, models, eye_models=(), **eyes):
    settings = ScoreSettings(
        models, list(eye_models), dict.fromkeys(models, CLASSES), LENGTH_S, 0.5, 0.1, RATE_HZ, synthetic=True
    )
    score_scenes(predictions, found["events"], folder / "s.csv", settings, **eyes)
    return pd.read_csv(folder / "s.csv")


def write_frames(path, frames):
    """FRAMES with these columns, and whatever in the others."""
    fill = {pa.string(): "", pa.bool_(): False, pa.int32(): -1, pa.int64(): 0, pa.float32(): 0.0}
    whole = {name: frames.get(name, fill.get(kind)) for name, kind in FRAMES.columns.items()}
    write_table(path, pd.DataFrame(whole, index=frames.index), FRAMES)
    return str(path)


def test_one_row_a_model_and_participant(tmp_path):
    found = write_cohort(tmp_path, ["p3", "p4"])
    scores = score(tmp_path, found, found["predictions"] * 2, ["lda", "knn"])
    assert scores[["model", "participant"]].to_numpy().tolist() == [
        ["lda", "p3"], ["lda", "p4"], ["knn", "p3"], ["knn", "p4"]
    ]  # fmt: skip
    # 4 s less 0.6 s trim hold 30 windows of 0.5 s, in each of the two events
    assert set(scores["windows"]) == {60} and set(scores["classes"]) == {2}


def test_without_events_or_models_the_scores_are_a_header(tmp_path):
    found = write_cohort(tmp_path, ["p3"], SCENES[:3])
    for predictions, models in ((found["predictions"], ["lda"]), ([], [])):
        assert len(score(tmp_path, found, predictions, models)) == 0
        assert (tmp_path / "s.csv").read_text().startswith("model,participant,windows")


def test_an_eye_model_is_not_scored_on_frames_that_made_the_neutral_image(tmp_path):
    found = write_cohort(tmp_path, ["p3", "p4"])
    frames = pd.DataFrame({"participant": "p3", "recording": "task-b", "time_s": np.arange(0, 20, 0.1)})
    frames["made_neutral"] = frames["time_s"].between(10.0, 10.95)
    path = write_frames(tmp_path / "frames.parquet", frames)
    scores = score(tmp_path, found, found["predictions"] * 2, ["lda", "knn"], frames=[path], eye_models=["knn"])
    # Windows of 0.5 s, one a tenth of a second from 10.0 on: the last that holds one of these frames starts at 10.9.
    windows = scores.set_index(["model", "participant"])["windows"].to_dict()
    assert windows == {("lda", "p3"): 60, ("lda", "p4"): 60, ("knn", "p3"): 50, ("knn", "p4"): 60}


def test_an_eye_model_is_not_scored_on_images_that_stand_elsewhere_too(tmp_path):
    """A fold may have been trained on somebody's copy of the image."""
    found = write_cohort(tmp_path, ["p3", "p4"])
    frames = pd.DataFrame({"participant": "p3", "recording": "task-b", "time_s": np.arange(0, 20, 0.1)})
    frames["left_image"] = [f"left/{number}.png" for number in range(len(frames))]
    path = write_frames(tmp_path / "frames.parquet", frames.assign(right_image=None))
    # Under the names of images of p3 and p4, of whom only p3 has frames here.
    images = ["left/110.png", "left/999.png", "left/0.png"]
    fill = {pa.string(): "", pa.bool_(): False, pa.int64(): 0}
    alike = {name: fill[kind] for name, kind in IDENTICAL.columns.items()} | {"image": images}
    listed = pd.DataFrame(alike | {"participant": ["p3", "p3", "p4"]})
    write_table(tmp_path / "identical.csv", listed, IDENTICAL)
    both = {"frames": [path], "eye_models": ["knn"]}
    without = score(tmp_path, found, found["predictions"] * 2, ["lda", "knn"], **both)
    scores = score(
        tmp_path, found, found["predictions"] * 2, ["lda", "knn"], **both, identical=tmp_path / "identical.csv"
    )
    assert without["windows"].tolist() == [60, 60, 60, 60]
    # Windows of 0.5 s every 0.1 s that hold 11.0 s: five.
    assert scores["windows"].tolist() == [60, 60, 55, 60]
