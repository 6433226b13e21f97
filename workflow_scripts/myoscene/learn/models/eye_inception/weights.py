"""The weights of ``eye_inception``: a file that the user names, bound by its SHA-256, or a refusal.

They cannot be had without the user, and a network of that name with any other weights would be another model. Nothing
at the head of this module loads torch: the workflow asks :func:`check_weights` whenever it is called.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myoscene.core.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

PathLike = str | os.PathLike[str]
WEIGHTS, CHECKSUM = "learn.eye_inception.weights", "learn.eye_inception.sha256"
SUFFIXES = (".pth", ".pt", ".safetensors")
NAMED = 3  # how many of the wrong names a message gives
SAVE = "save the network's state_dict()"
# A count that batch normalisation keeps and never reads with a fixed momentum; old files lack it.
COUNT = "num_batches_tracked"


def _unusable(path: PathLike, needs: str, found: str, remedy: str) -> InputError:
    return InputError(f"eye_inception needs {needs}, and '{path}' {found}; {remedy}")


def check_weights(path: PathLike | None, checksum: str | None) -> None:
    """Refuse what is not a usable weights file; the hash itself is left to the job.

    Raises:
        InputError: no file named, no such file, a suffix other than ``.pth``, ``.pt``, ``.safetensors``, no
            checksum, or one that is not a SHA-256.
    """
    if not path:
        raise InputError(
            f"eye_inception needs InceptionV3 weights, which do not come with this workflow: name a file with "
            f"torchvision's parameter names in {WEIGHTS} and its SHA-256 in {CHECKSUM}, or take the model out of "
            f"learn.models"
        )
    if not Path(path).is_file():
        raise InputError(f"eye_inception needs its weights file, and there is no '{path}'; correct {WEIGHTS}")
    if Path(path).suffix.lower() not in SUFFIXES:
        needs = f"weights as {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        raise _unusable(path, needs, f"of {WEIGHTS} is none of these", "name such a file")
    required_checksum(checksum)


def required_checksum(checksum: str | None) -> str:
    """``checksum`` in lower case; InputError where there is none, or it is not a SHA-256."""
    if not checksum:
        raise InputError(
            f"eye_inception needs the SHA-256 of its weights file in {CHECKSUM}, so that results tell which weights "
            f"made them; take it from where the file comes from"
        )
    if not re.fullmatch(r"[0-9a-fA-F]{64}", checksum):
        raise InputError(
            f"eye_inception needs a SHA-256 of 64 hexadecimal digits in {CHECKSUM}, not '{checksum}'; correct it"
        )
    return checksum.lower()


def load_weights(path: PathLike | None, sha256: str | None) -> "dict[str, Tensor]":
    """The checked weights by torchvision's names: float32, and counts as int64 (0 where a file has none).

    Only tensors are read; a pickle with anything else in it is refused and never run.

    Raises:
        InputError: as :func:`check_weights`; the checksum differs; the file is unreadable or holds anything but
            tensors; names or shapes are not those of torchvision's ``inception_v3``; values are not finite.
    """
    check_weights(path, sha256)
    assert path is not None and sha256 is not None
    content = Path(path).read_bytes()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256.lower():
        what = f"has SHA-256 {found} instead"
        raise _unusable(path, f"the very file of {CHECKSUM}", what, "get the right file, or correct the checksum")
    import torch

    tensors, expected = _tensors(Path(path), content), expected_shapes()
    _require_names(path, tensors, expected)
    complete = {}
    for name in expected:
        if name.endswith(COUNT):
            complete[name] = tensors.get(name, torch.zeros(())).to(torch.int64).clone()
            continue
        values = tensors[name]
        if not values.is_floating_point() or not bool(values.isfinite().all()):
            raise InputError(
                f"eye_inception needs finite floating-point weights, and {name} in '{path}' is not; get the file again"
            )
        complete[name] = values.to(torch.float32).clone()
    return complete


def _tensors(path: Path, content: bytes) -> "dict[str, Tensor]":
    """What the file holds, if it holds a mapping of names to tensors and nothing else."""
    import io
    import pickle

    import torch
    from safetensors.torch import load

    try:
        if path.suffix.lower() == ".safetensors":
            held: Any = load(content)
        else:
            held = torch.load(io.BytesIO(content), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        found = "is a pickle with other things in it, which is not opened"
        raise _unusable(path, "a file of tensors alone", found, f"{SAVE} instead") from None
    # What torch's own unpickler raises of a damaged pickle is not a closed list: IndexError, TypeError, KeyError, ...
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise _unusable(path, "a readable weights file", f"cannot be read as one ({reason})", "get it again") from None
    if not isinstance(held, dict) or not held:
        raise _unusable(path, "a state_dict (names and tensors)", f"holds a {type(held).__name__}", SAVE)
    others = [str(name) for name, value in held.items() if not isinstance(value, torch.Tensor)]
    if others:
        found = f"holds {', '.join(others[:NAMED])} beside or instead of them"
        raise _unusable(path, "a file of tensors alone", found, SAVE)
    return dict(held)


def expected_shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of everything in a state of torchvision's ``inception_v3`` with its 1000 classes."""
    import torch

    from myoscene.learn.models.eye_inception.network import InceptionV3

    with torch.device("meta"):
        return {name: tuple(tensor.shape) for name, tensor in InceptionV3().state_dict().items()}


def _require_names(path: PathLike, tensors: "dict[str, Tensor]", expected: dict[str, tuple[int, ...]]) -> None:
    """InputError, naming the first few, where names or shapes are not torchvision's."""
    missing = sorted(name for name in expected if name not in tensors and not name.endswith(COUNT))
    unknown = sorted(name for name in tensors if name not in expected)
    if missing or unknown:
        parts = [f"lacks {_first(missing)}"] if missing else []
        parts += [f"has {_first(unknown)} that it does not know"] if unknown else []
        needs = "the parameter names of torchvision's inception_v3 (AuxLogits included)"
        raise _unusable(path, needs, " and ".join(parts), f"name another file in {WEIGHTS}")
    wrong = [
        f"{name} ({' x '.join(map(str, tensors[name].shape))}, not {' x '.join(map(str, shape))})"
        for name, shape in sorted(expected.items())
        if name in tensors and tuple(tensors[name].shape) != shape
    ]
    if wrong:
        needs, found = "the shapes of torchvision's inception_v3", f"has other ones: {_first(wrong)}"
        raise _unusable(path, needs, found, f"name another file in {WEIGHTS}")


def _first(names: list[str]) -> str:
    """The first few, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
