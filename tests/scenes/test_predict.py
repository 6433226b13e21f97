"""Continuous predictions: which windows, the right fold, the same preparation, restarts at edges."""

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.learn.engine.checkpoint import save_checkpoint
from myoscene.learn.models.registry import load_predictor
from myoscene.pipeline.settings import StateSettings
from myoscene.pipeline.states import UNCERTAIN, decide, smooth
from myoscene.scenes.predict import add_states
from myoscene.scenes.stretches import scene_events, windows_in_scenes
from scenes import builders
from scenes.builders import CHANNELS, CLASSES, HOP_S, LENGTH_S, RATE_HZ, WINDOWS, card

SCENES = [("task-a", 2.0, 5.0, "calm", "scene"), ("task-a", 9.0, 4.0, "busy", "scene"),
          ("task-b", 1.0, 3.0, "calm", "scene"), ("task-b", 2.0, 1.0, "smile", "expression"),
          ("task-b", 6.0, 1.0, "BAD", "bad")]  # fmt: skip


def predict(tmp_path, checkpoint, kind="features", gap=None, scenes=SCENES, **changes):
    people = builders.recordings()
    paths = builders.write_person(tmp_path, people, builders.events(scenes), builders.signals(gap=gap))
    return builders.predict(checkpoint, paths, kind, tmp_path / "predictions.parquet", **changes)


def test_every_window_of_the_scenes_and_no_other(tmp_path):
    rows = predict(tmp_path, builders.write_lda(tmp_path))
    found = {
        (scene, stretch): (part["recording"].iloc[0], part["start_s"].round(6).tolist())
        for (scene, stretch), part in rows.groupby(["scene", "stretch"])
    }
    expected = {
        ("calm", 0): ("task-a", [round(2 + k / 10, 6) for k in range(46)]),
        ("busy", 0): ("task-a", [round(9 + k / 10, 6) for k in range(36)]),
        ("calm", 1): ("task-b", [round(1 + k / 10, 6) for k in range(26)]),
    }
    assert found == expected
    assert np.allclose(rows["time_s"], rows["start_s"] + LENGTH_S / 2)
    assert set(rows["participant"]) == {"p3"}


def test_probabilities_smoothing_and_states(tmp_path):
    checkpoint = builders.write_lda(tmp_path)
    rows = predict(tmp_path, checkpoint)
    given = builders.features(builders.signals())
    raw = load_predictor(checkpoint).predict_features(given)
    key = dict(zip(zip(given["recording"], given["start_s"].round(6), strict=True), raw, strict=True))
    expected = np.array([key[one] for one in zip(rows["recording"], rows["start_s"].round(6), strict=True)])
    assert np.allclose(rows[["p_neutral", "p_smile"]], expected)
    for _, part in rows.groupby(["scene", "stretch"]):
        smoothed = smooth(part[["p_neutral", "p_smile"]].to_numpy(), HOP_S, 0.3)
        assert np.allclose(part[["smooth_neutral", "smooth_smile"]], smoothed, atol=1e-6)
        states = decide(smoothed, 0.5, 2)
        assert part["expression"].tolist() == [[*CLASSES, UNCERTAIN][one] for one in states]


def test_a_gap_inside_a_scene_makes_two_stretches(tmp_path):
    rows = predict(tmp_path, builders.write_lda(tmp_path), gap=(4.0, 4.55))
    calm = rows[(rows["scene"] == "calm") & (rows["recording"] == "task-a")]
    assert calm.groupby("stretch")["segment"].unique().map(list).to_dict() == {0: [0], 1: [1]}
    first, second = (part["start_s"].to_numpy() for _, part in calm.groupby("stretch"))
    assert first.max() + LENGTH_S <= 4.0 + 1e-9 and second.min() == pytest.approx(4.55)
    start = calm[calm["stretch"] == 1].iloc[0]
    assert start["smooth_smile"] == start["p_smile"]


def test_no_scene_gives_a_table_without_rows(tmp_path):
    rows = predict(tmp_path, builders.write_lda(tmp_path), scenes=[("task-a", 2.0, 0.3, "calm", "scene")])
    assert len(rows) == 0 and {"p_smile", "smooth_smile"} <= set(rows.columns)


def test_everything_below_the_floor_is_uncertain(tmp_path):
    rows = predict(tmp_path, builders.write_lda(tmp_path), probability_floor=1.0)
    assert set(rows["expression"]) == {UNCERTAIN}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"training_participants": ["p1", "p3"]}, "participant p3 trained the model"),
        ({"validation_participants": ["p3"]}, "participant p3 validated the model"),
        ({"classes": ["smile", "neutral"]}, "the classes smile, neutral, but this run has neutral, smile"),
        (
            {"conditioning": {"phase": "causal", "low_cut_hz": 5.0, "mains_hz": None}},
            "conditioning.phase was causal, and is zero",
        ),
        (
            {"conditioning": {"phase": "zero", "low_cut_hz": 9.0, "mains_hz": None}},
            "conditioning.low_cut_hz was 9.0, and is 5.0",
        ),
        (
            {"normaliser": {"method": "neutral_max", "envelope_s": 0.1}},
            "normaliser.method was neutral_max, and is calibration_z",
        ),
        ({"rate_hz": 200.0}, "rate_hz was 200.0, and is 100.0"),
        ({"windows": WINDOWS | {"length_s": 1.0, "hop_s": 0.1}}, "windows.length_s was 1.0, and is 0.5"),
        ({"windows": WINDOWS | {"length_s": 0.5, "hop_s": 0.2}}, "windows.hop_s was 0.2, and is 0.1"),
        ({"windows": None}, "windows was None, and is .*length_s"),
    ],
)
def test_a_wrong_checkpoint_is_refused_by_name(tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        right = load_predictor(builders.write_lda(tmp_path / "right")).card.spec
        predict(tmp_path, builders.write_lda(tmp_path, **changes), spec=right)
    assert not (tmp_path / "predictions.parquet").exists()


def test_a_frozen_model_is_the_mean_of_its_folds(tmp_path, monkeypatch):
    folds = [FakeNetwork(), FakeNetwork()]
    folds[1].predict_signal = lambda signal, hop: (
        (found := folds[0].predict_signal(signal, hop))[0],
        np.tile(np.float32([1, 0]), (len(found[0]), 1)),
    )
    monkeypatch.setattr("myoscene.learn.models.registry.load_predictor", lambda path: folds[0])
    alone = predict(tmp_path, "any", kind="signals")
    monkeypatch.setattr("myoscene.scenes.predict.predictors", lambda path: [("a", folds[0]), ("b", folds[1])])
    both = predict(tmp_path, "frozen.json", kind="signals")
    assert np.allclose(both["p_smile"], alone["p_smile"] / 2)
    assert np.allclose(both["p_neutral"], (1 + alone["p_neutral"]) / 2)
    folds[1].card = card(
        model="cnn_tcn", channels=CHANNELS, window_samples=50, hop_samples=10, training_participants=["p3"]
    )
    with pytest.raises(InputError, match="p3 trained the model in b"):
        predict(tmp_path, "frozen.json", kind="signals")


def test_a_normaliser_of_another_method_is_refused(tmp_path):
    checkpoint = builders.write_lda(tmp_path, normaliser={"method": "neutral_max"})
    with pytest.raises(InputError, match="normaliser = neutral_max, but the data of participant p3 .* calibration_z"):
        predict(tmp_path, checkpoint)


def test_probabilities_that_are_no_numbers_are_refused(tmp_path):
    checkpoint = builders.write_lda(tmp_path)
    people = builders.recordings()
    table = builders.signals()
    table.loc[300:400, "brow_left_uv"] = np.nan
    paths = builders.write_person(tmp_path, people, builders.events(SCENES), table)
    with pytest.raises(InputError, match="not numbers for participant p3"):
        builders.predict(checkpoint, paths, "features", tmp_path / "out.parquet")


class FakeNetwork:
    """Says smile with the mean of the normalised first channel over each window."""

    kind = "signal"
    classes = CLASSES

    def __init__(self, channels=CHANNELS):
        self.card = card(model="cnn_tcn", channels=channels, window_samples=50, hop_samples=10)

    def predict_signal(self, signal, hop_samples):
        length = round(LENGTH_S * RATE_HZ)
        starts = np.arange(0, signal.shape[1] - length + 1, hop_samples)
        smile = np.array([1 / (1 + np.exp(-signal[0, s : s + length].mean())) for s in starts])
        return starts, np.column_stack([1 - smile, smile]).astype(np.float32)


def test_signal_models_run_over_each_segment_of_the_normalised_signal(tmp_path, monkeypatch):
    monkeypatch.setattr("myoscene.learn.models.registry.load_predictor", lambda path: FakeNetwork())
    rows = predict(tmp_path, "any", kind="signals", gap=(4.0, 4.55))
    table = builders.signals(gap=(4.0, 4.55))
    for row in rows.sample(20, random_state=1).itertuples():
        own = table[table["recording"] == row.recording]
        own = own[(own["time_s"] > row.start_s - 1e-6) & (own["time_s"] < row.start_s + LENGTH_S - 1e-6)]
        assert len(own) == 50 and set(own["segment"]) == {row.segment}
        mean = own["brow_left_uv"].to_numpy().mean() / 5
        assert row.p_smile == pytest.approx(1 / (1 + np.exp(-mean)), abs=1e-5)


def test_both_kinds_of_model_give_the_same_windows(tmp_path, monkeypatch):
    by_features = predict(tmp_path, builders.write_lda(tmp_path), gap=(4.0, 4.55))
    monkeypatch.setattr("myoscene.learn.models.registry.load_predictor", lambda path: FakeNetwork())
    by_signal = predict(tmp_path, "any", kind="signals", gap=(4.0, 4.55))
    keys = ["session", "scene", "recording", "segment", "stretch", "start_s", "time_s"]
    pd.testing.assert_frame_equal(by_features[keys], by_signal[keys])


def test_a_real_network_gives_each_window_its_own_probabilities(tmp_path):
    import torch
    from myoscene.config.sections import defaults
    from myoscene.learn.engine.card import SignalInput
    from myoscene.learn.models.cnn_tcn.model import CnnTcn
    from myoscene.learn.models.settings import CnnTcnSettings

    settings = defaults()["learn"]["cnn_tcn"] | {"stride_samples": 5, "stem_kernel_samples": 5, "dilations": [1, 2]}
    torch.manual_seed(2)
    told = CnnTcnSettings(**settings)
    network = CnnTcn(SignalInput(CHANNELS, 50, 10), len(CLASSES), told)
    arrays = {f"0/{name}": value.numpy() for name, value in network.state_dict().items()}
    path = tmp_path / "cnn_tcn" / "p3.safetensors"
    sizes = {"channels": CHANNELS, "window_samples": 50, "hop_samples": 10, "settings": settings, "members": [{}]}
    save_checkpoint(path, arrays, card(model="cnn_tcn", **sizes))
    rows = predict(tmp_path, path, kind="signals", gap=(4.0, 4.55))
    # busy: 9.05 to 12.45 s, on the second segment's grid; calm: 2 to 3.5, 4.55 to 6.45, and 1 to 3.5 s
    assert rows.groupby("scene").size().to_dict() == {"busy": 35, "calm": 16 + 20 + 26}
    table = builders.signals(gap=(4.0, 4.55)).set_index("recording")
    predictor = load_predictor(path)
    for row in rows.sample(10, random_state=2).itertuples():
        own = table.loc[row.recording]
        first = int(np.argmin(np.abs(own["time_s"].to_numpy() - row.start_s)))
        window = own[[f"{name}_uv" for name in CHANNELS]].to_numpy()[first : first + 50].T / np.float32(5)
        _, alone = predictor.predict_signal(window, 10)
        assert np.allclose(alone[0], [row.p_neutral, row.p_smile], atol=1e-5)


def test_other_channels_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("myoscene.learn.models.registry.load_predictor", lambda path: FakeNetwork(CHANNELS[::-1]))
    with pytest.raises(InputError, match="trained on the channels brow_right, brow_left"):
        predict(tmp_path, "any", kind="signals")


def test_sessions_keep_their_scenes_apart():
    people = builders.recordings(sessions=["01", "02"])
    scenes = scene_events(
        people, builders.events([("task-b", 0, 3, "calm", "scene"), ("task-a", 0, 3, "calm", "scene")])
    )
    assert scenes["recording"].tolist() == ["task-a", "task-b"]
    rows = windows_in_scenes(builders.features(builders.signals()), scenes, LENGTH_S, RATE_HZ)
    assert rows.groupby("session")["stretch"].unique().map(list).to_dict() == {"01": [0], "02": [0]}
    with_states = add_states(
        rows.assign(p_neutral=0.1, p_smile=0.9), CLASSES, HOP_S, StateSettings(0.3, 2 * HOP_S, 0.5)
    )
    assert set(with_states["expression"]) == {"smile"}


def test_window_edges_are_compared_in_samples():
    # 0.1 * 3 is more than 0.3 in floating point: the window at 0.3 s must not fall out of a scene from 0.3 s.
    windows = pd.DataFrame({"recording": "r", "segment": 0, "start_s": np.arange(10) * 0.1})
    scenes = pd.DataFrame({"session": "", "scene": "s", "recording": "r", "onset_s": [0.1 * 3], "stop_s": [0.8]})
    assert windows_in_scenes(windows, scenes, 0.5, 100.0)["start_s"].round(6).tolist() == [0.3]
