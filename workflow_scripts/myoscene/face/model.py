"""The model file and the runtime that its networks need."""

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.face.folders import MODEL
from myoscene.face.mesh import Networks

# MediaPipe's face_landmarker.task, float16, version 1, as published by Google: the networks that the tests are of.
SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"
# Where it is looked for.
PLACE = MODEL
_GET = "`make face-model` gets both the model and its runtime"


def read_model(path: Path) -> dict[str, bytes]:
    """The files in the model file, by name. InputError where it is missing, or is not the one that is known."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError(
            f"the face model {path} does not exist; {_GET}, or give a copy of yours (--model; in the workflow, "
            "face.model)"
        ) from None
    except OSError as error:
        raise InputError(f"the face model {path} cannot be read ({error.strerror}); {_GET}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise InputError(
            f"{path} is not the face model that this version knows: its SHA-256 is {found[:16]}... instead of "
            f"{SHA256[:16]}...; delete it, then {_GET}"
        )
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def load_networks(files: dict[str, bytes]) -> Networks:
    """The three networks on one thread. InputError where the runtime is not installed."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        raise InputError(
            f"the face model's runtime (ai-edge-litert) is not installed; {_GET} (or `pip install 'myoscene[face]'`)"
        ) from None
    nets = {
        name: _Network(Interpreter(model_content=files[f"face_{name}.tflite"], num_threads=1))
        for name in ("detector", "landmarks_detector", "blendshapes")
    }

    def detect(image: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        boxes, scores = nets["detector"](image[None])
        return boxes[0], scores[0, :, 0]

    def mesh(image: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
        points, presence, *_ = nets["landmarks_detector"](image[None])
        return points.reshape(478, 3), float(1 / (1 + np.exp(-float(presence.ravel()[0]))))

    return Networks(detect, mesh, lambda points: nets["blendshapes"](points[None])[0])


class _Network:
    """One network: array in, arrays out, in the order of the file."""

    def __init__(self, interpreter: Any) -> None:
        interpreter.allocate_tensors()
        self._interpreter = interpreter
        self._input = interpreter.get_input_details()[0]["index"]
        self._outputs = [item["index"] for item in interpreter.get_output_details()]

    def __call__(self, values: NDArray[np.float32]) -> list[NDArray[Any]]:
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]
