"""What MediaPipe's users keep as JSON, and arrays of EMOCA (a folder an image) and SMIRK (``.npz``)."""

import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.face.names import BLENDSHAPES
from myoscene.face.others.common import Found, seen_only

_BY_NAME = {name.casefold(): name for name in BLENDSHAPES}
# Of a folder an image (EMOCA) and of a file (SMIRK): array -> numbers a frame.
_EMOCA = {"exp": 50, "pose": 6}
_SMIRK = {"expression_params": 50, "eyelid_params": 2, "jaw_params": 3}
# EMOCA's names: the image's, which ends with its number, and the face's number in it.
_FRAME = re.compile(r"(?:.*?\D)??(\d{1,15})(?:_\d{2,3})?", re.ASCII | re.DOTALL)
# What zipfile and numpy raise of damaged archives; RuntimeError: of one marked as encrypted.
_DAMAGED = (OSError, ValueError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


def read_json(path: Path) -> Found:
    """MediaPipe's results, a list of frames: each with ``faceBlendshapes`` (categories with a name and a score).

    Keys are found in any case, with or without ``_``; times are ``timestamp_ms``, ``timestamp_s`` or ``time_s``.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read as JSON ({error}); check the file") from None
    if isinstance(content, dict):
        content = next((value for value in content.values() if isinstance(value, list)), None)
    if not isinstance(content, list) or not content or not all(isinstance(item, dict) for item in content):
        raise InputError(f"{path} is no list of frames with blendshapes; give MediaPipe's results, one object a frame")
    rows, times = [], []
    for number, item in enumerate(content):
        plain = {_plain(key): value for key, value in item.items()}
        where = f"{path}, frame {number}"
        shapes = plain.get("faceblendshapes", plain.get("blendshapes", []))
        rows.append(_scores(shapes, where))
        times.append(_time(plain, where))
    values = pd.DataFrame(rows, columns=list(BLENDSHAPES), dtype=float)
    is_face = values.notna().all(axis=1).to_numpy()
    if not is_face.any():
        raise InputError(f"{path} has no frame with all {len(BLENDSHAPES)} blendshapes; check the file")
    time_s = np.array(times) if all(time is not None for time in times) else None
    return Found("MediaPipe", seen_only(values, is_face), is_face, time_s, np.arange(len(rows)))


def _plain(key: str) -> str:
    return key.replace("_", "").casefold()


def _scores(shapes: Any, where: str) -> dict[str, float]:
    """Name -> score, of categories in one list, in a list of faces, or of an object of scores."""
    if isinstance(shapes, dict) and isinstance(shapes.get("categories"), list):
        shapes = shapes["categories"]
    if isinstance(shapes, list) and shapes and isinstance(shapes[0], list | dict) and _is_face(shapes[0]):
        if len(shapes) > 1:
            raise InputError(f"{where} has {len(shapes)} faces; keep one of them")
        return _scores(shapes[0], where)
    if isinstance(shapes, list) and all(isinstance(item, dict) for item in shapes):
        items = [{_plain(key): value for key, value in item.items()} for item in shapes]
        shapes = {str(item.get("categoryname", "")): item.get("score") for item in items}
    if not isinstance(shapes, dict):
        raise InputError(f"{where}: blendshapes are neither categories nor an object of scores; check the file")
    found = {_BY_NAME[name.casefold()]: score for name, score in shapes.items() if name.casefold() in _BY_NAME}
    wrong = [name for name, score in found.items() if not _is_number(score)]
    if wrong:
        raise InputError(f"{where}: the score of {wrong[0]} is no number; check the file")
    return found


def _is_face(item: Any) -> bool:
    """Whether this is all of one face, and not one category."""
    return isinstance(item, list) or "categories" in item


def _is_number(value: Any) -> bool:
    """Whether this is a number that a float can hold: JSON has longer ones."""
    return isinstance(value, int | float) and abs(value) < 1e300


def _time(plain: Mapping[str, Any], where: str) -> float | None:
    for name, unit in (("timestampms", 1e-3), ("timestamps", 1.0), ("times", 1.0)):
        value = plain.get(name)
        if value is not None:
            if not _is_number(value):
                raise InputError(f"{where}: its time is no number; check the file")
            return float(value) * unit
    return None


def read_emoca(folder: Path) -> Found:
    """Folders named after a frame and a face (``000012_000``), each with ``exp.npy`` and ``pose.npy`` (head 3, jaw 3).

    Raises:
        InputError: no such folder, one without a number, several of one frame, or arrays that are none of EMOCA's.
    """
    folders: dict[int, Path] = {}
    for path in sorted(path.parent for path in folder.glob("*/exp.npy")):
        number = _FRAME.fullmatch(path.name)
        if not number:
            raise InputError(
                f"{path} has no number of a frame in its name; give it the name that EMOCA does, as 000012_000"
            )
        other = folders.setdefault(int(number[1]), path)
        if other != path:
            raise InputError(
                f"{folder} holds several faces of one image, '{other.name}' and '{path.name}'; keep one face of each"
            )
    if not folders:
        raise InputError(f"{folder} holds no folder with exp.npy, as EMOCA writes one for each image; check the path")
    frames = sorted(folders)
    rows = [
        np.concatenate([_loaded(folders[k] / f"{name}.npy", size) for name, size in _EMOCA.items()]) for k in frames
    ]
    return _of_arrays("EMOCA", _EMOCA, np.array(rows), np.array(frames, np.int64))


def _loaded(path: Path, size: int) -> NDArray[np.float64]:
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} cannot be read as an array ({error}); check the file") from None
    return _checked(values, (size,), str(path))


def _checked(values: Any, shape: tuple[int, ...], where: str) -> NDArray[np.float64]:
    wanted = int(np.prod(shape))
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu" or values.size != wanted:
        raise InputError(f"{where} has to hold {' x '.join(map(str, shape))} numbers; check that the tool wrote it")
    if not np.isfinite(values).all():
        raise InputError(f"{where} holds values that are not numbers; leave that frame out")
    return values.reshape(shape).astype(np.float64)


def read_smirk(path: Path) -> Found:
    """An ``.npz`` with ``expression_params`` ``(frames, 50)``, ``eyelid_params`` (2) and ``jaw_params`` (3)."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name.casefold(): archive[name] for name in archive.files}
    except _DAMAGED as error:
        raise InputError(f"{path} cannot be read as .npz ({error}); check the file") from None
    if "expression_params" not in arrays:
        raise InputError(f"{path} has no array 'expression_params', as SMIRK names it; check the file")
    there = {name: size for name, size in _SMIRK.items() if name in arrays}
    frames = arrays["expression_params"].size // _SMIRK["expression_params"]
    parts = [_checked(arrays[name], (frames, size), f"{path}, '{name}',") for name, size in there.items()]
    return _of_arrays("SMIRK", there, np.hstack(parts), np.arange(frames))


def _of_arrays(tool: str, sizes: dict[str, int], rows: NDArray[np.float64], frame: NDArray[np.int64]) -> Found:
    names = [f"{name.removesuffix('_params')}_{place:02d}" for name, size in sizes.items() for place in range(size)]
    every = np.ones(len(rows), bool)
    return Found(tool, pd.DataFrame(rows, columns=names), every, None, frame)
