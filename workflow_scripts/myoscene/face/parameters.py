"""From a video to the table of face parameters, a part at a time."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import Column
from myoscene.face import detector
from myoscene.face.geometry import Canonical, angles_deg, excursions, rotation
from myoscene.face.mesh import Networks, Seen, Tracker, presence
from myoscene.face.names import MIRRORED, PARAMETERS
from myoscene.face.settings import FaceSettings
from myoscene.face.tables import MEAN
from myoscene.face.video import Picture

# Looks at which several faces are seen, one after the other, until the video is refused.
_LOOKS = 3
# By how much surer a turned picture has to show a face, on average, before the video is not upright.
_SURER = 0.05
# Every so many pixels are compared to see whether a frame is the one before.
_STRIDE = 8
Part = dict[str, Column]


@dataclass
class Clip:
    """What is gathered of all frames of a video, for its summary."""

    times_s: list[float] = field(default_factory=list)
    rolls_deg: list[float] = field(default_factory=list)
    seen: int = 0
    turned: int = 0
    frozen: int = 0
    left_out: int = 0
    looks: int = 0
    several: int = 0
    # Summed scores of the surest face, of the picture as it is and turned by one, two and three quarters.
    scores: NDArray[np.float64] = field(default_factory=lambda: np.zeros(4))
    low: NDArray[np.float64] = field(default_factory=lambda: np.full(len(PARAMETERS), np.inf))
    high: NDArray[np.float64] = field(default_factory=lambda: np.full(len(PARAMETERS), -np.inf))
    mirrored: int = 0
    bias: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(PARAMETERS)))


def parts(
    pictures: Iterable[Picture],
    networks: Networks,
    canonical: Canonical,
    settings: FaceSettings,
    clip: Clip,
    path: Path,
) -> Iterator[Part]:
    """Columns of the table ``face_parameters`` for every ``settings.batch`` frames; fills ``clip`` on the way.

    Raises:
        InputError: no face in any frame, several faces, or too few frames a second.
    """
    measure = _Measure(networks, canonical, settings, clip, path)
    rows: list[dict[str, float | int | bool]] = []
    for picture in pictures:
        if clip.times_s and picture.time_s - clip.times_s[-1] < 0.9 / settings.rate_max_hz:
            clip.left_out += 1
            continue
        rows.append(measure.row(picture))
        if len(rows) == settings.batch:
            yield _columns(rows)
            rows = []
    _require_face(clip, path)
    _require_rate(clip, settings, path)
    if rows:
        yield _columns(rows)


def _columns(rows: list[dict[str, float | int | bool]]) -> Part:
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


class _Measure:
    """One frame after the other."""

    def __init__(
        self, networks: Networks, canonical: Canonical, settings: FaceSettings, clip: Clip, path: Path
    ) -> None:
        self._tracker, self._mirror = (Tracker(networks, settings.smooth, settings.presence_min) for _ in range(2))
        self._networks, self._canonical, self._settings = networks, canonical, settings
        self._clip, self._path = clip, path
        self._faces = self._running = 0
        self._before: NDArray[np.uint8] | None = None

    def row(self, picture: Picture) -> dict[str, float | int | bool]:
        clip, settings, number = self._clip, self._settings, len(self._clip.times_s)
        if number % settings.look_every == 0:
            self._look(picture)
        some = picture.pixels[::_STRIDE, ::_STRIDE]
        frozen = self._before is not None and np.array_equal(some, self._before)
        self._before = some.copy()
        asked = settings.mirror_every > 0 and number % settings.mirror_every == 0
        sure, face = self._tracker.follow(picture.pixels, picture.time_s)
        mirror = self._mirror.follow(picture.pixels[:, ::-1], picture.time_s)[1] if asked and face else None
        angles, values = self._values(face, picture)
        means = np.full(len(PARAMETERS), np.nan)
        if mirror is not None:
            other = self._values(mirror, picture)[1][MIRRORED]
            means = (values + other) / 2
            clip.mirrored += 1
            clip.bias += values - other
        turned = face is not None and abs(angles[0]) > settings.yaw_max_deg
        clip.times_s.append(picture.time_s)
        clip.seen += face is not None
        clip.rolls_deg += [angles[2]] if face else []
        clip.turned += turned
        clip.frozen += frozen
        clip.low, clip.high = np.fmin(clip.low, values), np.fmax(clip.high, values)
        return {
            "frame": number,
            "time_s": picture.time_s,
            "presence": sure,
            "faces": self._faces,
            "is_face": face is not None,
            "is_turned": turned,
            "is_frozen": frozen,
            **dict(zip(("yaw_deg", "pitch_deg", "roll_deg"), angles, strict=True)),
            **dict(zip(PARAMETERS, values, strict=True)),
            **dict(zip((f"{name}{MEAN}" for name in PARAMETERS), means, strict=True)),
        }

    def _values(self, face: Seen | None, picture: Picture) -> tuple[tuple[float, float, float], NDArray[np.float64]]:
        """Angles of the head, and the parameters in their order; not a number where there is no face."""
        if face is None:
            return (np.nan, np.nan, np.nan), np.full(len(PARAMETERS), np.nan)
        height, width = picture.pixels.shape[:2]
        turned = rotation(face.landmarks, (width, height), self._canonical)
        return angles_deg(turned), np.concatenate([face.blendshapes, excursions(face.landmarks, turned)])

    def _look(self, picture: Picture) -> None:
        """Count the faces, and see how sure one is when the picture is turned."""
        clip, least, networks = self._clip, self._settings.presence_min, self._networks
        for quarter in range(4):
            found = detector.detect(np.rot90(picture.pixels, quarter), networks.detector, least)
            clip.scores[quarter] += found[0].score if found else 0
            if quarter == 0:
                self._faces = sum(presence(picture.pixels, face.region(), networks) >= least for face in found)
        clip.looks += 1
        clip.several += self._faces > 1
        self._running = self._running + 1 if self._faces > 1 else 0
        if self._running == _LOOKS and not self._settings.several_faces:
            raise InputError(
                f"{self._path} shows {self._faces} faces at {picture.time_s:.1f} s; cut the picture to one person "
                "(ffmpeg -i VIDEO -vf crop=WIDTH:HEIGHT:X:Y ONE.mp4), or follow the surest face with --several-faces "
                "(in the workflow, face.video.several_faces)"
            )


def _require_face(clip: Clip, path: Path) -> None:
    """A face, and one that is upright: the networks see others, too, but not well."""
    best = int(clip.scores.argmax())
    turn = 90 * best if clip.scores[best] - clip.scores[0] > _SURER * clip.looks else 0
    if not turn and clip.seen:
        turn = -90 * round(float(np.median(clip.rolls_deg)) / 90) % 360
    if turn and _convincing(clip):
        raise InputError(f"{path} shows a face that is not upright; add --turn {turn} (in an index, the column turn)")
    if not clip.seen:
        raise InputError(
            f"{path} shows no face in any of its {len(clip.times_s)} frames; give a video in which the face is seen "
            "from the front and is at least a tenth as high as the picture"
        )


def _convincing(clip: Clip) -> bool:
    """Whether there is a face at all: textures that look like one now and then are none."""
    return bool(clip.seen or clip.scores.max() > 0.7 * clip.looks)


def _require_rate(clip: Clip, settings: FaceSettings, path: Path) -> None:
    rate = rate_hz(clip)
    if rate < settings.rate_min_hz:
        raise InputError(
            f"{path} has {rate:.2g} frames a second, and expressions need at least {settings.rate_min_hz:g}; give the "
            "recording as the camera made it"
        )


def rate_hz(clip: Clip) -> float:
    """Frames a second, by the median of the times between them."""
    return float(1 / np.median(np.diff(clip.times_s))) if len(clip.times_s) > 1 else 0.0


def watched(pictures: Iterator[Picture], say: Callable[[int, float], None]) -> Iterator[Picture]:
    """The same pictures; ``say`` is told the number and the time of each."""
    with closing(pictures):  # type: ignore[type-var]
        for number, picture in enumerate(pictures):
            say(number, picture.time_s)
            yield picture
