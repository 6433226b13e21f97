"""A stack of networks gives what each of them gives alone; and where they are trained."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from myoscene.core.errors import InputError
from myoscene.learn.cohort.frames import read_cohort_frames
from myoscene.learn.engine.checkpoint import read_checkpoint
from myoscene.learn.engine.device import prepare
from myoscene.learn.engine.task import Execution
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.train import train_task

from learn import builders as b
from learn import eye_builders as e
from learn.test_training import Stopped, stop_after

FOLD = "p02"


def epochs_of(path: Path) -> list[int]:
    """How many epochs each member was trained."""
    history = json.loads(path.with_suffix(".json").read_text())["history"]
    return [sum(entry["member"] == member for entry in history) for member in range(3)]


def assert_alike(stacked: Path, alone: Path) -> None:
    (ours, _), (theirs, _) = read_checkpoint(stacked), read_checkpoint(alone)
    assert ours.keys() == theirs.keys()
    for name in ours:
        assert np.allclose(ours[name], theirs[name], atol=1e-5), name
    losses = [
        [entry["validation_loss"] for entry in json.loads(path.with_suffix(".json").read_text())["history"]]
        for path in (stacked, alone)
    ]
    assert np.allclose(*losses, atol=1e-4)


@pytest.fixture(scope="module")
def signals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return b.write_cohort(tmp_path_factory.mktemp("signals"), b.signals())


@pytest.mark.parametrize("model", ["cnn_tcn", "cnn"])
def test_a_stack_on_signals_is_its_members_one_by_one(signals: Path, tmp_path: Path, model: str) -> None:
    """Events of different lengths, dropout, early stopping after other epochs."""
    spec = b.spec(model, epochs=14, members=3, patience=3)
    alone, stacked = (
        b.train(signals, model, FOLD, tmp_path / str(how), spec, Execution(stacked=how)) for how in (False, True)
    )
    assert_alike(stacked, alone)
    assert epochs_of(stacked) == epochs_of(alone)
    assert len(set(epochs_of(alone))) > 1, "members stop after other epochs, and leave the stack"
    x = np.random.default_rng(0).standard_normal((len(b.CHANNELS), 400)).astype(np.float32)
    ours, theirs = (load_predictor(path).predict_signal(x, b.HOP)[1] for path in (stacked, alone))
    assert np.array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))


def test_a_stack_on_eye_frames_is_its_members_one_by_one(tmp_path: Path) -> None:
    """Each member's batch normalisation learns of its own frames, and batches differ in size."""
    folder = e.write_eye_cohort(tmp_path / "cohort")
    # At larger rates rounding grows, as between any two machines.
    spec, paths = e.spec(epochs=6, members=3, patience=1, learning_rate=0.003), []
    for how in (False, True):
        paths.append(tmp_path / str(how) / "p02.safetensors")
        train_task(e.task(folder, spec, execution=Execution(stacked=how)), paths[-1])
    assert_alike(paths[1], paths[0])
    predictors = [load_predictor(path) for path in paths]
    _, frames = read_cohort_frames(e.cohort(folder), [FOLD], e.CLASSES)
    theirs, ours = (predictor.predict_frames(frames) for predictor in predictors)
    assert np.allclose(ours, theirs, atol=1e-5)
    assert np.array_equal(ours.argmax(axis=1), theirs.argmax(axis=1))
    assert epochs_of(paths[1]) == epochs_of(paths[0])


def test_a_killed_stack_goes_on(signals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec, state = b.spec("cnn_tcn", epochs=4, members=3), tmp_path / "state.safetensors"
    whole = b.train(signals, "cnn_tcn", FOLD, tmp_path / "whole", spec, Execution(stacked=True))
    with monkeypatch.context() as context:
        stop_after(context, 2)
        with pytest.raises(Stopped):
            b.train(signals, "cnn_tcn", FOLD, tmp_path / "killed", spec, Execution(state, stacked=True))
    assert len(list(tmp_path.glob("state*"))) == 3
    resumed = b.train(signals, "cnn_tcn", FOLD, tmp_path / "killed", spec, Execution(state, stacked=True))
    assert resumed.read_bytes() == whole.read_bytes()
    assert not list(tmp_path.glob("state*"))


def test_a_network_that_cannot_be_stacked_is_trained_one_by_one(signals: Path, tmp_path: Path) -> None:
    spec = b.spec("lstm", epochs=2, members=2)
    alone, stacked = (
        b.train(signals, "lstm", FOLD, tmp_path / str(how), spec, Execution(stacked=how)) for how in (False, True)
    )
    assert stacked.read_bytes() == alone.read_bytes()


def test_the_device_is_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    assert prepare("cpu") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="cannot be trained on 'cuda': this machine has no GPU"):
        prepare("cuda")
    with pytest.raises(InputError, match="cannot be trained on 'tpu'; use one of cpu, cuda"):
        prepare("tpu")


@pytest.mark.parametrize("model", ["cnn_tcn", "cnn", "lstm"])
def test_without_a_gpu_a_training_on_one_is_refused(
    signals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match="this machine has no GPU that torch can use; use 'cpu'"):
        b.train(signals, model, FOLD, tmp_path, b.spec(model, epochs=1), Execution(device="cuda"))
    assert not list(tmp_path.rglob("*.safetensors"))
