"""The small networks on windows: one pass equals its windows, every hop is whole steps, and a kill costs nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch
from myoscene.core.errors import InputError
from myoscene.learn.engine.card import SignalInput
from myoscene.learn.engine.checkpoint import read_checkpoint, save_checkpoint
from myoscene.learn.engine.signals import SignalNetwork
from myoscene.learn.engine.task import Execution
from myoscene.learn.models.cnn import Cnn
from myoscene.learn.models.lstm import Lstm
from myoscene.learn.models.registry import load_predictor
from myoscene.learn.models.settings import CnnSettings, LstmSettings

from learn import builders as b
from learn.test_training import Stopped, stop_after

NETWORKS = {"cnn": (Cnn, CnnSettings), "lstm": (Lstm, LstmSettings)}


def network(model: str, window: int, hop: int, **changes: int) -> SignalNetwork:
    torch.manual_seed(3)
    sizes = SignalInput(["a", "b"], window, hop)
    made, settings = NETWORKS[model]
    return made(sizes, 3, settings(**{"width": 5, **changes})).eval()


@pytest.mark.parametrize("model", NETWORKS)
@pytest.mark.parametrize(("window", "hop"), [(40, 10), (53, 10), (100, 7), (7, 7), (1000, 100)])
def test_one_pass_is_window_by_window(model: str, window: int, hop: int) -> None:
    found = network(model, window, hop)
    signal = torch.randn(1, 2, 3 * window + 17, generator=torch.Generator().manual_seed(0)).cumsum(dim=2)
    with torch.inference_mode():
        dense = found(signal)
        starts = range(0, signal.shape[2] - window + 1, found.stride)
        alone = torch.cat([found(signal[:, :, start : start + window]) for start in starts], dim=2)
    assert dense.shape == alone.shape == (1, 3, found.windows_in(signal.shape[2]))
    assert torch.allclose(dense, alone, atol=1e-5)
    assert hop % found.stride == 0
    assert dense.std() > 0


@pytest.mark.parametrize("model", NETWORKS)
def test_zeros_after_a_signal_change_no_earlier_score(model: str) -> None:
    found, signal = network(model, 40, 10), torch.randn(1, 2, 95)
    with torch.inference_mode():
        filled = found(torch.nn.functional.pad(signal, (0, 33)))
        assert torch.allclose(filled[..., : found.windows_in(95)], found(signal), atol=1e-6)


def test_a_window_too_short_for_all_layers_gets_fewer() -> None:
    said = {"step_samples": 5, "kernel_steps": 3, "layers": 3}
    assert [len(network("cnn", steps * 5, 5, **said).layers) for steps in (1, 3, 5)] == [3, 1, 2]


@pytest.mark.parametrize("model", NETWORKS)
def test_a_killed_training_goes_on_to_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, model: str
) -> None:
    folder, state = b.write_cohort(tmp_path, b.signals()), tmp_path / "state.safetensors"
    whole = b.train(folder, model, "p02", tmp_path / "whole")
    with monkeypatch.context() as context:
        stop_after(context, 5)
        with pytest.raises(Stopped):
            b.train(folder, model, "p02", tmp_path / "killed", execution=Execution(state))
    assert state.is_file()
    resumed = b.train(folder, model, "p02", tmp_path / "killed", execution=Execution(state))
    assert not state.exists()
    assert resumed.read_bytes() == whole.read_bytes()
    assert resumed.with_suffix(".json").read_bytes() == whole.with_suffix(".json").read_bytes()


@pytest.mark.parametrize("model", NETWORKS)
def test_weights_of_another_size_are_refused(tmp_path: Path, model: str) -> None:
    path = b.train(b.write_cohort(tmp_path, b.signals()), model, "p02", spec=b.spec(model, epochs=1))
    arrays, card = read_checkpoint(path)
    for name in arrays:
        if arrays[name].ndim:
            save_checkpoint(path, {**arrays, name: np.concatenate([arrays[name]] * 2)}, card)
            with pytest.raises(InputError, match="is not a model that can be used"):
                load_predictor(path)
    with pytest.raises(InputError, match="is not a model that can be used"):
        save_checkpoint(path, {name: arrays[name] for name in list(arrays)[1:]}, card)
        load_predictor(path)
