"""A small U-Net (Ronneberger et al. 2015) that finds electrodes, learnt from drawn ones on a person's own clean clip.

Electrodes are drawn anew onto every picture that the network is shown, so that what they hide is known. The clip's last
part is held out: the network is the one that found most in it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from myoscene.core.errors import InputError
from myoscene.face.mesh import Networks, Tracker
from myoscene.face.region import Frame, Region, sample
from myoscene.face.video import Picture, read_video
from myoscene.restore.electrodes import arrange
from myoscene.restore.judge import face_square
from myoscene.restore.marks import Points
from myoscene.restore.settings import NetSettings

Grid = NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """A square around a face, ``(side, side, 3)``, and the landmarks in its pixels, ``(478, 2)``."""

    pixels: Frame
    landmarks: Points


class UNet(nn.Module):
    """Three halvings; ``(n, 3, side, side)`` from -1 to 1 in, logits ``(n, side, side)`` out; sides divide by 8."""

    def __init__(self, width: int) -> None:
        super().__init__()
        sizes = [width, 2 * width, 4 * width, 4 * width]
        self.down = nn.ModuleList([_pair(a, b) for a, b in zip([3, *sizes[:-1]], sizes, strict=True)])
        self.up = nn.ModuleList([_pair(sizes[i] + sizes[i + 1], sizes[i]) for i in (2, 1, 0)])
        self.last = nn.Conv2d(width, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        kept: list[Tensor] = []
        for block in self.down:
            x = block(nn.functional.max_pool2d(x, 2) if kept else x)
            kept.append(x)
        for block, before in zip(self.up, kept[-2::-1], strict=True):
            larger = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = block(torch.cat([larger, before], dim=1))
        return self.last(x)[:, 0]


def _pair(before: int, after: int) -> nn.Sequential:
    steps: list[nn.Module] = []
    for size in (before, after):
        steps += [nn.Conv2d(size, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*steps)


@dataclass(frozen=True)
class Learnt:
    """A network; ``dice``: overlap with the truth on the held-out part, 0 to 1; ``shots``: pictures learnt from."""

    network: UNet
    side: int
    dice: float
    epochs: int
    shots: int

    def hidden(self, frame: Frame, region: Region) -> Grid:
        """How likely each pixel of a square of a frame hides the face, ``(side, side)``, 0 to 1."""
        return self.chances(sample(frame, region, self.side)[None])[0]

    def chances(self, squares: NDArray[np.uint8]) -> Grid:
        """The same of squares ``(n, side, side, 3)``."""
        with torch.inference_mode():
            found: Grid = torch.sigmoid(self.network(_tensor(squares))).numpy()
        return found


def learn(
    reference: Path,
    networks: Networks,
    canonical: Points,
    settings: NetSettings,
    turn: int = 0,
    say: Callable[[int, float], None] = lambda epoch, dice: None,
) -> Learnt:
    """Learn from a clip of the same person without electrodes.

    Raises:
        InputError: too few frames of the clip show a face, or too little was learnt.
    """
    shots = _shots(read_video(reference, turn), networks, settings)
    if len(shots) < settings.shots_min:
        raise InputError(
            f"{reference} shows a face in {len(shots)} of the frames that were looked at, and {settings.shots_min} are "
            "needed to learn from; give a clip of the same person without electrodes (--reference)"
        )
    train, held = split(shots, settings.held_out)
    random = np.random.default_rng(settings.seed)
    torch.manual_seed(settings.seed)
    network = UNet(settings.width)
    asked = [_drawn(shot, canonical, np.random.default_rng([settings.seed, 1, i])) for i, shot in enumerate(held * 2)]
    steps = settings.epochs * settings.batches
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=settings.rate, total_steps=steps)
    best, waited, epoch, kept = -1.0, 0, 0, network.state_dict()
    for epoch in range(1, settings.epochs + 1):
        network.train()
        for batch in _batches(train, canonical, random, settings):
            loss = _loss(network(batch[0]), batch[1])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
        found = _overlap(network.eval(), asked)
        say(epoch, found)
        waited += 1
        if found > best:
            best, waited, kept = found, 0, {name: value.clone() for name, value in network.state_dict().items()}
        if waited == settings.patience:
            break
    if best < settings.dice_min:
        raise InputError(
            f"of electrodes drawn onto {reference}, too few were found again (an overlap of {best:.2f} in its "
            f"held-out part, and {settings.dice_min:g} is needed); give a longer and sharper clip of the "
            "face, or mark electrodes (--marking-page)"
        )
    network.load_state_dict(kept)
    return Learnt(network.eval(), settings.side, best, epoch, len(train))


def split(shots: list[Shot], held_out: float) -> tuple[list[Shot], list[Shot]]:
    """What is learnt from, and the last part, which is held out; between them a gap, since neighbours are alike."""
    cut, gap = int(len(shots) * (1 - held_out)), max(1, len(shots) // 20)
    return shots[: cut - gap], shots[cut:]


def _shots(pictures: Iterator[Picture], networks: Networks, settings: NetSettings) -> list[Shot]:
    """Squares around the face, twice as large as those that are looked at, of frames spread over the clip."""
    tracker, found, side = Tracker(networks), [], 2 * settings.side
    for number, picture in enumerate(pictures):
        face = tracker.follow(picture.pixels, picture.time_s)[1]
        if face is None or number % settings.every:
            continue
        place = face_square(face)
        place = Region(place.x, place.y, 2 * place.width, 2 * place.height, place.angle)
        start = np.array([place.x, place.y])
        within = (face.landmarks[:, :2] - start) @ np.linalg.inv(place.axes()).T + 0.5
        found.append(Shot(sample(picture.pixels, place, side), within * side))
        if len(found) == settings.shots_max:
            break
    return found


def _drawn(shot: Shot, canonical: Points, random: np.random.Generator) -> tuple[Frame, NDArray[np.uint8]]:
    """A square of half the shot's side around the face, turned, moved and enlarged by chance, and what is hidden."""
    side = len(shot.pixels) // 2
    scale, turn, shift = random.uniform(0.6, 1.15), random.normal(0, 0.15), random.normal(0, 0.12 * side, 2)
    whole = np.ascontiguousarray(np.dstack([shot.pixels, np.full(shot.pixels.shape[:2], 255, np.uint8)]))
    place = Region(side + shift[0], side + shift[1], side / scale, side / scale, turn)
    pixels = sample(whole, place, side)
    landmarks = ((shot.landmarks - (place.x, place.y)) @ np.linalg.inv(place.axes()).T + 0.5) * side
    if random.random() < 0.1:
        mask = np.zeros((side, side), np.uint8)
    else:
        drawing = arrange(canonical, int(random.integers(2**31)), int(random.integers(16, 60)))
        pixels, mask = drawing.draw(pixels, landmarks)
    if random.random() < 0.5:
        pixels, mask = pixels[:, ::-1], mask[:, ::-1]
    gain, lift = random.uniform(0.7, 1.3, 3), random.normal(0, 12)
    noisy = pixels * gain + lift + random.normal(0, random.uniform(0, 8), pixels.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), np.ascontiguousarray(mask)


def _batches(
    shots: list[Shot], canonical: Points, random: np.random.Generator, settings: NetSettings
) -> Iterator[tuple[Tensor, Tensor]]:
    for _ in range(settings.batches):
        chosen = random.integers(len(shots), size=settings.batch)
        pairs = [_drawn(shots[place], canonical, random) for place in chosen]
        yield _pair_of(pairs)


def _pair_of(pairs: list[tuple[Frame, NDArray[np.uint8]]]) -> tuple[Tensor, Tensor]:
    pixels, masks = (np.array(part) for part in zip(*pairs, strict=True))
    return _tensor(pixels), torch.from_numpy((masks > 0).astype(np.float32))


def _tensor(squares: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(squares.transpose(0, 3, 1, 2)).astype(np.float32) / 127.5 - 1)


def _loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross-entropy and what is lacking of the overlap (Dice)."""
    chance = torch.sigmoid(logits)
    dice = (2 * (chance * truth).sum() + 1) / (chance.sum() + truth.sum() + 1)
    return nn.functional.binary_cross_entropy_with_logits(logits, truth) + 1 - dice


def _overlap(network: UNet, asked: list[tuple[Frame, NDArray[np.uint8]]]) -> float:
    pixels, truth = _pair_of(asked)
    with torch.inference_mode():
        found = torch.cat([network(part) for part in pixels.split(16)]) > 0
    return float(2 * (found * (truth > 0)).sum() / (found.sum() + (truth > 0).sum()).clamp(min=1))
