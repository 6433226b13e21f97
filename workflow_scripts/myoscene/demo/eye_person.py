"""What makes one synthetic person's eye region, and each wearing of the headset, differ from another's, and what eyes,
lids, brows and headset do over time, as the same muscles move them that the electrodes pick up.

Lengths are millimetres on the face, seen from the pupil of an eye that looks ahead: x towards the nose, y up.
All distributions are our choice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy.signal import lfilter

from myoscene.demo import face
from myoscene.demo.activity import Bout, ramp

SIDES = ("left", "right")
MOVEMENTS = ("cheek", "frown", "raise")
# Seconds from a muscle's electrical activity to the skin's movement, about the electromechanical delay.
LAG_S = 0.05
LEADERS = {"smile": "cheek", "frown": "frown", "brow_raise": "raise"}
ALONG = 0.52
EYEBALL_MM = 12.0
# Share of a blink's closing that a camera sees for this long after its muscle activity.
REOPENING_S = 0.22
# Times in seconds -> values between known ones.
Course = Callable[[np.ndarray], Any]


@dataclass(frozen=True)
class EyeLook:
    """One eye and the skin around it: the numbers that :func:`_typical` says, and ``texture``, ``(waves, 4)`` wave
    numbers in x and y, phase and amplitude of spots on the skin."""

    width: float
    upper: float
    lower: float
    tilt: float
    brow_height: float
    brow_thickness: float
    brow_arch: float
    brow_slope: float
    brow_depth: float
    crease: float
    iris: float
    pupil: float
    skin: float
    sclera: float
    iris_grey: float
    pupil_grey: float
    socket: float
    lashes: float
    turn_x: float
    turn_y: float
    lean: float
    place_x: float
    place_y: float
    texture: np.ndarray


@dataclass(frozen=True)
class EyePerson:
    """Both eyes of one person by side; of each movement how far the skin follows the muscle (``visible``, about 1) and
    the standard deviation of what it does besides (``restless``); and that of the gaze in a scene."""

    looks: dict[str, EyeLook]
    visible: dict[str, float]
    restless: dict[str, float]
    gaze_deg: float

    def parameters(self) -> dict[str, float]:
        """Every single number by name: rows of the truth table."""
        looks = {f"{name}__{side}": v for side, look in self.looks.items() for name, v in vars(look).items()}
        rows = {name: float(value) for name, value in looks.items() if np.ndim(value) == 0}
        for group in ("visible", "restless"):
            rows |= {f"{group}__{name}": value for name, value in getattr(self, group).items()}
        return rows | {"gaze_deg": self.gaze_deg}


def draw_eyes(rng: np.random.Generator) -> EyePerson:
    """Draw a person's eye region: large differences between people, small ones between the two sides."""
    common = _typical(rng)
    waves = np.column_stack(
        [rng.uniform(-0.7, 0.7, (5, 2)), rng.uniform(0.0, 2.0 * np.pi, 5), rng.uniform(0.008, 0.03, 5)]
    )
    looks = {}
    for side in SIDES:
        values = {name: value + sd * rng.normal() for name, (value, sd) in common.items()}
        texture = waves.copy()
        texture[:, 2] += rng.normal(0.0, 0.5, len(waves))
        looks[side] = EyeLook(**values, texture=texture)
    return EyePerson(
        looks=looks,
        visible={name: float(np.clip(rng.lognormal(0.05, 0.25), 0.6, 1.6)) for name in MOVEMENTS},
        restless={name: float(rng.uniform(0.06, 0.13)) for name in MOVEMENTS},
        gaze_deg=float(rng.uniform(5.0, 9.0)),
    )


def _typical(rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """Parameter -> the person's mean of both sides, and the standard deviation of a side about it."""
    skin = rng.uniform(95.0, 175.0)
    bright = rng.random() < 0.25
    return {
        # Half the length of the lid opening, and how far each lid is from the pupil; slope of the line of the corners.
        "width": (rng.normal(13.8, 0.8), 0.2),
        "upper": (float(np.clip(rng.normal(5.0, 0.8), 3.4, 6.6)), 0.25),
        "lower": (float(np.clip(rng.normal(4.6, 0.7), 3.2, 6.0)), 0.2),
        "tilt": (rng.normal(-0.04, 0.05), 0.01),
        # The brow's place and form, and how much darker than the skin it is; the fold's distance from the upper lid.
        "brow_height": (float(np.clip(rng.normal(14.0, 1.5), 11.0, 17.0)), 0.5),
        "brow_thickness": (rng.uniform(1.8, 3.4), 0.12),
        "brow_arch": (rng.uniform(0.3, 2.6), 0.2),
        "brow_slope": (rng.normal(-0.05, 0.06), 0.015),
        "brow_depth": (rng.uniform(0.3, 0.62), 0.02),
        "crease": (rng.uniform(1.8, 4.0), 0.3),
        # Radii.
        "iris": (rng.normal(5.9, 0.3), 0.03),
        "pupil": (rng.uniform(1.7, 2.9), 0.05),
        # Grey values (0 to 255) in full light; a bright pupil reflects the light of diodes near the camera.
        "skin": (skin, 3.0),
        "sclera": (rng.uniform(125.0, 165.0), 2.0),
        "iris_grey": (rng.uniform(65.0, 115.0), 2.0),
        "pupil_grey": (rng.uniform(195.0, 235.0) if bright else rng.uniform(14.0, 34.0), 2.0),
        # Depth of the shading between eye and nose, and of the lashes.
        "socket": (rng.uniform(0.1, 0.32), 0.02),
        "lashes": (rng.uniform(0.3, 0.6), 0.03),
        # How far the camera looks from the side (stretch of x and y, shear), and where the eye is in the image.
        "turn_x": (rng.normal(0.0, 0.06), 0.02),
        "turn_y": (rng.normal(0.0, 0.06), 0.01),
        "lean": (rng.normal(0.0, 0.04), 0.02),
        "place_x": (rng.normal(0.0, 0.9), 0.4),
        "place_y": (rng.normal(0.0, 0.9), 0.3),
    }


class Wearing:
    """How the headset sits from putting it on to taking it off, the same for both cameras, drawn."""

    def __init__(self, rng: np.random.Generator) -> None:
        # Of the face in the images, to the right and up; roll of the headset; its distance; brightness.
        self.shift_x = float(rng.normal(0.0, 0.9))
        self.shift_y = float(rng.normal(0.0, 1.1))
        self.rotate_rad = float(rng.normal(0.0, np.deg2rad(2.0)))
        self.scale = float(np.exp(rng.normal(0.0, 0.025)))
        self.gain = float(np.exp(rng.normal(0.0, 0.08)))
        # How fast the headset slides down.
        self.creep_mm_per_s = float(rng.normal(0.0, 0.0012))


class Pose(NamedTuple):
    """What one camera sees at each of its frames, every field ``(frames,)`` float32: lids from 0 (open) to 1 (closed);
    cheek and lower lid up, brow down and inwards, brow and upper lid up, 1 being a typical posed expression; the iris
    on the eyeball, in millimetres, to the right of the image and up; the pupil's radius relative to the person's own;
    and how the headset sits, as in :class:`Wearing`."""

    close: np.ndarray
    cheek: np.ndarray
    frown: np.ndarray
    lift: np.ndarray
    gaze_x: np.ndarray
    gaze_y: np.ndarray
    pupil: np.ndarray
    shift_x: np.ndarray
    shift_y: np.ndarray
    rotate_rad: np.ndarray
    scale: np.ndarray
    gain: np.ndarray


def poses(
    rng: np.random.Generator,
    person: EyePerson,
    wearing: Wearing,
    bouts: Sequence[Bout],
    closed_s: Sequence[tuple[float, float]],
    times_s: dict[str, np.ndarray],
    worn_s: float,
    gaze_deg: float,
) -> dict[str, Pose]:
    """Side -> what its camera sees at ``times_s[side]`` (frames,), in seconds of the recording.

    Eyes are closed on purpose in the spells ``closed_s`` (from, to); the headset was put on ``worn_s`` before the first
    sample; ``gaze_deg`` is the standard deviation of the gaze.
    """
    ramps = [(rng.uniform(0.1, 0.35), rng.uniform(0.2, 0.6)) for _ in bouts]
    end_s = max(float(times[-1]) for times in times_s.values())
    gaze = _gaze(rng, end_s, gaze_deg)
    noise = {name: _wander(rng, end_s) for name in (*MOVEMENTS, "pupil", "x", "y", "gain")}
    found = {}
    for side in SIDES:
        times = times_s[side]
        skin = _movements(bouts, ramps, side, times)
        for name, moved in skin.items():
            own = person.visible[name] * moved + person.restless[name] * noise[name](times)
            skin[name] = np.clip(own, -0.15, 1.8)
        pose = Pose(
            close=_closing(bouts, closed_s, times),
            cheek=skin["cheek"],
            frown=skin["frown"],
            lift=skin["raise"],
            gaze_x=EYEBALL_MM * np.sin(gaze[0](times)),
            gaze_y=EYEBALL_MM * np.sin(gaze[1](times)),
            pupil=1.0 + 0.07 * noise["pupil"](times),
            shift_x=wearing.shift_x + 0.15 * noise["x"](times),
            shift_y=wearing.shift_y + 0.15 * noise["y"](times) - wearing.creep_mm_per_s * (worn_s + times),
            rotate_rad=np.full(len(times), wearing.rotate_rad),
            scale=np.full(len(times), wearing.scale),
            gain=wearing.gain * (1.0 + 0.008 * noise["gain"](times)),
        )
        found[side] = Pose(*(np.asarray(values, dtype=np.float32) for values in pose))
    return found


def movement_of(bout: Bout, side: str) -> dict[str, float]:
    """How far one side's skin moves in ``bout``, movement -> amount; 1 is about a typical posed expression.

    Twice the activity does not move the skin twice as far, and muscles that only come along move it less than the
    one that leads the expression, because they pull against each other (both our choice).
    """
    level = dict(zip(face.CHANNELS, bout.weights_uv, strict=True))
    activity = {
        "cheek": 0.6 * level[f"zygomaticus_{side}"] / 45.0 + 0.4 * level[f"orbicularis_{side}"] / 18.0,
        "frown": level["corrugator_center"] / 38.0,
        "raise": level[f"frontalis_{side}"] / 40.0,
    }
    amounts = {name: float(1.25 * (1.0 - np.exp(-1.6 * amount))) for name, amount in activity.items()}
    leader = LEADERS.get(bout.label)
    return {name: amount if name == leader else ALONG * amount for name, amount in amounts.items()}


def _movements(
    bouts: Sequence[Bout], ramps: Sequence[tuple[float, float]], side: str, times_s: np.ndarray
) -> dict[str, np.ndarray]:
    moved = {name: np.zeros(len(times_s)) for name in MOVEMENTS}
    for bout, (rise, fall) in zip(bouts, ramps, strict=True):
        if bout.label == "blink":
            continue
        since = times_s - bout.onset_s - LAG_S
        shape = ramp(since / rise) * ramp((bout.duration_s + fall - since) / fall)
        for name, amount in movement_of(bout, side).items():
            moved[name] += amount * shape
    return moved


def _closing(bouts: Sequence[Bout], closed_s: Sequence[tuple[float, float]], times_s: np.ndarray) -> np.ndarray:
    """How far the lids are closed, (frames,): blinks fall fast and open more slowly, spells take longer."""
    spells = [(b.onset_s, b.onset_s + b.duration_s, 0.09, REOPENING_S) for b in bouts if b.label == "blink"]
    spells += [(start, stop, 0.2, 0.3) for start, stop in closed_s]
    close = np.zeros(len(times_s))
    for start, stop, falling, opening in spells:
        shape = ramp((times_s - start) / falling) * ramp((stop + opening - times_s) / opening)
        close = np.maximum(close, shape)
    return close


def _gaze(rng: np.random.Generator, end_s: float, spread_deg: float) -> list[Course]:
    """Fixations of 0.25 to 1.8 s with saccades of 0.05 s between them; angles in rad, right and up."""
    onsets = np.cumsum(rng.uniform(0.25, 1.8, int(end_s / 0.25) + 2))
    onsets = np.r_[-1.0, onsets[onsets < end_s], end_s + 1.0]
    angles = np.deg2rad(np.clip(rng.normal(0.0, spread_deg, (len(onsets), 2)), -20.0, 20.0)) * [1.0, 0.6]
    knots = np.repeat(onsets, 2)[1:-1]
    knots[2::2] += 0.05
    return [partial(np.interp, xp=knots, fp=held) for held in np.repeat(angles[:-1], 2, axis=0).T]


def _wander(rng: np.random.Generator, end_s: float) -> Course:
    """Slow fluctuation of unit variance: an autoregressive walk in steps of 1 s with a memory of about 4 s."""
    keep = np.exp(-0.25)
    steps = rng.standard_normal(int(end_s) + 3)
    values = np.r_[steps[0], lfilter([np.sqrt(1.0 - keep**2)], [1.0, -keep], steps[1:], zi=[keep * steps[0]])[0]]
    return partial(np.interp, xp=np.arange(len(steps)), fp=values)
