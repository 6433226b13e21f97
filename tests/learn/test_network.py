"""The network: one pass equals its windows, nothing is padded, nothing depends on where a window starts."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from myoscene.core.errors import InputError
from myoscene.learn.engine.card import Card, SignalInput
from myoscene.learn.models.cnn_tcn.geometry import fit_geometry, usable_strides
from myoscene.learn.models.cnn_tcn.model import CnnTcn, CnnTcnPredictor
from myoscene.learn.models.settings import CnnTcnSettings

from learn.builders import defaults

CARD = {
    "model": "cnn_tcn",
    "classes": ["neutral", "smile", "frown"],
    "missing_classes": [],
    "training_participants": [],
    "validation_participants": [],
    "channels": ["a", "b", "c", "d"],
    "rate_hz": 200.0,
}
SIZES = [
    (40, 10, {"stem_kernel_samples": 5, "stride_samples": 5, "kernel_steps": 2}),
    (40, 10, {"stem_kernel_samples": 4, "stride_samples": 2, "kernel_steps": 3}),
    (40, 10, {"stem_kernel_samples": 9, "stride_samples": 1, "kernel_steps": 3}),
    (53, 10, {"stem_kernel_samples": 7, "stride_samples": 10, "kernel_steps": 2}),
    (1000, 100, {}),
]


def predictor(window: int, hop: int, changes: dict, seed: int = 0) -> CnnTcnPredictor:
    """A network with random weights, none of them 0."""
    said = {**defaults("cnn_tcn"), **changes}
    torch.manual_seed(seed)
    network = CnnTcn(SignalInput(CARD["channels"], window, hop), 3, CnnTcnSettings(**said))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape))
    arrays = {f"0/{name}": tensor.numpy() for name, tensor in network.state_dict().items()}
    card = {**CARD, "window_samples": window, "hop_samples": hop, "settings": said, "members": [{}]}
    return CnnTcnPredictor(arrays, Card.of(card))


def signal(samples: int, seed: int = 1) -> np.ndarray:
    generator = np.random.default_rng(seed)
    level = 1 + np.sin(np.arange(samples) / 60)
    return (generator.standard_normal((4, samples)) * level).astype(np.float32)


@pytest.mark.parametrize(("window", "hop", "changes"), SIZES)
def test_one_pass_is_window_by_window(window: int, hop: int, changes: dict) -> None:
    model, x = predictor(window, hop, changes), signal(6 * window + 17)
    starts, dense = model.predict_signal(x, hop)
    assert starts.tolist() == list(range(0, x.shape[1] - window + 1, hop))
    alone = np.concatenate([model.predict_signal(x[:, s : s + window], hop)[1] for s in starts])
    assert dense.shape == alone.shape == (len(starts), 3)
    assert np.abs(dense - alone).max() <= 1e-5
    assert np.ptp(dense, axis=0).max() > 0.01, "a network that says the same everywhere proves nothing"


def test_a_long_recording_goes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    model, x = predictor(*SIZES[0]), signal(2000)
    starts, whole = model.predict_signal(x, 20)
    monkeypatch.setattr("myoscene.learn.engine.signals.PIECE", 333)
    starts_again, pieces = model.predict_signal(x, 20)
    assert np.array_equal(starts, starts_again)
    assert np.abs(whole - pieces).max() <= 1e-5


@pytest.mark.parametrize(("window", "hop", "changes"), SIZES)
def test_a_window_is_read_to_its_edges_and_no_further(window: int, hop: int, changes: dict) -> None:
    model, x = predictor(window, hop, changes), signal(3 * window)
    geometry = model.geometry
    gradient_of = torch.from_numpy(x)[None].requires_grad_()
    place = 3
    model.members[0](gradient_of)[0, :, place].square().sum().backward()
    assert gradient_of.grad is not None
    read = np.flatnonzero(gradient_of.grad[0].abs().sum(dim=0).numpy())
    assert read[0] == place * geometry.stride + geometry.skip
    assert read[-1] == place * geometry.stride + window - 1
    assert geometry.skip < geometry.stride


def test_nothing_before_or_after_a_window_matters() -> None:
    model, x = predictor(*SIZES[0]), signal(400)
    other = x.copy()
    other[:, :100], other[:, 140:] = 50.0, -50.0
    assert np.abs(model.predict_signal(x, 10)[1][10] - model.predict_signal(other, 10)[1][10]).max() <= 1e-5


def test_no_layer_pads_and_none_normalises_over_time() -> None:
    for module in predictor(*SIZES[4]).members[0].modules():
        assert not isinstance(
            module, (torch.nn.GroupNorm, torch.nn.InstanceNorm1d, torch.nn.modules.batchnorm._BatchNorm)
        )
        if isinstance(module, torch.nn.Conv1d):
            assert module.padding == (0,)


def test_too_short_a_signal_gives_no_window() -> None:
    starts, values = predictor(*SIZES[0]).predict_signal(signal(39), 10)
    assert starts.shape == (0,)
    assert values.shape == (0, 3)


def test_a_hop_off_the_stride_is_refused() -> None:
    with pytest.raises(InputError, match="hop of 12 samples is not a multiple of the network's stride of 5"):
        predictor(*SIZES[0]).predict_signal(signal(400), 12)


def test_other_channels_are_refused() -> None:
    with pytest.raises(InputError, match=r"has 3 channels, .* 4 \(a, b, c, d\)"):
        predictor(*SIZES[0]).predict_signal(signal(400)[:3], 10)


def test_the_config_is_told_what_fits() -> None:
    said = CnnTcnSettings()
    with pytest.raises(InputError, match=r"stride_samples = 25 does not divide the hop of 10 .* 1, 2, 5, 10"):
        fit_geometry(1000, 10, said)
    with pytest.raises(InputError, match="a window of 40 samples .* is too short"):
        fit_geometry(40, 50, said)
    assert usable_strides(12) == [1, 2, 3, 4, 6, 12]


def test_a_long_window_takes_all_dilations_and_a_short_one_what_fits() -> None:
    said = CnnTcnSettings()
    assert fit_geometry(1000, 100, said).dilations == (1, 2, 4, 8)
    assert fit_geometry(250, 100, said).dilations == (1, 2)
    assert fit_geometry(80, 100, said).dilations == ()


@given(st.integers(20, 400), st.integers(1, 12), st.integers(1, 15), st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_the_geometry_adds_up(window: int, stride: int, stem: int, kernel: int) -> None:
    said = CnnTcnSettings(stride_samples=stride, stem_kernel_samples=stem, kernel_steps=kernel, dilations=[1, 2, 4, 8])
    try:
        g = fit_geometry(window, stride * 3, said)
    except InputError:
        assert stem - 1 + 2 * stride - 1 > window
        return
    assert g.outputs >= 1
    assert g.steps == g.outputs + sum((kernel - 1) * d for d in g.dilations)
    assert g.skip + stem - 1 + g.pool + (g.steps - 1) * stride == window
    assert 0 <= g.skip < stride


def test_the_stem_measures_its_scale() -> None:
    network = predictor(*SIZES[0]).members[0]
    x = torch.from_numpy(signal(4000))
    network.stem.measure([x])
    logs = network.stem.log_scale(network.stem.power(x[None]))[0]
    assert torch.allclose(logs.mean(dim=1), torch.zeros(logs.shape[0]), atol=1e-3)
    assert torch.allclose(logs.std(dim=1), torch.ones(logs.shape[0]), atol=1e-2)


def test_downsampling_is_low_passed() -> None:
    """An envelope at the rate of the steps, which would alias to a constant, is taken out by the average."""
    model = predictor(40, 10, {"stem_kernel_samples": 1, "stride_samples": 10, "kernel_steps": 2})
    n = np.arange(2000)
    carrier = np.sign(np.sin(n * 2.1))
    modulated = np.sqrt(1 + 0.9 * np.cos(2 * np.pi * n / 10)) * carrier
    shifted = np.sqrt(1 + 0.9 * np.cos(2 * np.pi * (n + 5) / 10)) * carrier
    powers = [
        model.members[0].stem.power(torch.from_numpy(np.tile(x, (4, 1)).astype(np.float32))[None]).detach().mean(dim=2)
        for x in (modulated, shifted)
    ]
    assert torch.allclose(powers[0], powers[1], rtol=0.01)
