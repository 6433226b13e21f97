"""What eyes, lids, brows and headset do over time, as the same muscles move them that the electrodes pick up."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.signal import lfilter

from myoscene.demo import face
from myoscene.demo.activity import Bout, ramp
from myoscene.demo.eye_person import MOVEMENTS, SIDES, EyePerson, Wearing

# Seconds from a muscle's electrical activity to the skin's movement, about the electromechanical delay.
LAG_S = 0.05
LEADERS = {"smile": "cheek", "frown": "frown", "brow_raise": "raise"}
ALONG = 0.52
EYEBALL_MM = 12.0
# Share of a blink's closing that a camera sees for this long after its muscle activity.
REOPENING_S = 0.22


class Pose(NamedTuple):
    """What one camera sees at each of its frames; every field is ``(frames,)`` float32.

    Attributes:
        close: 0 (open) to 1 (closed).
        cheek, frown, lift: cheek and lower lid up, brow down and inwards, brow and upper lid up; 1 is a typical
            posed expression.
        gaze_x, gaze_y: of the iris on the eyeball, in millimetres, to the right of the image and up.
        pupil: radius relative to the person's own.
        shift_x, shift_y, rotate_rad, scale, gain: as in :class:`Wearing`.
    """

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

    Args:
        bouts: everything that the muscles do, blinks included.
        closed_s: spells (from, to) of eyes closed on purpose.
        worn_s: seconds from putting the headset on to the recording's first sample.
        gaze_deg: standard deviation of the gaze.
    """
    ramps = [(rng.uniform(0.1, 0.35), rng.uniform(0.2, 0.6)) for _ in bouts]
    end_s = max(float(times[-1]) for times in times_s.values())
    gaze = _gaze(rng, end_s, gaze_deg)
    noise = {name: _wander(rng, end_s, 1.0) for name in (*MOVEMENTS, "pupil", "x", "y", "gain")}
    found = {}
    for side in SIDES:
        times = times_s[side]
        moved = _movements(bouts, ramps, side, times)
        skin = {
            name: np.clip(person.visible[name] * moved[name] + person.restless[name] * noise[name](times), -0.15, 1.8)
            for name in MOVEMENTS
        }
        worn = worn_s + times
        values = {
            "close": _closing(bouts, closed_s, times),
            "cheek": skin["cheek"],
            "frown": skin["frown"],
            "lift": skin["raise"],
            "gaze_x": EYEBALL_MM * np.sin(gaze[0](times)),
            "gaze_y": EYEBALL_MM * np.sin(gaze[1](times)),
            "pupil": 1.0 + 0.07 * noise["pupil"](times),
            "shift_x": wearing.shift_x + 0.15 * noise["x"](times),
            "shift_y": wearing.shift_y + 0.15 * noise["y"](times) - wearing.creep_mm_per_s * worn,
            "rotate_rad": np.full(len(times), wearing.rotate_rad),
            "scale": np.full(len(times), wearing.scale),
            "gain": wearing.gain * (1.0 + 0.008 * noise["gain"](times)),
        }
        found[side] = Pose(**{name: np.asarray(v, dtype=np.float32) for name, v in values.items()})
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


class _Course(NamedTuple):
    """Values at knots; called with times it gives the values between them."""

    knots_s: np.ndarray
    values: np.ndarray

    def __call__(self, times_s: np.ndarray) -> np.ndarray:
        return np.interp(times_s, self.knots_s, self.values)


def _gaze(rng: np.random.Generator, end_s: float, spread_deg: float) -> tuple[_Course, _Course]:
    """Fixations of 0.25 to 1.8 s with saccades of 0.05 s between them; angles in rad, right and up."""
    onsets = np.cumsum(rng.uniform(0.25, 1.8, int(end_s / 0.25) + 2))
    onsets = np.r_[-1.0, onsets[onsets < end_s], end_s + 1.0]
    angles = np.deg2rad(np.clip(rng.normal(0.0, spread_deg, (len(onsets), 2)), -20.0, 20.0)) * [1.0, 0.6]
    knots = np.repeat(onsets, 2)[1:-1]
    knots[2::2] += 0.05
    held = np.repeat(angles[:-1], 2, axis=0)
    return _Course(knots, held[:, 0]), _Course(knots, held[:, 1])


def _wander(rng: np.random.Generator, end_s: float, every_s: float) -> _Course:
    """Slow fluctuation of unit variance: an autoregressive walk with a memory of about 4 s."""
    keep = np.exp(-every_s / 4.0)
    steps = rng.standard_normal(int(end_s / every_s) + 3)
    values = np.r_[steps[0], lfilter([np.sqrt(1.0 - keep**2)], [1.0, -keep], steps[1:], zi=[keep * steps[0]])[0]]
    return _Course(np.arange(len(steps)) * every_s, values)
