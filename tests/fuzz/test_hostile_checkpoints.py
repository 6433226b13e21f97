"""Checkpoints of wrong shapes and types, and cards and headers that announce too much: refused, at no cost."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fuzz.hostile import refused
from fuzz.test_fuzz_checkpoints import CLASSICAL, NETWORKS, card_of, classical, network
from myoscene.core.errors import InputError
from myoscene.learn.engine.checkpoint import card_path, save_checkpoint
from myoscene.learn.models.registry import load_predictor


def change_of(name: str, array: np.ndarray) -> list[np.ndarray]:
    """Arrays that are not what a reader expects under this name."""
    found = [array.reshape(-1)[:0], array[None], np.concatenate([array, array]) if array.ndim else array.reshape(1)]
    found += [array.astype(np.float16), array.astype(np.int8)]
    return [*found, np.full_like(array, np.nan)] if array.dtype.kind == "f" else found


@pytest.mark.parametrize("model", [*CLASSICAL, *NETWORKS])
def test_every_array_of_a_checkpoint_has_its_shape_and_type(tmp_path: Path, model: str) -> None:
    arrays, card = (network if model in NETWORKS else classical)(model)
    path = tmp_path / "p01.safetensors"
    # Counters of batch normalisation, which nothing reads after training, may be any.
    for name, array in ((n, a) for n, a in arrays.items() if not n.endswith("num_batches_tracked")):
        for other in [None, *change_of(name, array)]:
            changed = {**arrays, name: other} if other is not None else {k: v for k, v in arrays.items() if k != name}
            save_checkpoint(path, changed, card)
            with pytest.raises(InputError, match=r"p01\.safetensors is not a model that can be used"):
                load_predictor(path)
    save_checkpoint(path, arrays, card)
    assert load_predictor(path).classes == card.classes


@pytest.mark.parametrize(
    ("model", "key", "value"),
    [
        ("cnn_tcn", "stem_filters", 10**9),
        ("cnn_tcn", "width", 10**9),
        ("cnn_tcn", "stem_kernel_samples", 10**9),
        ("cnn_tcn", "stride_samples", 10**9),
        ("cnn_tcn", "dilations", [10**12]),
        ("cnn", "width", 10**9),
        ("cnn", "layers", 10**9),
        ("cnn", "kernel_steps", 10**12),
        ("lstm", "width", 10**9),
        ("lstm", "step_samples", 10**12),
        ("eye_cnn", "widths", [10**6, 10**6]),
        ("eye_cnn", "widths", [1] * 10**5),
    ],
)
def test_a_card_that_asks_for_a_huge_network_gets_none(tmp_path: Path, model: str, key: str, value: Any) -> None:
    arrays, card = network(model)
    told = replace(card, spec=replace(card.spec, settings={**card.settings, key: value}))
    save_checkpoint(tmp_path / "p01.safetensors", arrays, told)
    refused("p01.safetensors", lambda: load_predictor(tmp_path / "p01.safetensors"))


def test_trees_that_go_round_in_circles_are_refused(tmp_path: Path) -> None:
    arrays, card = classical("boosted_trees")
    inner = int(np.flatnonzero(arrays["is_leaf"] == 0)[0])
    arrays["left"] = arrays["left"].copy()
    arrays["left"][inner] = inner
    save_checkpoint(tmp_path / "p01.safetensors", arrays, card)
    message = refused("p01.safetensors", lambda: load_predictor(tmp_path / "p01.safetensors"))
    assert "'left' leaves its tree" in message


@pytest.mark.parametrize("length", [2**60, 2**63, 2**64 - 1, 10**8])
def test_a_safetensors_header_of_any_length_costs_nothing(tmp_path: Path, length: int) -> None:
    path = tmp_path / "p01.safetensors"
    save_checkpoint(path, *classical("lda"))
    path.write_bytes(length.to_bytes(8, "little") + path.read_bytes()[8:])
    assert "unreadable" in refused(path.name, lambda: load_predictor(path))


def test_a_card_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p01.safetensors"
    save_checkpoint(path, *classical("lda"))
    for text in (
        "[]",
        "3",
        "null",
        '{"format": 1}',
        '{"format": 1, "model": "../../x"}',
        "[" * 10**5,
        '{"format": 1e999}',
    ):
        card_path(path).write_text(text)
        refused("p01.", lambda: load_predictor(path))
    assert card_of("lda", {}, {}).missing_classes == ["frown"]
