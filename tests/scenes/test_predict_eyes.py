"""Continuous predictions from eye frames, alone and with the EMG: the EMG models' windows, gaps, blinks, refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import write_table
from myoscene.emg.tables import ENVELOPES
from myoscene.learn.cohort.frames import read_participant_frames
from myoscene.learn.models.registry import load_predictor
from myoscene.pipeline.states import UNCERTAIN, decide, smooth
from myoscene.scenes.expression import SummarySettings, expression_features
from myoscene.scenes.raw import hop_grid
from myoscene.scenes.score import ScoreSettings, score_scenes
from myoscene.scenes.tables import PREDICTIONS
from scenes import builders, eye_builders
from scenes.builders import CLASSES, HOP_S, LENGTH_S, RATE_HZ, WINDOWS
from scenes.test_predict import SCENES

KEYS = ["session", "scene", "recording", "segment", "stretch", "start_s", "time_s"]
PROBABILITY = [f"p_{name}" for name in CLASSES]
KINDS = {"eye_cnn": eye_builders.write_eye_cnn, "fusion_late": eye_builders.write_fusion}


def predict(folder, checkpoint, eyes=None, gap=None, kind="signals", scenes=SCENES, **changes):
    """PREDICTIONS of the person of ``builders``; ``gap`` is one in the signal."""
    paths = builders.write_person(folder, builders.recordings(), builders.events(scenes), builders.signals(gap=gap))
    normaliser = "none" if "eye_cnn" in str(checkpoint) else "normaliser"
    output = folder / "predictions.parquet"
    return builders.predict(checkpoint, paths, kind, output, eyes, normaliser, **changes)


def told(checkpoint):
    """What the training of the model in ``checkpoint`` was told."""
    return load_predictor(checkpoint).card.spec


def frame_probabilities(checkpoint, eyes, table):
    frames = read_participant_frames(eyes, 2)[1]
    predictor = load_predictor(checkpoint)
    return getattr(predictor, "eyes", predictor).predict_frames(frames)


def expected_means(table, values, row):
    own = (table["recording"] == row.recording).to_numpy() & eye_builders.windows_of(
        table["time_s"].to_numpy(), row.start_s
    )
    return values[own].mean(axis=0)


@pytest.mark.parametrize("gap", [None, (4.0, 4.55)])
@pytest.mark.parametrize("model", ["eye_cnn", "fusion_late", "fusion_joint"])
def test_the_windows_are_those_of_the_emg_models(tmp_path, model, gap):
    table = eye_builders.frames()
    eyes = eye_builders.write_eyes(tmp_path / "eyes", table)
    checkpoint = (
        eye_builders.write_eye_cnn(tmp_path) if model == "eye_cnn" else eye_builders.write_fusion(tmp_path, model)
    )
    found = predict(tmp_path, checkpoint, eyes, gap)
    emg = predict(tmp_path, builders.write_lda(tmp_path), kind="features", gap=gap)
    pd.testing.assert_frame_equal(found[KEYS], emg[KEYS])
    assert np.allclose(found[PROBABILITY].sum(axis=1), 1, atol=1e-5)
    assert found["p_smile"].std() > 0.02


def test_a_hop_is_the_mean_of_its_frames(tmp_path):
    table = eye_builders.frames()
    eyes = eye_builders.write_eyes(tmp_path / "eyes", table)
    checkpoint = eye_builders.write_eye_cnn(tmp_path)
    values = frame_probabilities(checkpoint, eyes, table)
    rows = predict(tmp_path, checkpoint, eyes)
    for row in rows.sample(20, random_state=0).itertuples():
        assert np.allclose([row.p_neutral, row.p_smile], expected_means(table, values, row), atol=1e-5)
    for _, part in rows.groupby(["scene", "stretch"]):
        smoothed = smooth(part[PROBABILITY].to_numpy(), HOP_S, 0.3)
        assert np.allclose(part[[f"smooth_{name}" for name in CLASSES]], smoothed, atol=1e-6)
        assert part["expression"].tolist() == [[*CLASSES, UNCERTAIN][one] for one in decide(smoothed, 0.5, 2)]


def test_hops_without_a_frame_are_no_rows_and_smoothing_starts_anew(tmp_path):
    eyes = eye_builders.write_eyes(tmp_path / "eyes", eye_builders.frames(gap=(3.0, 4.2)))
    rows = predict(tmp_path, eye_builders.write_eye_cnn(tmp_path), eyes)
    calm = rows[(rows["scene"] == "calm") & (rows["recording"] == "task-a")]
    # The last frame before the gap is at 2.913 s, the first after it at 4.213 s: windows from 3.0 to 3.7 s hold none.
    starts = {number: part["start_s"].round(6).tolist() for number, part in calm.groupby("stretch")}
    assert starts == {
        0: [round(2 + k / 10, 6) for k in range(10)],
        1: [round(3.8 + k / 10, 6) for k in range(28)],
    }
    first = calm[calm["stretch"] == 1].iloc[0]
    assert first["smooth_smile"] == first["p_smile"]
    assert calm.groupby("stretch")["segment"].nunique().tolist() == [1, 1]
    assert calm["segment"].nunique() == 2
    busy = rows[rows["scene"] == "busy"]
    assert set(busy["segment"]) == {1}, "numbered through the recording, not anew in each scene"


@pytest.mark.parametrize(
    ("span", "starts"),
    [
        ((1.5, 3.0), [1.5, 1.75, 2.0]),
        ((0.0, 1.0), [0.0]),
        ((0.0, 0.99), []),
        ((1.7e9, 1.7e9 + 1.5), [1.7e9, 1.7e9 + 0.25, 1.7e9 + 0.5]),
    ],
)
def test_the_grid_of_a_scene_begins_with_it_and_its_last_window_lies_inside(span, starts):
    assert hop_grid(*span, 1.0, 0.25).tolist() == starts


def test_rounding_costs_the_grid_no_window():
    assert len(hop_grid(0.0, 1.1, 0.5, 0.1)) == len(hop_grid(0.3, 0.3 + 1.1, 0.5, 0.1)) == 7


def test_eye_images_alone_are_predicted_from_the_start_of_each_scene(tmp_path):
    """On the hops of the EMG where the scene starts with the recording, and otherwise with its first frame."""
    table = eye_builders.frames()
    eyes = eye_builders.write_eyes(tmp_path / "eyes", table)
    checkpoint = eye_builders.write_eye_cnn(tmp_path)
    scenes = [("task-a", 0.0, 20.0, "calm", "scene"), ("task-b", 0.013, 19.97, "busy", "scene")]
    paths = builders.write_person(tmp_path, builders.recordings(), builders.events(scenes), builders.signals())

    def rows(data):
        output = tmp_path / "out.parquet"
        found = builders.predict(checkpoint, paths, data, output, eyes, "none")
        return [found[found["scene"] == scene].reset_index(drop=True) for scene in ("calm", "busy")]

    calm, busy = rows("none")
    pd.testing.assert_frame_equal(calm, rows("signals")[0])
    np.testing.assert_allclose(busy["start_s"], 0.013 + HOP_S * np.arange(len(busy)))
    assert len(busy) == 195 and set(busy["segment"]) == {0}, "the last window ends at 19.913 s"
    values = frame_probabilities(checkpoint, eyes, table)
    for row in busy.sample(10, random_state=0).itertuples():
        assert np.allclose([row.p_neutral, row.p_smile], expected_means(table, values, row), atol=1e-5)


def test_without_emg_the_features_are_those_of_the_model_alone(tmp_path):
    eyes = eye_builders.write_eyes(tmp_path / "eyes", eye_builders.frames())
    predictions = predict(tmp_path, eye_builders.write_eye_cnn(tmp_path), eyes)
    files = [[str(tmp_path / f"{name}.parquet")] for name in ("recordings", "events")]
    out = [tmp_path / name for name in ("f.parquet", "f.csv", "d.csv")]
    expression_features(
        *files, [], [str(tmp_path / "predictions.parquet")], *out, SummarySettings(CLASSES, HOP_S, False)
    )
    features, dictionary = pd.read_csv(out[1]), pd.read_csv(out[2])
    assert set(features["feature"]) == set(dictionary["feature"]) and set(dictionary["needs"]) == {"model"}
    assert {"occupancy_smile", "switches_per_minute"} <= set(features["feature"])
    occupancy = features[features["feature"] == "occupancy_smile"].set_index("scene")["value"]
    shares = predictions["expression"].eq("smile").groupby(predictions["scene"]).mean()
    assert len(shares) and occupancy[shares.index].to_dict() == pytest.approx(shares.to_dict())


def test_fusion_goes_by_the_signal_where_there_is_no_frame(tmp_path):
    checkpoint = eye_builders.write_fusion(tmp_path)
    eyes = eye_builders.write_eyes(tmp_path / "eyes", eye_builders.frames(gap=(3.0, 4.2)))
    some = predict(tmp_path, checkpoint, eyes)
    none = predict(tmp_path, checkpoint, None)
    pd.testing.assert_frame_equal(some[KEYS], none[KEYS])
    blind = ((some["start_s"] > 2.95) & (some["start_s"] < 3.75)).to_numpy()
    assert np.allclose(some.loc[blind, PROBABILITY], none.loc[blind, PROBABILITY], atol=1e-6)
    assert (np.abs(some.loc[~blind, "p_smile"] - none.loc[~blind, "p_smile"]) > 1e-4).mean() > 0.9
    alone = predict(tmp_path, eye_builders.write_cnn_tcn(tmp_path), None)
    sharper = alone[PROBABILITY].to_numpy(dtype=np.float64) ** (1 / 0.5)
    assert np.allclose(none[PROBABILITY], sharper / sharper.sum(axis=1, keepdims=True), atol=1e-5)


def test_fusion_combines_what_both_say(tmp_path):
    table = eye_builders.frames()
    eyes = eye_builders.write_eyes(tmp_path / "eyes", table)
    checkpoint = eye_builders.write_fusion(tmp_path)
    rows = predict(tmp_path, checkpoint, eyes)
    by_emg = predict(tmp_path, eye_builders.write_cnn_tcn(tmp_path), None)[PROBABILITY].to_numpy(dtype=np.float64)
    by_eyes = predict(tmp_path, eye_builders.write_eye_cnn(tmp_path), eyes)[PROBABILITY].to_numpy(dtype=np.float64)

    def scaled(values, power):
        return values**power / (values**power).sum(axis=1, keepdims=True)

    product = scaled(by_emg, 1 / 0.5) ** 0.7 * scaled(by_eyes, 1 / 2.0) ** 0.9
    assert np.allclose(rows[PROBABILITY], product / product.sum(axis=1, keepdims=True), atol=1e-4)


@pytest.mark.parametrize("model", list(KINDS))
def test_blinks_are_left_out(tmp_path, model):
    table = eye_builders.frames()
    blinks = (np.arange(len(table)) % 4 == 0) | table["time_s"].between(3.0, 3.9).to_numpy()
    checkpoint = KINDS[model](tmp_path)
    with_blinks = eye_builders.write_eyes(tmp_path / "all", table, blinks)
    values = frame_probabilities(checkpoint, with_blinks, table)
    rows = predict(tmp_path, checkpoint, with_blinks)
    open_eyed = table[~blinks].reset_index(drop=True)
    if model == "eye_cnn":
        for row in rows.sample(20, random_state=0).itertuples():
            wanted = expected_means(open_eyed, values[~blinks], row)
            assert np.allclose([row.p_neutral, row.p_smile], wanted, atol=1e-5)
        in_calm = rows[(rows["recording"] == "task-a") & (rows["scene"] == "calm")]
        assert set(in_calm["stretch"]) == {0, 1}, "nothing but blinks for half a second is a gap"
    kept = predict(tmp_path, checkpoint, eye_builders.write_eyes(tmp_path / "kept", table, ~blinks & False))
    same = kept.merge(rows, on=["recording", "start_s"], suffixes=("", "_clean"))
    assert np.abs(same["p_smile"] - same["p_smile_clean"]).max() > 1e-3


def test_a_table_of_blinks_of_other_frames_is_refused(tmp_path):
    table = eye_builders.frames()
    eyes = eye_builders.write_eyes(tmp_path / "eyes", table, np.zeros(len(table), dtype=bool))
    features = pd.read_parquet(eyes.blinks)
    from myoscene.eyes.tables import EYE_FEATURES

    write_table(eyes.blinks, features[features["frame"] != 7], EYE_FEATURES)
    with pytest.raises(InputError, match="lacks frame 7 of task-a, participant 'p3'"):
        predict(tmp_path, eye_builders.write_eye_cnn(tmp_path), eyes)
    assert not (tmp_path / "predictions.parquet").exists()


def test_frames_without_time_or_eye_and_of_other_recordings_do_not_count(tmp_path):
    table = eye_builders.frames(names=("task-a", "task-b", "task-calibration"))
    checkpoint = eye_builders.write_eye_cnn(tmp_path)
    number = np.arange(len(table))
    table.loc[number % 3 == 0, "time_s"] = np.nan
    table.loc[number % 3 == 1, ["has_left", "has_right"]] = False
    eyes = eye_builders.write_eyes(tmp_path / "eyes", table)
    values = np.zeros((len(table), 2), dtype=np.float32)
    values[number % 3 != 1] = frame_probabilities(checkpoint, eyes, table)
    kept = table[number % 3 == 2].reset_index(drop=True)
    for row in predict(tmp_path, checkpoint, eyes).sample(10, random_state=0).itertuples():
        wanted = expected_means(kept, values[number % 3 == 2], row)
        assert np.allclose([row.p_neutral, row.p_smile], wanted, atol=1e-5)


@pytest.mark.parametrize("eyes", ["none", "elsewhere"])
def test_somebody_without_frames_gets_an_empty_table(tmp_path, eyes):
    files = None
    if eyes == "elsewhere":
        files = eye_builders.write_eyes(tmp_path / "eyes", eye_builders.frames(names=("task-calibration",)))
    rows = predict(tmp_path, eye_builders.write_eye_cnn(tmp_path), files)
    assert len(rows) == 0
    assert list(rows.columns) == [*PREDICTIONS.columns, *PROBABILITY, *(f"smooth_{name}" for name in CLASSES)]
    full = predict(tmp_path, eye_builders.write_fusion(tmp_path), files)
    assert len(full) == 46 + 36 + 26


@pytest.mark.parametrize("model", list(KINDS))
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training_participants": ["p1", "p3"]}, "participant p3 trained the model"),
        ({"validation_participants": ["p3"]}, "participant p3 validated the model"),
        ({"classes": ["smile", "neutral"]}, "the classes smile, neutral, but this run has neutral, smile"),
        ({"frames": eye_builders.SECTION | {"height_px": 9}}, "frames.height_px was 9, and is 8"),
        ({"frames": None}, "frames was None, and is .*both"),
        ({"personalise": eye_builders.PERSONALISE | {"seconds": 2.0}}, "personalise.seconds was 2.0, and is 5.0"),
    ],
)
def test_a_wrong_checkpoint_is_refused_by_name(tmp_path, model, changes, message):
    eyes = eye_builders.write_eyes(tmp_path / "eyes", eye_builders.frames())
    if model.startswith("fusion") and "classes" in changes:  # its encoders have the others, which is noticed before
        message = "the encoder 'emg' has other classes"
    with pytest.raises(InputError, match=message):
        predict(tmp_path, KINDS[model](tmp_path, **changes), eyes, spec=told(KINDS[model](tmp_path / "right")))
    assert not (tmp_path / "predictions.parquet").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rate_hz": 200.0}, "rate_hz was 200.0, and is 100.0"),
        (
            {"normaliser": {"method": "neutral_max", "envelope_s": 0.1}},
            "normaliser.method was neutral_max, and is calibration_z",
        ),
        ({"windows": WINDOWS | {"length_s": 1.0, "hop_s": 0.1}}, "windows.length_s was 1.0, and is 0.5"),
        ({"channels": ["brow_right", "brow_left"]}, "trained on the channels brow_right, brow_left"),
    ],
)
def test_fusion_is_held_to_the_signal_s_preparation_too(tmp_path, changes, message):
    eyes = eye_builders.write_eyes(tmp_path / "eyes", eye_builders.frames())
    with pytest.raises(InputError, match=message):
        spec = told(eye_builders.write_fusion(tmp_path / "right"))
        predict(tmp_path, eye_builders.write_fusion(tmp_path, **changes), eyes, spec=spec)


def test_expression_features_and_scores_of_a_model_on_eyes(tmp_path):
    """Two models with other classes each, the second one's person without a single frame."""
    happenings = [*SCENES, ("task-a", 9.0, 3.5, "smile", "expression"), ("task-a", 2.0, 4.0, "neutral", "expression")]
    own = tmp_path / "p3"
    own.mkdir()
    eyes = eye_builders.write_eyes(tmp_path / "eyes", eye_builders.frames())
    full = predict(own, eye_builders.write_eye_cnn(tmp_path), eyes, scenes=happenings)
    paths = [str(own / f"{name}.parquet") for name in ("recordings", "events", "envelopes", "predictions")]
    time = np.arange(1000) / 50.0
    envelope = pd.DataFrame({"recording": "task-a", "segment": 0, "time_s": time})
    write_table(paths[2], envelope.assign(envelope__brow_left=np.float32(1)), ENVELOPES)
    outputs = [tmp_path / name for name in ("x.parquet", "x.csv", "d.csv")]

    def features():
        expression_features(*([path] for path in paths), *outputs, SummarySettings(CLASSES, HOP_S, True))
        return pd.read_csv(outputs[1]).pivot(index="scene", columns="feature", values="value")

    share = full.loc[full["scene"] == "calm", "expression"].eq("smile").mean()
    assert features().loc["calm", "occupancy_smile"] == pytest.approx(share)
    renamed = full.rename(columns=lambda name: name.replace("_smile", "_grin"))
    write_table(tmp_path / "grin.parquet", renamed, PREDICTIONS)
    classes = {"eye_cnn": CLASSES, "other": ["neutral", "grin"]}
    settings = ScoreSettings(list(classes), [], classes, LENGTH_S, 0.5, 0.1, RATE_HZ, synthetic=True)
    score_scenes([paths[3], str(tmp_path / "grin.parquet")], [paths[1]], tmp_path / "s.csv", settings)
    scores = pd.read_csv(tmp_path / "s.csv").set_index("model")
    assert scores.loc["eye_cnn", "classes"] == 2
    assert scores.loc["other", "classes"] == 1, "a smile is not a class of this model"
    write_table(paths[3], full.head(0), PREDICTIONS)
    wide = features()
    assert wide["occupancy_smile"].isna().all()
    assert wide.loc["calm", "envelope_mean_brow_left"] == 1
    score_scenes([paths[3]], [paths[1]], tmp_path / "s.csv", replace(settings, models=["eye_cnn"]))
    assert len(pd.read_csv(tmp_path / "s.csv")) == 0
