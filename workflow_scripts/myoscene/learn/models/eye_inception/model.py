"""``eye_inception``: how it is checked and predicts over eye frames, from their embeddings or from their pixels."""

import os
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from myoscene.core.errors import InputError
from myoscene.learn.cohort.frames import EyeFrames
from myoscene.learn.engine.card import Card
from myoscene.learn.engine.check import need, shape, size
from myoscene.learn.engine.checkpoint import Arrays
from myoscene.learn.engine.frames import probabilities_of, require_size
from myoscene.learn.engine.image_input import Preparation
from myoscene.learn.models.eye_inception.embed import EyeInception, frozen_network, unpersonalised
from myoscene.learn.models.eye_inception.network import WIDTH
from myoscene.learn.models.eye_inception.train import HEADS, read_embeddings
from myoscene.learn.models.eye_inception.train import fit as fit

BATCH = 256


class InceptionPredictor:
    """A trained ``eye_inception``. See :class:`myoscene.learn.models.registry.Predictor`.

    A frozen one holds only its heads. It reads embeddings where the frames have them; for frames that come as pixels
    alone it needs the user's weights file again.

    Args:
        weights: that file; its SHA-256 has to be the card's.
    """

    kind = "eyes"

    def __init__(self, arrays: Arrays, card: Card, weights: str | os.PathLike[str] | None = None) -> None:
        assert card.images is not None
        self.card, self.classes, self.weights = card, card.classes, weights
        self.personalised = card.images.personalised
        self.frozen = card.own["mode"] == "frozen"
        self._arrays = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
        self._embedder: EyeInception | None = None if self.frozen else self._finetuned()
        heads = [name for name in HEADS if card.own["heads"].get(name, {}).get("trained")]
        self.heads = heads if self.frozen else []

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
    def _each(self, frames: EyeFrames, columns: int, of: Callable[[EyeFrames, Tensor], Tensor]) -> NDArray[np.float32]:
        require_size(self.card, frames)
        found = np.zeros((len(frames), columns), dtype=np.float32)
        for start in range(0, len(frames), BATCH):
            part = frames.take(np.arange(start, min(start + BATCH, len(frames))))
            found[start : start + BATCH] = of(part, self._embeddings(part)).numpy()
        return found

    def _personalised(self, frames: EyeFrames) -> NDArray[np.bool_]:
        """Which frames are personalised: their session has a neutral image, and there is a head for such."""
        return (frames.neutral >= 0) & ("personalised" in self.heads)

    def _embeddings(self, frames: EyeFrames) -> Tensor:
        """``(frames, 2048)`` of the input that each frame is predicted from."""
        if not self.frozen:
            prepare = Preparation(self._arrays["plain_mean"], self.personalised, standardise="none")
        elif frames.embeddings is not None:
            column = torch.from_numpy(self._personalised(frames).astype(np.int64))
            return read_embeddings(frames)[torch.arange(len(frames)), column]
        else:
            prepare = unpersonalised(frames, "personalised" in self.heads)
        return self._network().embed(prepare(frames))

    def _probabilities(self, frames: EyeFrames, embeddings: Tensor) -> Tensor:
        if not self.frozen:
            return probabilities_of(self._network().network.fc(embeddings), self.card.untrained)
        found = torch.zeros(len(frames), len(self.classes))
        personalised = self._personalised(frames)
        for name in self.heads:
            chosen = torch.from_numpy(personalised == (name == "personalised"))
            own = {part: self._arrays[f"{name}/{part}"] for part in ("centre", "spread", "weight", "bias")}
            standard = (embeddings[chosen] - own["centre"]) / own["spread"]
            scores = standard @ own["weight"].T + own["bias"]
            missing = self.card.own["heads"][name]["missing_classes"]
            found[chosen] = probabilities_of(scores, [i for i, label in enumerate(self.classes) if label in missing])
        return found

    def _network(self) -> EyeInception:
        """The network; a frozen model's comes from the user's file, once."""
        if self._embedder is None:
            if self.weights is None:
                raise InputError(
                    f"the model '{self.card.model}' of fold '{self.card.fold}' keeps only its head, and these "
                    f"frames have no embeddings: make them with embed_inception, or give the weights file "
                    f"of SHA-256 {self.card.own['weights_sha256']} (learn.eye_inception.weights)"
                )
            self._embedder = frozen_network(self.weights, self.card.own["weights_sha256"], self.card.own["side_px"])
        return self._embedder

    def _finetuned(self) -> EyeInception:
        network = EyeInception(len(self.classes), self.card.settings["dropout"], self.card.own["side_px"])
        network.network.load_state_dict(
            {name.removeprefix("0/"): array for name, array in self._arrays.items() if name.startswith("0/")}
        )
        return network.eval()


def check(arrays: Arrays, card: Card) -> None:
    """See :func:`myoscene.learn.models.registry.load_predictor`."""
    said, classes = card.own, len(card.classes)
    size(said["side_px"], "side_px", 4096)
    need(said["mode"] in ("frozen", "finetuned"), f"mode is {said['mode']!r}")
    if said["mode"] != "frozen":
        return
    heads = [name for name, head in said["heads"].items() if head.get("trained")]
    need(bool(heads), "no head is trained")
    for head in heads:
        weight = arrays[f"{head}/weight"]
        need(weight.ndim == 2 and len(weight) == classes, f"'{head}/weight' is {weight.shape}")
        for name, wanted in (("centre", weight.shape[1:]), ("spread", weight.shape[1:]), ("bias", (classes,))):
            shape(arrays, f"{head}/{name}", wanted, np.float32)
