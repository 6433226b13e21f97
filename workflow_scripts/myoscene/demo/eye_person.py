"""What makes one synthetic person's eye region, and each wearing of the headset, differ from another's.

Lengths are millimetres on the face, seen from the pupil of an eye that looks ahead: x towards the nose, y up.
All distributions are our choice.
"""

from dataclasses import dataclass, fields

import numpy as np

SIDES = ("left", "right")
MOVEMENTS = ("cheek", "frown", "raise")


@dataclass(frozen=True)
class EyeLook:
    """One eye and the skin around it.

    Attributes:
        width, upper, lower: half the length of the lid opening, and how far each lid is from the pupil.
        tilt: slope of the line through the corners.
        brow_height, brow_thickness, brow_arch, brow_slope, brow_depth: the brow's place, form, and how much
            darker than the skin it is (a fraction).
        crease: distance of the fold above the upper lid from the lid.
        iris, pupil: radii.
        skin, sclera, iris_grey, pupil_grey: grey values (0 to 255) in full light; a bright pupil reflects
            the light of diodes near the camera.
        socket, lashes: depth of the shading between eye and nose, and of the lashes.
        turn_x, turn_y, lean: how far the camera looks from the side: relative stretch of x and y, and shear.
        place_x, place_y: where the eye is in the image, relative to its middle.
        texture: (waves, 4) wave numbers in x and y, phase and amplitude of spots on the skin.
    """

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
    """Both eyes of one person.

    Attributes:
        looks: side -> the eye.
        visible: movement (:data:`MOVEMENTS`) -> how far the skin follows the muscle, about 1.
        restless: movement -> standard deviation of what the skin does besides.
        gaze_deg: standard deviation of the gaze in a scene, in degrees.
    """

    looks: dict[str, EyeLook]
    visible: dict[str, float]
    restless: dict[str, float]
    gaze_deg: float

    def parameters(self) -> dict[str, float]:
        """Every single number by name: rows of the truth table."""
        rows: dict[str, float] = {}
        for side, look in self.looks.items():
            rows |= {f"{f.name}__{side}": float(getattr(look, f.name)) for f in fields(look) if f.name != "texture"}
        rows |= {f"visible__{name}": value for name, value in self.visible.items()}
        rows |= {f"restless__{name}": value for name, value in self.restless.items()}
        return rows | {"gaze_deg": self.gaze_deg}


@dataclass(frozen=True)
class Wearing:
    """How the headset sits from putting it on to taking it off, the same for both cameras.

    Attributes:
        shift_x, shift_y: of the face in the images, in millimetres to the right and up.
        rotate_rad, scale: roll of the headset and its distance.
        gain: brightness.
        creep_mm_per_s: how fast the headset slides down.
    """

    shift_x: float
    shift_y: float
    rotate_rad: float
    scale: float
    gain: float
    creep_mm_per_s: float


def draw_eyes(rng: np.random.Generator) -> EyePerson:
    """Draw a person's eye region: large differences between people, small ones between the two sides."""
    common = _typical(rng)
    waves = np.column_stack(
        [rng.uniform(-0.7, 0.7, (5, 2)), rng.uniform(0.0, 2.0 * np.pi, 5), rng.uniform(0.008, 0.03, 5)]
    )
    looks = {}
    for side in SIDES:
        spread = {name: sd * rng.normal() for name, (_, sd) in common.items()}
        values = {name: value + spread[name] for name, (value, _) in common.items()}
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
        "width": (rng.normal(13.8, 0.8), 0.2),
        "upper": (float(np.clip(rng.normal(5.0, 0.8), 3.4, 6.6)), 0.25),
        "lower": (float(np.clip(rng.normal(4.6, 0.7), 3.2, 6.0)), 0.2),
        "tilt": (rng.normal(-0.04, 0.05), 0.01),
        "brow_height": (float(np.clip(rng.normal(14.0, 1.5), 11.0, 17.0)), 0.5),
        "brow_thickness": (rng.uniform(1.8, 3.4), 0.12),
        "brow_arch": (rng.uniform(0.3, 2.6), 0.2),
        "brow_slope": (rng.normal(-0.05, 0.06), 0.015),
        "brow_depth": (rng.uniform(0.3, 0.62), 0.02),
        "crease": (rng.uniform(1.8, 4.0), 0.3),
        "iris": (rng.normal(5.9, 0.3), 0.03),
        "pupil": (rng.uniform(1.7, 2.9), 0.05),
        "skin": (skin, 3.0),
        "sclera": (rng.uniform(125.0, 165.0), 2.0),
        "iris_grey": (rng.uniform(65.0, 115.0), 2.0),
        "pupil_grey": (rng.uniform(195.0, 235.0) if bright else rng.uniform(14.0, 34.0), 2.0),
        "socket": (rng.uniform(0.1, 0.32), 0.02),
        "lashes": (rng.uniform(0.3, 0.6), 0.03),
        "turn_x": (rng.normal(0.0, 0.06), 0.02),
        "turn_y": (rng.normal(0.0, 0.06), 0.01),
        "lean": (rng.normal(0.0, 0.04), 0.02),
        "place_x": (rng.normal(0.0, 0.9), 0.4),
        "place_y": (rng.normal(0.0, 0.9), 0.3),
    }


def draw_wearing(rng: np.random.Generator) -> Wearing:
    """Draw how the headset sits this time."""
    return Wearing(
        shift_x=float(rng.normal(0.0, 0.9)),
        shift_y=float(rng.normal(0.0, 1.1)),
        rotate_rad=float(rng.normal(0.0, np.deg2rad(2.0))),
        scale=float(np.exp(rng.normal(0.0, 0.025))),
        gain=float(np.exp(rng.normal(0.0, 0.08))),
        creep_mm_per_s=float(rng.normal(0.0, 0.0012)),
    )
