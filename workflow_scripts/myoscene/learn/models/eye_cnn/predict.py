"""Predictions of a trained network over eye frames, a batch at a time."""

from copy import copy
from typing import Any, cast

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.engine.card_check import Arrays, check_members, need, shape, size
from myoscene.learn.models.eye_cnn.adapt import LEAST, adapted, reference_frames
from myoscene.learn.models.eye_cnn.network import EMBEDDING, EyeCnn
from myoscene.learn.models.eye_cnn.train import Preparation

BATCH = 256


class EyePredictor:
    """``eye_cnn`` with its weights. See :class:`myoscene.learn.engine.checkpoint.Predictor`."""

    kind = "eyes"

    def __init__(self, arrays: dict[str, np.ndarray], card: dict[str, Any]) -> None:
        self.card = card
        self.classes: list[str] = card["classes"]
        plain_mean = torch.from_numpy(arrays["plain_mean"].copy())
        self.prepare = Preparation(plain_mean, card["personalised"], card["settings"]["standardise"])
        self.members = [self._member(arrays, f"{number}/") for number in range(len(card["members"]))]
        untrained = [index for index, name in enumerate(self.classes) if name in card["missing_classes"]]
        self.untrained = torch.tensor(untrained, dtype=torch.long)

    def _member(self, arrays: dict[str, np.ndarray], prefix: str) -> EyeCnn:
        settings = self.card["settings"]
        network = EyeCnn(len(self.classes), self.card["n_eyes"], settings["widths"], settings["dropout"])
        own = {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
        network.load_state_dict({name: torch.from_numpy(np.array(array)) for name, array in own.items()})
        return network.eval()

    @staticmethod
    def check(arrays: Arrays, card: dict[str, Any]) -> None:
        """See :func:`myoscene.learn.engine.card_check.check_model`."""
        members = check_members(arrays, card)
        need(card["n_eyes"] in (1, 2) and type(card["personalised"]) is bool, "n_eyes or personalised is no such value")
        stages = [
            name for name in arrays if name.startswith("0/stages.") and arrays[name].ndim == 4 and name.count(".") == 2
        ]
        widths = [arrays[name].shape[0] for name in sorted(stages, key=lambda name: int(name.split(".")[1]))]
        # A blink classifier that nobody could be fitted for has a card, and no member.
        need(not members or card["settings"]["widths"] == widths, "the weights have other sizes than the card")
        height, width = size(card["height_px"], "height_px", 4096), size(card["width_px"], "width_px", 4096)
        shape(arrays, "plain_mean", (height, width), np.float32)

    def chosen(self, numbers: list[int]) -> "EyePredictor":
        """The same with only the members ``numbers``."""
        part = copy(self)
        part.members = [self.members[number] for number in numbers]
        return part

    def adapted_to(self, table: pd.DataFrame, frames: EyeFrames) -> "EyePredictor":
        """The same with the batch normalisation of one participant, if the settings ask for it (``adapt``).

        Args:
            table: all frames of the participant that are at hand; their labels are asked for no more than whether there
                is one.
            frames: the frames of its rows.
        """
        share = self.card["settings"].get("adapt", 0.0)
        own = reference_frames(table, frames, self.classes) if share else frames
        if not share or len(own) < LEAST:
            return self
        self._check(own)
        images, part = self.prepare(own), copy(self)
        part.members = [cast(EyeCnn, adapted(network, images, share)) for network in self.members]
        return part

    def predict_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Probabilities ``(frames, classes)``: the mean of the members'."""
        return self._each(frames, len(self.classes), False)

    def embed_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Embeddings ``(frames, 64)``: the mean of the members'."""
        return self._each(frames, EMBEDDING, True)

    @torch.inference_mode()
    def _each(self, frames: EyeFrames, columns: int, embedding: bool) -> NDArray[np.float32]:
        self._check(frames)
        found = np.zeros((len(frames), columns), dtype=np.float32)
        for start in range(0, len(frames), BATCH):
            images = self.prepare(frames, start, start + BATCH)
            parts = [network.embed(images) if embedding else self._probabilities(network, images)
                     for network in self.members]  # fmt: skip
            found[start : start + BATCH] = torch.stack(parts).mean(dim=0).numpy()
        return found

    def _probabilities(self, network: EyeCnn, images: torch.Tensor) -> torch.Tensor:
        scores = network(images)
        scores[:, self.untrained] = -torch.inf  # a class that nobody trained on cannot be predicted
        return scores.softmax(dim=1)

    def _check(self, frames: EyeFrames) -> None:
        size = (self.card["height_px"], self.card["width_px"], self.card["n_eyes"])
        if (frames.height, frames.width, frames.n_eyes) != size:
            raise InputError(
                f"frames in {frames.images.path} are {frames.height} x {frames.width} px ({frames.n_eyes} eyes), the "
                f"model '{self.card['model']}' was trained on {size[0]} x {size[1]} px ({size[2]} eyes); use one config"
            )
