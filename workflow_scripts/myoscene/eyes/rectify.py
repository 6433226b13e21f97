"""Each headset's cameras brought into one form (Hickson et al. 2019; the form of the file is our choice)."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myoscene.core.errors import InputError
from myoscene.core.parse import parse_yaml
from myoscene.recordings.bids import participant_of
from myoscene.recordings.tabular import did_you_mean, need_columns, number, read_text, read_tsv

if TYPE_CHECKING:
    # Loaded where images are: the files of headsets are read whenever Snakemake reads its rules.
    from PIL import Image

EXAMPLE = "headsets: {vive: {left: {crop_px: [20, 10, 180, 170], rotation_deg: 3, scale: 1.1}}}"
SIDES = ("left", "right")
# Pillow's word for that; it calls 2 close to the filter alone.
REDUCING_GAP = 2.0


@dataclass(frozen=True)
class Rectify:
    """What is done to the images of one eye's camera.

    Attributes:
        crop_px: left, top, right, bottom, as Pillow counts: right and bottom are outside. None: the whole image.
        rotation_deg: by which the image is turned counter-clockwise about the crop's centre.
        scale: by which what the crop shows is magnified about its centre.
    """

    crop_px: Sequence[int] | None = None
    rotation_deg: float = 0.0
    scale: float = 1.0

    def apply(self, image: "Image.Image", size: tuple[int, int], where: str) -> "Image.Image":
        """Grey ``image`` rectified and resized to ``size`` (width, height); what a rotation brings in is black.

        Resizing averages over the pixels that it merges (a triangle filter; much larger images are first brought to
        about twice the size by averages of whole pixels).

        Raises:
            InputError: the crop, or what the scale makes of it, leaves the image; the message opens with ``where``.
        """
        from PIL import Image

        if self == Rectify():
            return image.resize(size, Image.Resampling.BILINEAR, reducing_gap=REDUCING_GAP)
        left, top, right, bottom = self.crop_px or (0, 0, *image.size)
        centre = ((left + right) / 2, (top + bottom) / 2)
        half = ((right - left) / 2 / self.scale, (bottom - top) / 2 / self.scale)
        box = (centre[0] - half[0], centre[1] - half[1], centre[0] + half[0], centre[1] + half[1])
        if box[0] < 0 or box[1] < 0 or box[2] > image.width or box[3] > image.height:
            raise InputError(
                f"{where} has {image.width} x {image.height} pixels and its headset's crop and scale ask for "
                f"{', '.join(f'{edge:g}' for edge in box)}; correct them in the file of headsets"
            )
        if self.rotation_deg:
            image = image.rotate(self.rotation_deg, Image.Resampling.BICUBIC, center=centre)
        return image.resize(size, Image.Resampling.BILINEAR, box=box, reducing_gap=REDUCING_GAP)


@dataclass(frozen=True)
class Cameras:
    """What is done to the images of the left and of the right eye."""

    left: Rectify = Rectify()
    right: Rectify = Rectify()


def read_headsets(path: str | None, people: Path | None = None) -> Mapping[str, Cameras]:
    """What is done to everybody's images; whom the file does not name has its default.

    Args:
        path: the YAML file, None where there is none: then images stay as they are.
        people: folder with a ``sub-`` folder of everybody whom the file may name.

    Raises:
        InputError: no YAML, a key or a value not of this form, a headset or a person that is not there.
    """
    if path is None:
        return defaultdict(Cameras)
    try:
        content = parse_yaml(read_text(path))
    except ValueError as error:
        raise InputError(f"{path} is not valid YAML ({error}); write it like {EXAMPLE}") from None
    content = _mapping(content, "the file", ("headsets", "default", "participants"), path)
    headsets: dict[str, Cameras] = {}
    for name, entry in _mapping(content.get("headsets"), "headsets", None, path).items():
        eyes = _mapping(entry, f"headset '{name}'", ("left", "right"), path)
        headsets[str(name)] = Cameras(*(_eye(eyes.get(s) or {}, f"headset '{name}', {s}", path) for s in SIDES))
    worn = {
        str(name).removeprefix("sub-"): str(headset)
        for name, headset in _mapping(content.get("participants") or {}, "participants", None, path).items()
    }
    default = [str(content["default"])] if content.get("default") is not None else []
    for headset in [*worn.values(), *default]:
        if headset not in headsets:
            raise InputError(
                f"{path}: headset '{headset}'{did_you_mean(headset, headsets)} is not under `headsets`; describe "
                "it there, or correct the name"
            )
    for name in worn:
        if people is not None and not (people / f"sub-{name}").is_dir():
            raise InputError(
                f"{path}: participant '{name}' has no folder in {people}; correct the name (in quotes, where it is a "
                "number), or remove it"
            )
    otherwise = headsets[default[0]] if default else Cameras()
    return defaultdict(lambda: otherwise, {name: headsets[headset] for name, headset in worn.items()})


def read_offsets(path: str | None, people: Sequence[str] | None = None) -> dict[str, float]:
    """Seconds to add to eye times, by participant; ``people`` are all whom the table ``path`` may name.

    Raises:
        InputError: a row without a number, a second one of a person, or one of nobody who is there.
    """
    if path is None:
        return {}
    table = read_tsv(path)
    need_columns(table, ("participant_id", "offset_s"))
    offsets: dict[str, float] = {}
    rows: dict[str, int] = {}
    for row, values in table.rows:
        name = participant_of(values["participant_id"], f"{path}, row {row}")
        if name in rows:
            raise InputError(f"{path}, row {row}: participant '{name}' is also in row {rows[name]}; keep one row")
        if people is not None and name not in people:
            raise InputError(
                f"{path}, row {row}: participant '{name}'{did_you_mean(name, people)} has no folder in sourcedata; "
                "correct or remove the row"
            )
        seconds = number(values["offset_s"], f"{path}, row {row}, offset_s")
        if seconds is None:
            raise InputError(f"{path}, row {row}: no offset_s; write seconds, or remove the row")
        offsets[name], rows[name] = seconds, row
    return offsets


def _mapping(value: Any, what: str, allowed: tuple[str, ...] | None, path: str) -> Mapping[Any, Any]:
    if not isinstance(value, dict):
        raise InputError(f"{path}: {what} is not a mapping of names; write it like {EXAMPLE}")
    for name in value:
        if allowed is not None and name not in allowed:
            raise InputError(
                f"{path}: {what} has an unknown key '{name}'{did_you_mean(str(name), allowed)}; use "
                f"{', '.join(allowed)}"
            )
    return value


def _eye(entry: Any, what: str, path: str) -> Rectify:
    entry = _mapping(entry, what, ("crop_px", "rotation_deg", "scale"), path)
    rotation, scale, crop = entry.get("rotation_deg", 0), entry.get("scale", 1), entry.get("crop_px")
    for key, value, low, words in (("rotation_deg", rotation, -math.inf, ""), ("scale", scale, 0, " above 0")):
        if isinstance(value, bool) or not isinstance(value, int | float) or not low < value < math.inf:
            raise InputError(f"{path}: {what}, {key} is {value!r}; write a number{words}")
    whole = isinstance(crop, list) and len(crop) == 4 and all(type(edge) is int for edge in crop)
    if crop is not None and not (whole and 0 <= crop[0] < crop[2] and 0 <= crop[1] < crop[3]):
        raise InputError(
            f"{path}: {what}, crop_px is {crop!r}; write [left, top, right, bottom] in whole pixels, with left below "
            "right and top below bottom"
        )
    return Rectify(crop, float(rotation), float(scale))
