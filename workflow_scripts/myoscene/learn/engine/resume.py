"""A training job's state after an epoch, so that a killed job goes on from there with the very same weights."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from myoscene.learn.cohort.identity import PathLike
from myoscene.learn.engine.card import Entry
from myoscene.learn.engine.checkpoint import under
from myoscene.learn.engine.optimiser import MOMENTS
from myoscene.machinery.files import atomic_path


@dataclass
class State:
    """Where a training is after some epochs."""

    epoch: int  # how many are done
    weights: dict[str, Tensor]  # network state by name
    best: dict[str, Tensor]  # the same of the best epoch so far
    optimiser: list[dict[str, Tensor]]  # AdamW's moments, of every parameter in order
    history: list[Entry]  # an entry an epoch


def save_state(path: PathLike, state: State, binding: str) -> None:
    """Write ``state``; ``binding`` names the settings and data that it belongs to."""
    tensors = {f"weights/{name}": tensor for name, tensor in state.weights.items()}
    tensors |= {f"best/{name}": tensor for name, tensor in state.best.items()}
    for place, moments in enumerate(state.optimiser):
        tensors |= {f"optimiser/{place}/{name}": moments[name] for name in MOMENTS}
    tensors = {name: tensor.contiguous() for name, tensor in tensors.items()}
    about = json.dumps({"binding": binding, "epoch": state.epoch, "history": state.history})
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(tensors, {"state": about, "sha256": _digest(about, tensors)}))


def load_state(path: PathLike, binding: str) -> State | None:
    """The state at ``path``, or None when there is none that belongs to ``binding`` and can be read."""
    if not Path(path).is_file():
        return None
    try:
        with safe_open(str(path), framework="pt") as handle:
            written = handle.metadata()
            tensors = {name: handle.get_tensor(name) for name in handle.keys()}  # noqa: SIM118 (no mapping)
        if written["sha256"] != _digest(written["state"], tensors):
            return None  # damaged: the training begins anew, and gives the same weights
        about = json.loads(written["state"])
        if not isinstance(about, dict) or about.get("binding") != binding:
            return None
        number = len({name.split("/")[1] for name in tensors if name.startswith("optimiser/")})
        state = State(
            epoch=about["epoch"],
            weights=under(tensors, "weights/"),
            best=under(tensors, "best/"),
            optimiser=[under(tensors, f"optimiser/{place}/") for place in range(number)],
            history=about["history"],
        )
        return state if _whole(state) else None
    except (SafetensorError, OSError, ValueError, TypeError, KeyError, RecursionError, RuntimeError):
        return None


def _whole(state: State) -> bool:
    """Whether all parts are there and agree with each other."""
    shapes = {name: tensor.shape for name, tensor in state.weights.items()}
    entries = state.history if isinstance(state.history, list) else [None]
    return (
        type(state.epoch) is int
        and state.epoch == len(entries) > 0
        and all(isinstance(entry, dict) and {"epoch", "validation_loss"} <= entry.keys() for entry in entries)
        and bool(shapes)
        and {name: tensor.shape for name, tensor in state.best.items()} == shapes
        and all(set(moments) == set(MOMENTS) for moments in state.optimiser)
        and all(bool(torch.isfinite(t).all()) for t in (*state.weights.values(), *state.best.values()))
    )


def _digest(about: str, tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256(about.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().numpy().tobytes())
    return digest.hexdigest()
