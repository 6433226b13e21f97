"""Fusion of EMG and eyes: trained, stopped, held out, and robust to a missing modality."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from myoscene.core.errors import InputError
from myoscene.core.tables import to_arrow, write_table
from myoscene.learn.cohort.paired import read_paired
from myoscene.learn.cohort.stretches import stretches
from myoscene.learn.engine.card import Card
from myoscene.learn.engine.checkpoint import read_checkpoint, save_checkpoint
from myoscene.learn.engine.task import Execution
from myoscene.learn.models.fusion.base import FusionPredictor
from myoscene.learn.models.fusion.joint import JointNetwork, drop_modalities, make_events
from myoscene.learn.models.fusion.late import tempered
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.settings import FusionSettings
from myoscene.learn.scores.evaluate import held_out_predictions
from myoscene.learn.tables import BLINKS, PREDICTIONS

from learn import builders as b
from learn import fusion_builders as f
from learn.test_training import Stopped

FOLD = "p02"
MODELS = ["fusion_late", "fusion_joint"]
SAID = {model: f.spec(model, epochs=3) for model in MODELS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cohort in which p01 has no eye frames, with the encoders of a fold."""
    return f.write_cohort(tmp_path_factory.mktemp("fusion"), without_eyes=("p01",))


@pytest.fixture(scope="module")
def encoders(folder: Path) -> tuple[Path, Path]:
    return f.encoders(folder, FOLD)


@pytest.fixture(scope="module")
def trained(folder: Path, encoders: tuple[Path, Path]) -> dict[str, Path]:
    return {model: f.train(folder, SAID[model], FOLD, encoders, folder) for model in MODELS}


@pytest.mark.parametrize("model", MODELS)
def test_both_modalities_tell_what_neither_tells_alone(trained: dict[str, Path], folder: Path, model: str) -> None:
    found, labels = f.by_modality(trained[model], folder, FOLD)
    scores = {name: f.balanced(values, labels) for name, values in found.items()}
    assert scores["both"] > scores["emg"] + 0.1
    assert scores["both"] > scores["eyes"] + 0.1
    # One alone cannot tell two of the three classes apart, and still does better than a guess.
    assert min(scores["emg"], scores["eyes"]) > 0.5
    for values in found.values():
        assert np.allclose(values.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("model", MODELS)
def test_predictions_are_those_of_the_evaluation(trained: dict[str, Path], folder: Path, model: str) -> None:
    predictor = load_predictor(trained[model])
    table = held_out_predictions(predictor, f.cohort(folder), (FOLD,))
    to_arrow(table.assign(fold=FOLD), PREDICTIONS)
    emg = held_out_predictions(load_predictor(folder / "cnn_tcn" / f"{FOLD}.safetensors"), f.cohort(folder), (FOLD,))
    keys = ["participant", "recording", "event", "start_s", "label"]
    pd.testing.assert_frame_equal(table[keys], emg[keys])
    found, _ = f.by_modality(trained[model], folder, FOLD)
    assert np.allclose(f.probabilities(table), found["both"], atol=1e-6)


@pytest.mark.parametrize("model", MODELS)
def test_somebody_without_eyes_is_predicted_from_the_signal(trained: dict[str, Path], folder: Path, model: str) -> None:
    found, labels = f.by_modality(trained[model], folder, "p01")
    assert np.array_equal(found["both"], found["emg"])
    assert np.isnan(found["eyes"]).all()
    assert f.balanced(found["both"], labels) > 0.5


@pytest.mark.parametrize("model", MODELS)
def test_windows_without_a_frame_go_by_the_signal(trained: dict[str, Path], folder: Path, model: str) -> None:
    predictor = load_predictor(trained[model])
    assert isinstance(predictor, FusionPredictor)
    item, *_ = (items := read_paired(f.cohort(folder), (FOLD,), f.CLASSES))[0]
    frames, hop = items[1], predictor.card.signal.hop_samples
    signal = item.stretch.signal.numpy()
    times = item.stretch.time_s[predictor.window_starts(signal.shape[1], hop)]
    # The first window has none of the frames that are left, those that start where it ends have all of theirs.
    late = item.times >= times[0] + predictor.length_s
    apart = times >= times[0] + predictor.length_s
    assert late.any()
    assert apart.any()
    some = predictor.predict_windows(times, signal, hop, frames.take(item.places[late]), item.times[late])
    none = predictor.predict_windows(times, signal, hop)
    whole = predictor.predict_windows(times, signal, hop, frames.take(item.places), item.times)
    assert np.allclose(some[0], none[0], atol=1e-6)
    assert np.allclose(some[apart], whole[apart], atol=1e-6)
    assert np.abs(whole[0] - none[0]).max() > 0.01
    order = np.random.default_rng(0).permutation(len(item.times))
    mixed = predictor.predict_windows(times, signal, hop, frames.take(item.places[order]), item.times[order])
    assert np.allclose(mixed, whole, atol=1e-6)


def test_late_fusion_without_a_modality_is_the_other_model_calibrated(trained: dict[str, Path], folder: Path) -> None:
    found, _ = f.by_modality(trained["fusion_late"], folder, FOLD)
    card = json.loads(trained["fusion_late"].with_suffix(".json").read_text())["calibration"]
    own = held_out_predictions(load_predictor(folder / "cnn_tcn" / f"{FOLD}.safetensors"), f.cohort(folder), (FOLD,))
    assert np.allclose(found["emg"], tempered(f.probabilities(own), card["temperature_emg"]), atol=1e-5)
    eyes = load_predictor(folder / "eye_cnn" / f"{FOLD}.safetensors")
    items, frames = read_paired(f.cohort(folder), (FOLD,), f.CLASSES)
    first = items[0]
    inside = first.times < first.stretch.time_s[0] + b.WINDOW / b.RATE_HZ
    mean = eyes.predict_frames(frames.take(first.places[inside])).mean(axis=0, keepdims=True)
    assert np.allclose(found["eyes"][0], tempered(mean, card["temperature_eyes"])[0], atol=1e-5)


def test_joint_training_begins_with_the_sum_of_both_models_scores(folder: Path, encoders: tuple[Path, Path]) -> None:
    emg, eyes = (load_predictor(path).members[0] for path in encoders)
    network = JointNetwork(emg, eyes).eval()
    signal, images = torch.randn(2, len(b.CHANNELS), b.WINDOW), torch.randn(2, 1, 12, 24)
    features, embedding = emg.features(signal)[..., 0], eyes.embed(images)
    yes, no = torch.ones(2, dtype=torch.bool), torch.zeros(2, dtype=torch.bool)
    of_signal, of_images = emg(signal)[..., 0], eyes(images)
    assert torch.allclose(network.head(features, embedding, yes, yes), of_signal + of_images, atol=1e-5)
    assert torch.allclose(network.head(features, embedding, yes, no), of_signal, atol=1e-5)
    assert torch.allclose(network.head(features, embedding, no, yes), of_images, atol=1e-5)


def test_joint_training_moves_both_encoders_and_no_statistics(
    trained: dict[str, Path], encoders: tuple[Path, Path]
) -> None:
    arrays, card = read_checkpoint(trained["fusion_joint"])
    for prefix, path in zip(("emg/", "eyes/"), encoders, strict=True):
        before, _ = read_checkpoint(path)
        assert {f"{prefix}{name}" for name in before} == {name for name in arrays if name.startswith(prefix)}
        moved = {name for name, value in before.items() if not np.array_equal(value, arrays[f"{prefix}{name}"])}
        assert any("weight" in name for name in moved)
        assert not any("running" in name or name.startswith("0/head") or name == "plain_mean" for name in moved)
    assert {name for name in arrays if name.startswith("joint/")} == {"joint/0/linear.weight", "joint/0/linear.bias"}
    assert len(card.own["history"]) == 3


@pytest.mark.parametrize("model", MODELS)
def test_the_checkpoint_needs_no_other(trained: dict[str, Path], folder: Path, tmp_path: Path, model: str) -> None:
    for suffix in (".safetensors", ".json"):
        (tmp_path / f"x{suffix}").write_bytes(trained[model].with_suffix(suffix).read_bytes())
    alone = held_out_predictions(load_predictor(tmp_path / "x.safetensors"), f.cohort(folder), (FOLD,))
    assert np.array_equal(f.probabilities(alone), f.by_modality(trained[model], folder, FOLD)[0]["both"])


@pytest.mark.parametrize("model", MODELS)
def test_same_inputs_same_bytes(
    folder: Path, encoders: tuple[Path, Path], trained: dict[str, Path], tmp_path: Path, model: str
) -> None:
    again = f.train(folder, SAID[model], FOLD, encoders, tmp_path)
    for suffix in (".safetensors", ".json"):
        assert again.with_suffix(suffix).read_bytes() == trained[model].with_suffix(suffix).read_bytes()


@pytest.mark.parametrize("model", MODELS)
def test_nothing_of_the_held_out_person_touches_the_fold(
    encoders: tuple[Path, Path], trained: dict[str, Path], tmp_path: Path, model: str
) -> None:
    poisoned = f.write_cohort(tmp_path / "other", without_eyes=("p01",), change={FOLD: 77})
    again = f.train(poisoned, SAID[model], FOLD, encoders, tmp_path)
    assert again.read_bytes() == trained[model].read_bytes()


def test_late_fusion_reads_the_validation_people_alone(
    encoders: tuple[Path, Path], trained: dict[str, Path], tmp_path: Path
) -> None:
    card = json.loads(trained["fusion_late"].with_suffix(".json").read_text())
    training, validation = card["training_participants"], card["validation_participants"]
    poisoned = f.write_cohort(tmp_path / "a", without_eyes=("p01",), change=dict.fromkeys([FOLD, *training], 5))
    same = f.train(poisoned, SAID["fusion_late"], FOLD, encoders, tmp_path / "a")
    assert same.read_bytes() == trained["fusion_late"].read_bytes()
    moved = f.write_cohort(tmp_path / "b", without_eyes=("p01",), change=dict.fromkeys(validation, 5))
    other = f.train(moved, SAID["fusion_late"], FOLD, encoders, tmp_path / "b")
    assert json.loads(other.with_suffix(".json").read_text())["calibration"] != card["calibration"]


def test_joint_training_goes_on_after_a_kill(
    folder: Path, encoders: tuple[Path, Path], trained: dict[str, Path], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    import myoscene.learn.engine.loop as loop

    state = tmp_path / "state.safetensors"
    whole, done = loop.run_epoch, []

    def counted(*given):
        if len(done) == 2:
            raise Stopped
        done.append(1)
        return whole(*given)

    with monkeypatch.context() as context:
        context.setattr(loop, "run_epoch", counted)
        with pytest.raises(Stopped):
            f.train(folder, SAID["fusion_joint"], FOLD, encoders, tmp_path, execution=Execution(state))
    assert state.is_file()
    assert not (tmp_path / "fusion_joint").exists()
    kept = state.read_bytes()
    done[:] = [1]  # one epoch is left
    with monkeypatch.context() as context:
        context.setattr(loop, "run_epoch", counted)
        resumed = f.train(folder, SAID["fusion_joint"], FOLD, encoders, tmp_path, execution=Execution(state))
    assert not state.exists()
    assert resumed.read_bytes() == trained["fusion_joint"].read_bytes()
    # A state of other data is ignored.
    state.write_bytes(kept)
    gone = f.rows_of(folder, ("p04",)).head(40).assign(fold=FOLD, p_closed=1.0, synthetic=True)
    write_table(tmp_path / "blinks.parquet", gone[list(BLINKS.columns)], BLINKS)
    given = {"told": SAID["fusion_joint"], "fold": FOLD, "given": encoders, "blinks": tmp_path / "blinks.parquet"}
    stale = f.train(folder, out=tmp_path / "stale", execution=Execution(state), **given)
    fresh = f.train(folder, out=tmp_path / "fresh", **given)
    assert stale.read_bytes() == fresh.read_bytes() != resumed.read_bytes()


def test_modality_dropout_leaves_out_one_of_two_for_a_whole_event(folder: Path) -> None:
    items, _ = read_paired(f.cohort(folder), ("p01", "p05"), f.CLASSES)
    geometry = load_predictor(folder / "cnn_tcn" / f"{FOLD}.safetensors").geometry
    events = make_events(items, geometry, b.WINDOW / b.RATE_HZ)
    blind = torch.tensor([event.participant == "p01" for event in events])
    generator = torch.Generator().manual_seed(0)
    drawn = torch.stack([drop_modalities(events, 0.3, generator) for _ in range(400)])
    assert not (drawn[..., 0] & drawn[..., 1]).any()
    assert not drawn[:, blind, 0].any(), "an event without frames keeps its signal"
    assert drawn[:, ~blind].to(torch.float32).mean(dim=(0, 1)).tolist() == pytest.approx([0.15, 0.15], abs=0.03)
    assert not drop_modalities(events, 0.0, generator).any()


@pytest.mark.parametrize(
    ("which", "changes", "message"),
    [
        (1, {"fold": "p04"}, "fold 'p02' was given the 'eye_cnn' of fold 'p04'"),
        (0, {"fold": "p05"}, "fold 'p02' was given the 'cnn_tcn' of fold 'p05'"),
        (1, {"classes": ["neutral", "smile", "closed"]}, "differ in their classes .*'eye_cnn' has .*closed"),
        (1, {"training_participants": ["p01", "p02"]}, "differ in their training participants"),
        (1, {"validation_participants": ["p02"]}, "differ in their validation participants"),
    ],
)
def test_encoders_of_another_making_are_refused(
    folder: Path, encoders: tuple[Path, Path], tmp_path: Path, which: int, changes: dict, message: str
) -> None:
    arrays, card = read_checkpoint(encoders[which])
    altered = tmp_path / "altered.safetensors"
    save_checkpoint(altered, arrays, Card.of(card.plain() | changes))
    given = (altered, encoders[1]) if which == 0 else (encoders[0], altered)
    with pytest.raises(InputError, match=message):
        f.train(folder, SAID["fusion_late"], FOLD, given, tmp_path)
    assert not (tmp_path / "fusion_late").exists()


def test_other_classes_or_people_than_the_fold_s_are_refused(
    folder: Path, encoders: tuple[Path, Path], tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="differ in their classes"):
        f.train(folder, replace(SAID["fusion_joint"], classes=["neutral", "smile"]), FOLD, encoders, tmp_path)
    both = []
    for path in encoders:
        arrays, card = read_checkpoint(path)
        both.append(tmp_path / f"{card.model}.safetensors")
        save_checkpoint(both[-1], arrays, replace(card, training_participants=["p01"]))
    with pytest.raises(InputError, match="trained on other participants than the fold has now"):
        f.train(folder, SAID["fusion_joint"], FOLD, (both[0], both[1]), tmp_path)


def test_several_members_are_pairs_and_calibrate_people_whom_some_did_not_train_on(
    folder: Path, encoders: tuple[Path, Path], trained: dict[str, Path], tmp_path: Path
) -> None:
    several = f.encoders(folder, FOLD, tmp_path, emg={"members": 3}, eyes={"members": 2})
    late = load_predictor(f.train(folder, SAID["fusion_late"], FOLD, several, tmp_path))
    assert isinstance(late, FusionPredictor)
    assert (len(late.emg.members), len(late.eyes.members), len(late.members)) == (3, 2, 2)
    own, more = (
        card["calibration"]["events"] for card in (load_predictor(trained["fusion_late"]).card.own, late.card.own)
    )
    assert more > own, "people whom a second member was not trained on are judged by that one"
    joint = load_predictor(f.train(folder, SAID["fusion_joint"], FOLD, several, tmp_path))
    assert [member.validation for member in joint.card.members] == [m.validation for m in late.emg.card.members[:2]]
    arrays, one = read_checkpoint(tmp_path / "fusion_joint" / f"{FOLD}.safetensors")[0], trained["fusion_joint"]
    same, _ = read_checkpoint(one)
    assert all(np.array_equal(arrays[name], same[name]) for name in same), "one member is the first of many"
    whole, *alone = (
        f.probabilities(held_out_predictions(model, f.cohort(folder), (FOLD,)))
        for model in (joint, joint.alone(0), joint.alone(1))
    )
    assert np.abs(alone[0] - alone[1]).max() > 1e-3
    assert np.allclose(whole, np.mean(alone, axis=0), atol=1e-6)


def test_a_window_count_that_does_not_fit_is_a_mistake(trained: dict[str, Path], folder: Path) -> None:
    predictor = load_predictor(trained["fusion_late"])
    assert isinstance(predictor, FusionPredictor)
    item = stretches(f.signals_of(folder, (FOLD,)), f.CLASSES)[0]
    with pytest.raises(ValueError, match="2 window starts"):
        predictor.predict_windows(item.time_s[:2], item.signal.numpy(), predictor.card.signal.hop_samples)
    with pytest.raises(InputError, match="channels"):
        predictor.predict_windows(item.time_s[:2], item.signal.numpy()[:1], predictor.card.signal.hop_samples)


def test_a_dropped_modality_says_nothing_and_a_window_without_any_does_not_count(
    folder: Path, encoders: tuple[Path, Path]
) -> None:
    import myoscene.learn.models.fusion.joint as joint

    emg, eyes = (load_predictor(path) for path in encoders)
    network = JointNetwork(emg.members[0], eyes.members[0]).eval()
    items, frames = read_paired(f.cohort(folder), ("p01", "p04"), f.CLASSES)
    events = make_events(items, emg.geometry, b.WINDOW / b.RATE_HZ)
    course = joint.JointCourse((events, events), frames, emg, eyes, FusionSettings())
    chosen = [events[0], events[-1]]  # p01 has no frames

    def scores(*dropped: list[bool]) -> tuple[torch.Tensor, torch.Tensor]:
        with torch.inference_mode():
            shown = course.inputs(chosen, None, torch.tensor(dropped))
            return network(*shown.inputs), shown.targets

    whole, targets = scores([False, False], [False, False])
    no_eyes, _ = scores([False, True], [False, True])
    no_emg, masked = scores([True, False], [True, False])
    kept = len(chosen[1].averages)
    assert torch.equal(whole[0], no_eyes[0])
    assert (masked[0] == -100).all()
    assert (targets[1, :kept] == chosen[1].label).all()
    assert torch.equal(masked[1], targets[1])
    with torch.inference_mode():
        alone = emg.members[0](chosen[1].signal[None])[0]
    assert torch.allclose(no_eyes[1, :, :kept], alone, atol=1e-5)
    # The network begins as a sum: what the eyes say is what is left without the signal.
    assert torch.allclose(whole[1, :, :kept] - alone, no_emg[1, :, :kept], atol=1e-4)
    assert no_emg[1, :, :kept].abs().max() > 0.1
