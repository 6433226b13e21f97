"""Eye images: which, how they are cut and labelled, their quality, each session's neutral image, and blinks."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from myoscene.core.errors import InputError
from myoscene.core.settings import DatasetPath, Fraction, NotNegative, Positive, Text, Texts, Within

_ACTION_UNITS = (
    "neutral left_brow_raise right_brow_raise brow_lower upper_lid_raise squint both_closed left_wink right_wink "
    "cheek_raise"
)
# Hickson et al. 2019, in the order of the paper; `open_closed` is ours.
LABEL_SETS = {
    "action_units": _ACTION_UNITS.split(),
    "emotive": ["neutral", "anger", "surprise", "happiness", "closed"],
    "open_closed": ["open", "closed"],
}


@dataclass(frozen=True)
class FrameSettings:
    """What a frame is, and when it is taken."""

    eyes: Literal["both", "left", "right"] = "both"
    """What a frame is: `both` eyes side by side, left to right as the wearer has them, or one eye alone. [Hickson et
    al. 2019 (side by side)]"""
    height_px: Annotated[int, Within(ge=8)] = 32
    """Height to which each eye is resized."""
    width_px: Annotated[int, Within(ge=8)] = 32
    """Width to which each eye is resized."""
    bits: Annotated[int, Within(ge=9, le=16)] = 16
    """Significant bits of images with 16 bits a value (cameras often fill 10 or 12 of them)."""
    headsets: DatasetPath | None = None
    """YAML with crop, rotation and scale of each headset's eye cameras, relative to the dataset. `null`:
    sourcedata/eye_headsets.yaml, or images as they are where there is none. [Hickson et al. 2019 (that eyes are
    rectified)]"""
    offsets: DatasetPath | None = None
    """TSV (participant_id, offset_s) with the seconds to add to a person's eye times to get the recording's clock,
    relative to the dataset. `null`: sourcedata/eye_offsets.tsv, or 0 where there is none."""
    pair_within_s: NotNegative = 0.05
    """Left and right image belong together when they are each other's nearest and no further apart than this."""
    trim_start_s: NotNegative = 0.5
    """Cut from the start of each run of frames with one label (reaction time)."""
    trim_end_s: NotNegative = 0.1
    """Cut from the end of each run of frames with one label."""


@dataclass(frozen=True)
class ImageLimits:
    """What flags an image."""

    blank_sd: NotNegative = 3.0
    """An image whose grey values (0 to 255) have a smaller standard deviation is blank."""
    max_saturated_fraction: Fraction = 0.5
    """An image with more of its pixels at 0 or 255 is saturated."""
    min_sharpness: NotNegative = 0.01
    """An image whose energy of second differences, relative to its variance, is smaller is blurred. [Pech-Pacheco et
    al. 2000]"""
    frozen_s: Positive = 1.0
    """Images of one eye that stay identical for this long are frozen."""


@dataclass(frozen=True)
class EyeQualitySettings(ImageLimits):
    """What flags an image."""

    identical: Literal["exclude", "keep"] = "exclude"
    """Identical images: leave those of one person under different labels out of training and scoring, and those of
    different people out of scoring (`exclude`), or use them (`keep`). Either way they are listed."""


@dataclass(frozen=True)
class PersonaliseSettings:
    """Each session's mean neutral image."""

    seconds: Positive = 5.0
    """How much of a session's neutral frames, from the first on, makes its mean neutral image. These frames neither
    train nor are scored. [Hickson et al. 2019]"""
    minimum_s: NotNegative = 1.0
    """With less neutral than this a session has no mean neutral image."""
    missing: Literal["plain", "error"] = "plain"
    """A session without a mean neutral image: predict it from plain images and say so (`plain`), or stop (`error`)."""


@dataclass(frozen=True)
class BlinkSettings:
    """Blinks, and what is done about them."""

    clean: bool = True
    """Remove blinks from the frames of open-eyed classes, where there are frames of `eyes.closed`. [Hickson et al.
    2019]"""
    threshold: Annotated[float, Within(gt=0, le=1)] = 0.5
    """Probability of closed eyes from which a frame is a blink."""
    keep_labels: Texts = field(default_factory=lambda: ["left_wink", "right_wink", "squint", "both_closed"])
    """Labels whose frames are never taken for blinks, beside `eyes.closed`: their eyes are not open."""


@dataclass(frozen=True)
class EyesSettings:
    """Eye images: which, how they are cut and labelled, their quality, each session's neutral image, and blinks."""

    images: Literal["auto", "required", "none"] = "auto"
    """`auto`: use the dataset's eye images where it has any, and train no model on them where it has none;
    `required`: stop where there are none; `none`: leave them aside."""
    label_set: Literal["recordings", "action_units", "emotive", "open_closed", "listed"] = "recordings"
    """Classes of the eye images: those of `recordings.classes`; ten `action_units` (neutral, left_brow_raise,
    right_brow_raise, brow_lower, upper_lid_raise, squint, both_closed, left_wink, right_wink, cheek_raise); five
    `emotive` expressions (neutral, anger, surprise, happiness, closed); `open_closed`; or `listed` in
    `eyes.classes`. [Hickson et al. 2019 (action units, emotive)]"""
    classes: Texts = field(default_factory=list)
    """Classes of the eye images with label set `listed`, in the order of every table."""
    neutral: Text | None = "neutral"
    """The label of a relaxed face with open eyes. Its first frames make each session's mean neutral image. `null`
    where nobody has one: then there is no personalisation. [Hickson et al. 2019]"""
    closed: Text | None = "closed"
    """The label of closed eyes, which may be there for the blink classifier alone, without being a class. `null`: no
    frame has it. [Hickson et al. 2019]"""
    ignore_labels: Texts = field(default_factory=list)
    """Labels of frames to leave aside. Any other unknown one is an error."""
    frames: FrameSettings = FrameSettings()
    quality: EyeQualitySettings = EyeQualitySettings()
    personalise: PersonaliseSettings = PersonaliseSettings()
    blinks: BlinkSettings = BlinkSettings()


def eye_classes(recording_classes: Sequence[str], eyes: EyesSettings) -> list[str]:
    """Classes of the eye images, in the order of every table; ``recording_classes`` are those of `recordings.classes`.

    Raises:
        InputError: the label set is `listed` and nothing is listed, or classes are listed that it does not use.
    """
    if eyes.label_set == "listed":
        if not eyes.classes:
            raise InputError("eyes.label_set is `listed` but eyes.classes is empty; name the classes there")
        return list(eyes.classes)
    if eyes.classes:
        raise InputError(
            f"eyes.classes lists classes but eyes.label_set is '{eyes.label_set}'; set it to `listed`, or empty "
            "eyes.classes"
        )
    return list(recording_classes if eyes.label_set == "recordings" else LABEL_SETS[eyes.label_set])
