"""Fuzzing checkpoints: weights and card of every kind of model, and the state that a killed training goes on from."""

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzz import mutations
from fuzz.engine import fuzz
from learn import builders
from myoscene.learn.cohort.split import Split
from myoscene.learn.engine.card import Card, Fitted, SignalInput, TrainingSpec
from myoscene.learn.engine.card import card_of as written
from myoscene.learn.engine.checkpoint import card_path, save_checkpoint
from myoscene.learn.models.registry import load_predictor

Record = Callable[[str, object], None]
CLASSICAL, NETWORKS = ("lda", "knn", "boosted_trees"), ("cnn_tcn", "cnn", "lstm", "eye_cnn")
CLASSES = ["neutral", "smile", "frown"]
# Between weights and card in the one input that is mutated; no weights hold it.
PARTING = b"\n<<<card>>>\n"


def card_of(model: str, inputs: dict[str, Any], settings: dict[str, Any], **more: Any) -> Card:
    """A card as the trainings write it."""
    spec = TrainingSpec(model, CLASSES, settings, 1, True, rate_hz=200.0, windows={"length_s": 0.2})
    split = Split("p01", ("p03", "p04"), ("p02",), ("p01",))
    card = written(spec, split, Fitted({}, ["frown"], history=[{"epoch": 1}], packages=("numpy",)))
    return Card.of(card.plain() | inputs | more)


def classical(model: str) -> tuple[dict[str, np.ndarray], Card]:
    """Weights and card of a model on two features and two classes that were trained."""
    from myoscene.learn.engine.features import Examples
    from myoscene.learn.models.linear import fit_knn, fit_lda
    from myoscene.learn.models.settings import BoostedTreesSettings, KnnSettings, LdaSettings
    from myoscene.learn.models.trees import fit_boosted_trees

    generator = np.random.default_rng(1)
    y = np.arange(40) % 2
    x = generator.standard_normal((40, 2)) + y[:, None]
    settings = builders.defaults(model)
    if model == "boosted_trees":
        settings |= {"iterations": 4, "smallest_leaf": 5}
        arrays, _ = fit_boosted_trees(Examples(x, y), Examples(x, y), BoostedTreesSettings(**settings), 1)
    elif model == "lda":
        arrays = fit_lda(x, y, LdaSettings(**settings))
    else:
        arrays = fit_knn(x, y, KnnSettings(**settings))
    arrays["class_index"] = np.array([0, 1])
    return arrays, card_of(model, {"features": ["mav__a", "mav__b"]}, settings)


def network(model: str) -> tuple[dict[str, np.ndarray], Card]:
    """Weights, as they are before any training, and card of a network."""
    import torch
    from myoscene.learn.models.cnn import Cnn
    from myoscene.learn.models.cnn_tcn.model import CnnTcn
    from myoscene.learn.models.eye_cnn.model import EyeCnn
    from myoscene.learn.models.lstm import Lstm
    from myoscene.learn.models.settings import CnnSettings, CnnTcnSettings, EyeCnnSettings, LstmSettings

    torch.manual_seed(1)
    settings = builders.defaults(model)
    if model != "eye_cnn":
        tcn = {"stem_filters": 3, "stem_kernel_samples": 5, "stride_samples": 5, "width": 4, "kernel_steps": 2}
        small = {"cnn_tcn": tcn, "cnn": {"step_samples": 5, "width": 4}, "lstm": {"step_samples": 5, "width": 2}}
        settings |= small[model]
        kinds = {"cnn_tcn": (CnnTcn, CnnTcnSettings), "cnn": (Cnn, CnnSettings), "lstm": (Lstm, LstmSettings)}
        network_class, kind = kinds[model]
        made: torch.nn.Module = network_class(SignalInput(["a", "b"], 40, 10), 3, kind(**settings))
        inputs = {"channels": ["a", "b"], "window_samples": 40, "hop_samples": 10}
        more: dict[str, np.ndarray] = {}
    else:
        settings |= {"widths": [2, 3]}
        made = EyeCnn(3, 2, EyeCnnSettings(**settings))
        inputs = {"height_px": 8, "width_px": 16, "n_eyes": 2, "personalised": False}
        more = {"plain_mean": np.zeros((8, 16), np.float32)}
    weights = {f"0/{name}": tensor.numpy() for name, tensor in made.state_dict().items()}
    return weights | more, card_of(model, inputs, settings, members=[{"epochs": 1}])


def _card(data: bytes, where: int, what: int) -> bytes:
    """The card with one node replaced, removed, repeated or renamed."""
    weights, parting, card = data.partition(PARTING)
    return weights + parting + mutations.TREE[0](card, where, what)


def _header(data: bytes, where: int, what: int) -> bytes:
    """The same for the JSON header of the weights, whose length stays right."""
    length = int.from_bytes(data[:8], "little")
    header = mutations.TREE[0](data[8 : 8 + length], where, what)
    return len(header).to_bytes(8, "little") + header + data[8 + length :]


def _values(data: bytes, where: int, what: int) -> bytes:
    """Eight bytes of the weights themselves become zeros, ones (NaN) or another number."""
    start = 8 + int.from_bytes(data[:8], "little")
    place = start + where * max(len(data) - start, 1) // mutations.SCALE // 8 * 8
    value = (b"\0" * 8, b"\xff" * 8, b"\0\0\xc0\x7f" * 2, b"\x05" + b"\0" * 7)[what % 4]
    return data[:place] + value + data[place + 8 :]


CHANGES = (*mutations.BINARY, *(_card,) * 12, *(_header,) * 8, *(_values,) * 6)


def predict(predictor: Any) -> np.ndarray:
    """Probabilities of a few samples."""
    import pandas as pd

    generator = np.random.default_rng(2)
    if predictor.kind == "features":
        frame = pd.DataFrame(generator.standard_normal((5, len(predictor.features))), columns=predictor.features)
        return predictor.predict_features(frame)
    if predictor.kind == "signal":
        signal = generator.standard_normal((len(predictor.channels), 200)).astype(np.float32)
        return predictor.predict_signal(signal, predictor.windows.stride)[1]
    import torch
    from myoscene.learn.engine.frames import probabilities_of

    images = torch.from_numpy(generator.standard_normal((3, 1, 8, 16)).astype(np.float32))
    with torch.inference_mode():
        return probabilities_of(predictor.members[0](images), predictor.card.untrained).numpy()


@pytest.mark.parametrize("model", [*CLASSICAL, *NETWORKS])
def test_fuzz_checkpoint(tmp_path: Path, record_property: Record, model: str) -> None:
    path = tmp_path / "p01.safetensors"
    arrays, card = (network if model in NETWORKS else classical)(model)
    save_checkpoint(path, arrays, card)
    seed = path.read_bytes() + PARTING + card_path(path).read_bytes()

    def read(data: bytes) -> tuple[Any, np.ndarray]:
        weights, _, said = data.partition(PARTING)
        path.write_bytes(weights)
        card_path(path).write_bytes(said)
        predictor = load_predictor(path)
        return predictor, predict(predictor)

    def check(data: bytes, found: tuple[Any, np.ndarray]) -> None:
        predictor, probabilities = found
        said = json.loads(data.partition(PARTING)[2])
        assert predictor.classes == said["classes"] and probabilities.shape[1] == len(said["classes"])
        assert np.isfinite(probabilities).all() and np.allclose(probabilities.sum(axis=1), 1, atol=1e-4)
        missing = [place for place, name in enumerate(said["classes"]) if name in said["missing_classes"]]
        assert (probabilities[:, missing] == 0).all()

    fuzz(
        f"checkpoint ({model})", [seed], read, changes=CHANGES, names=["p01."], check=check, record=record_property,
        same=lambda a, b: np.array_equal(a[1], b[1]),
    )  # fmt: skip


def test_fuzz_training_state(tmp_path: Path, record_property: Record) -> None:
    import torch
    from myoscene.core.errors import InputError
    from myoscene.learn.engine.resume import MOMENTS, State, load_state, save_state

    path = tmp_path / "state.safetensors"
    weights = {"a": torch.ones(3, 2), "b": torch.zeros(2)}
    moments = [{name: torch.zeros(()) if name == "step" else torch.ones(2) for name in MOMENTS}]
    history = [{"epoch": 1, "validation_loss": 0.5}, {"epoch": 2, "validation_loss": 0.4}]
    best = {name: tensor.clone() for name, tensor in weights.items()}
    save_state(path, State(2, weights, best, moments, history), "binding")

    def read(data: bytes) -> State:
        path.write_bytes(data)
        state = load_state(path, "binding")
        if state is None:  # the training begins again, which is how a state that cannot be used is refused
            raise InputError("state.safetensors is not gone on from")
        return state

    def check(data: bytes, state: State) -> None:
        assert state.epoch == len(state.history) > 0
        assert {name: t.shape for name, t in state.weights.items()} == {name: t.shape for name, t in state.best.items()}
        assert all(bool(torch.isfinite(t).all()) for t in (*state.weights.values(), *state.best.values()))
        for moment in state.optimiser:
            assert set(moment) == set(MOMENTS)

    changes: Sequence[mutations.Change] = (*mutations.BINARY, *(_header,) * 8, *(_values,) * 4)
    fuzz(
        "training state", [path.read_bytes()], read, changes=changes, names=[path.name], check=check,
        same=lambda a, b: a.epoch == b.epoch, record=record_property,
    )  # fmt: skip


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_fuzz_weights_file(
    tmp_path: Path, record_property: Record, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    """The weights that a user brings for eye_inception, of a network of three tensors instead of 100 MB."""
    import io

    import torch
    from myoscene.learn.models.eye_inception import weights as inception_weights
    from safetensors.torch import save

    held = {"a.weight": torch.ones(3, 2), "a.bias": torch.zeros(3), "b.num_batches_tracked": torch.tensor(7)}
    shapes = {name: tuple(tensor.shape) for name, tensor in held.items()}
    monkeypatch.setattr(inception_weights, "expected_shapes", lambda: shapes)
    path = tmp_path / f"weights{suffix}"
    buffer = io.BytesIO()
    torch.save(held, buffer)

    def read(data: bytes) -> dict[str, torch.Tensor]:
        path.write_bytes(data)
        return inception_weights.load_weights(path, hashlib.sha256(data).hexdigest())

    def check(data: bytes, found: dict[str, torch.Tensor]) -> None:
        assert {name: tuple(tensor.shape) for name, tensor in found.items()} == shapes
        assert all(bool(tensor.isfinite().all()) for tensor in found.values())

    seed, changes = (
        (buffer.getvalue(), mutations.BINARY) if suffix == ".pth" else (save(held), (*mutations.BINARY, _header))
    )
    fuzz(
        f"eye_inception weights ({suffix})", [seed], read, changes=changes, names=[path.name], check=check,
        same=lambda a, b: all(torch.equal(a[name], b[name]) for name in shapes), record=record_property,
    )  # fmt: skip
