"""Embeddings of eye images by InceptionV3: once an image and input, for every fold and whatever its classes."""

import os
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.eyes.store import ArrayStore, write_store
from myoscene.eyes.tables import FRAMES
from myoscene.learn.cohort.files import FrameFiles
from myoscene.learn.cohort.frames import EyeFrames, from_table
from myoscene.learn.engine.device import prepare
from myoscene.learn.engine.image_input import Preparation
from myoscene.learn.models.eye_inception.network import MEAN, SIDE, SPREAD, WIDTH, InceptionV3
from myoscene.learn.models.eye_inception.weights import load_weights
from myoscene.learn.tables import COHORT_EYES

PathLike = str | os.PathLike[str]
# Columns of an embedding store: frames as they are, and minus their session's mean neutral image.
PLAIN, PERSONALISED = 0, 1
# Images in the network at a time (about 10 MB each), and rows of a store in memory at a time.
AT_ONCE, READ = 16, 1024
# Grey values 0 to 255: the middle, and how many make one unit of eye_input.network_input.
MID_GREY, WHITE, UNIT = 127.5, 255.0, 128.0
ORIGIN = ["session", "recording", "frame"]


class EyeInception(InceptionV3):
    """InceptionV3 on grey eye frames, which it brings to its own size, three channels and units.

    It takes ``(frames, 1, height, width)`` from ``network_input``: grey differences in units of 128 grey values, of
    which 0 becomes mid-grey. Frames are resized to ``side`` pixels (bilinear; both eyes together fill the square).
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, classes: int, dropout: float, side: int = SIDE) -> None:
        super().__init__(classes, dropout, auxiliary=False)
        self.side = side
        self.register_buffer("mean", torch.tensor(MEAN).view(3, 1, 1), persistent=False)
        self.register_buffer("spread", torch.tensor(SPREAD).view(3, 1, 1), persistent=False)

    def colours(self, images: Tensor) -> Tensor:
        """Images ``(frames, 3, side, side)`` in ImageNet's units."""
        size = (self.side, self.side)
        resized = functional.interpolate(images, size=size, mode="bilinear", align_corners=False, antialias=True)
        return ((resized * UNIT + MID_GREY) / WHITE - self.mean) / self.spread

    def embed(self, x: Tensor) -> Tensor:
        """Embeddings ``(frames, 2048)``."""
        embed = super().embed
        if self.training:
            return embed(self.colours(x))
        # Without gradients only one layer of a few images is in memory at a time.
        return torch.cat([embed(self.colours(part)) for part in x.split(AT_ONCE)])


def unpersonalised(frames: EyeFrames, personalised: bool) -> Preparation:
    """Input of a network whose embeddings are made before there are folds: grey values about mid-grey.

    The plain input's constant, a mean over training people in other models, is mid-grey here, because one embedding
    serves all folds. Personalised: the frame minus its session's mean neutral image, about mid-grey (our choice).
    """
    return Preparation(torch.full((frames.height, frames.width), MID_GREY), personalised, standardise="none")


def frozen_network(weights: PathLike | None, sha256: str | None, side: int = SIDE) -> EyeInception:
    """The network with the user's weights, ready to embed; InputError as :func:`load_weights`."""
    return finetunable_network(weights, sha256, 1, 0.0, seed=0, side=side).eval()


def finetunable_network(
    weights: PathLike | None, sha256: str | None, classes: int, dropout: float, seed: int, side: int = SIDE
) -> EyeInception:
    """The network with the user's weights below a head of its own, drawn from ``seed``."""
    # All but the heads of ImageNet's classes.
    own = {name: x for name, x in load_weights(weights, sha256).items() if not name.startswith(("fc.", "AuxLogits."))}
    torch.manual_seed(seed)
    network = EyeInception(classes, dropout, side)
    left = network.load_state_dict(own, strict=False).missing_keys
    assert sorted(left) == ["fc.bias", "fc.weight"]
    return network


@torch.inference_mode()
def embed_both(network: EyeInception, frames: EyeFrames) -> np.ndarray:
    """Embeddings ``(frames, 2, 2048)`` float32, plain and personalised, of ``frames``, which are read at once.

    Where a session has no mean neutral image the second is the first.
    """
    plain = network.embed(unpersonalised(frames, False)(frames)).numpy()
    both = np.stack([plain, plain], axis=1)
    have = frames.neutral >= 0
    if have.any():
        chosen = frames.take(have)
        both[have, PERSONALISED] = network.embed(unpersonalised(chosen, True)(chosen)).numpy()
    return both


def embed_participant(
    frames: PathLike,
    images: PathLike,
    neutrals: PathLike,
    destination: PathLike,
    *,
    weights: PathLike | None,
    sha256: str | None,
    n_eyes: int,
    side: int = SIDE,
) -> None:
    """Write the embeddings ``(frames, 2, 2048)`` float32 of all of a participant's images, in their order.

    Args:
        frames: table of the frames (:data:`myoscene.eyes.tables.FRAMES`), in the order of ``images``.
        weights, sha256: see :mod:`myoscene.learn.models.eye_inception.weights`.

    Raises:
        InputError: the weights cannot be used, or table and images do not belong together.
    """
    prepare()
    network = frozen_network(weights, sha256, side)
    table = read_table(frames, FRAMES)
    found = from_table(table, np.arange(len(table)), FrameFiles(frames, images, neutrals), n_eyes)
    if len(found.images) != len(table):
        raise InputError(f"{frames} has {len(table)} frames, {images} {len(found.images)}; delete both and run again")
    with write_store(destination, len(table), (2, WIDTH), np.float32) as writer:
        for start in range(0, len(table), AT_ONCE):
            chosen = np.arange(start, min(start + AT_ONCE, len(table)))
            writer.append(embed_both(network, found.take(chosen)))


def collect_embeddings(
    cohort: PathLike,
    frames: Sequence[PathLike],
    embeddings: Sequence[PathLike],
    destination: PathLike,
    *,
    participants: Sequence[str],
) -> None:
    """Write the embeddings of the cohort's frames, row by row as in its image store.

    Args:
        cohort: the cohort's table of frames (:data:`myoscene.learn.tables.COHORT_EYES`).
        frames, embeddings: table and embeddings of each of ``participants``, in that order.

    Raises:
        InputError: a participant's table and embeddings do not belong together, or lack a frame of the cohort.
    """
    table = read_table(cohort, COHORT_EYES, columns=["participant", *ORIGIN, "row"])
    if not np.array_equal(table["row"].to_numpy(), np.arange(len(table))):
        raise InputError(f"the rows of {cohort} are not in the order of its image store; delete it and run again")
    places = {name: place for place, name in enumerate(participants)}
    with write_store(destination, len(table), (2, WIDTH), np.float32) as writer:
        for participant, own in table.groupby("participant", sort=False):
            place = places.get(str(participant))
            if place is None or not np.array_equal(np.diff(own["row"]), np.ones(len(own) - 1)):
                raise InputError(f"{cohort} has participant '{participant}' out of place; delete it and run again")
            found, store = read_table(frames[place], FRAMES, columns=ORIGIN), ArrayStore(embeddings[place])
            if store.shape != (len(found), 2, WIDTH):
                raise InputError(
                    f"{store.path} does not hold the embeddings of {frames[place]}; delete it and run again"
                )
            index = pd.MultiIndex.from_frame(found)
            rows = index.get_indexer(pd.MultiIndex.from_frame(own[ORIGIN])) if index.is_unique else np.array([-1])
            if (rows < 0).any():
                raise InputError(
                    f"{frames[place]} has not every frame of the cohort once; delete results/learn/cohort and run again"
                )
            for start in range(0, len(rows), READ):
                writer.append(store.read(rows[start : start + READ]))
