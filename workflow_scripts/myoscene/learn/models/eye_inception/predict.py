"""Predictions of ``eye_inception`` over eye frames, from their embeddings or from their pixels."""

import os
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from myoscene.core.errors import InputError
from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.engine.card_check import Arrays, need, shape, size
from myoscene.learn.models.eye_cnn.train import Preparation
from myoscene.learn.models.eye_inception.embed import EyeInception, frozen_network, unpersonalised
from myoscene.learn.models.eye_inception.network import WIDTH
from myoscene.learn.models.eye_inception.train import HEADS, read_embeddings

BATCH = 256


class InceptionPredictor:
    """A trained ``eye_inception``. See :class:`myoscene.learn.engine.checkpoint.Predictor`.

    A frozen one holds only its heads. It reads embeddings where the frames have them; for frames that come as pixels
    alone it needs the user's weights file again.

    Args:
        weights: that file; its SHA-256 has to be the card's.
    """

    kind = "eyes"

    def __init__(
        self, arrays: dict[str, np.ndarray], card: dict[str, Any], weights: str | os.PathLike[str] | None = None
    ) -> None:
        self.card = card
        self.classes: list[str] = card["classes"]
        self.weights = weights
        self.frozen = card["mode"] == "frozen"
        self._arrays = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        self._embedder: EyeInception | None = None if self.frozen else self._finetuned()
        heads = [name for name in HEADS if card["heads"].get(name, {}).get("trained")]
        self.heads = heads if self.frozen else []

    @staticmethod
    def check(arrays: Arrays, card: dict[str, Any]) -> None:
        """See :func:`myoscene.learn.engine.card_check.check_model`."""
        size(card["side_px"], "side_px", 4096)
        need(card["mode"] in ("frozen", "finetuned"), f"mode is {card['mode']!r}")
        if card["mode"] != "frozen":
            return
        heads = [name for name, said in card["heads"].items() if said.get("trained")]
        need(bool(heads), "no head is trained")
        for head in heads:
            weight = arrays[f"{head}/weight"]
            classes = len(card["classes"])
            need(weight.ndim == 2 and len(weight) == classes, f"'{head}/weight' is {weight.shape}")
            for name, wanted in (("centre", weight.shape[1:]), ("spread", weight.shape[1:]), ("bias", (classes,))):
                shape(arrays, f"{head}/{name}", wanted, np.float32)

    def adapted_to(self, table: pd.DataFrame, frames: EyeFrames) -> "InceptionPredictor":
        """Itself: its normalisation is that of the user's weights."""
        return self

    def predict_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Probabilities ``(frames, classes)``.

        Raises:
            InputError: frames of another size than the training's, or a frozen model without embeddings and weights.
        """
        return self._each(frames, len(self.classes), self._probabilities)

    def embed_frames(self, frames: EyeFrames) -> NDArray[np.float32]:
        """Embeddings ``(frames, 2048)`` of the input that the prediction of each frame uses; raises as that does."""
        return self._each(frames, WIDTH, lambda part, embeddings: embeddings)

    @torch.inference_mode()
    def _each(self, frames: EyeFrames, columns: int, of: Any) -> NDArray[np.float32]:
        self._check(frames)
        found = np.zeros((len(frames), columns), dtype=np.float32)
        for start in range(0, len(frames), BATCH):
            part = frames.take(np.arange(start, min(start + BATCH, len(frames))))
            found[start : start + BATCH] = of(part, self._embeddings(part)).numpy()
        return found

    def _check(self, frames: EyeFrames) -> None:
        size = (self.card["height_px"], self.card["width_px"], self.card["n_eyes"])
        if (frames.height, frames.width, frames.n_eyes) != size:
            raise InputError(
                f"the frames in {frames.images.path} are {frames.height} x {frames.width} px ({frames.n_eyes} eyes), "
                f"and the model '{self.card['model']}' was trained on {size[0]} x {size[1]} px ({size[2]} eyes); "
                f"use one config"
            )

    def _personalised(self, frames: EyeFrames) -> NDArray[np.bool_]:
        """Which frames are personalised: their session has a neutral image, and there is a head for such."""
        return (frames.neutral >= 0) & ("personalised" in self.heads)

    def _embeddings(self, frames: EyeFrames) -> Tensor:
        """``(frames, 2048)`` of the input that each frame is predicted from."""
        if not self.frozen:
            prepare = Preparation(self._arrays["plain_mean"], self.card["personalised"], standardise="none")
        elif frames.embeddings is not None:
            column = torch.from_numpy(self._personalised(frames).astype(np.int64))
            return read_embeddings(frames)[torch.arange(len(frames)), column]
        else:
            prepare = unpersonalised(frames, "personalised" in self.heads)
        return self._network().embed(prepare(frames))

    def _probabilities(self, frames: EyeFrames, embeddings: Tensor) -> Tensor:
        if not self.frozen:
            return _softmax(self._network().network.fc(embeddings), self.classes, self.card["missing_classes"])
        found = torch.zeros(len(frames), len(self.classes))
        personalised = self._personalised(frames)
        for name in self.heads:
            chosen = torch.from_numpy(personalised == (name == "personalised"))
            own = {part: self._arrays[f"{name}/{part}"] for part in ("centre", "spread", "weight", "bias")}
            standard = (embeddings[chosen] - own["centre"]) / own["spread"]
            scores = standard @ own["weight"].T + own["bias"]
            found[chosen] = _softmax(scores, self.classes, self.card["heads"][name]["missing_classes"])
        return found

    def _network(self) -> EyeInception:
        """The network; a frozen model's comes from the user's file, once."""
        if self._embedder is None:
            if self.weights is None:
                raise InputError(
                    f"the model '{self.card['model']}' of fold '{self.card['fold']}' keeps only its head, and these "
                    f"frames have no embeddings: make them with embed_inception, or give the weights file "
                    f"of SHA-256 {self.card['weights_sha256']} (learn.eye_inception.weights)"
                )
            self._embedder = frozen_network(self.weights, self.card["weights_sha256"], self.card["side_px"])
        return self._embedder

    def _finetuned(self) -> EyeInception:
        network = EyeInception(len(self.classes), self.card["settings"]["dropout"], self.card["side_px"])
        own = {name.removeprefix("0/"): array for name, array in self._arrays.items() if name.startswith("0/")}
        network.network.load_state_dict(own)
        return network.eval()


def _softmax(scores: Tensor, classes: list[str], missing: list[str]) -> Tensor:
    """Probabilities ``(frames, classes)``; a class that nobody trained on cannot be predicted."""
    untrained = [place for place, name in enumerate(classes) if name in missing]
    scores = scores.clone()
    scores[:, untrained] = -torch.inf
    return scores.softmax(dim=1)
