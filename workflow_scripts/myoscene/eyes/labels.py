"""Label sets of eye images; standard library only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from myoscene.core.errors import InputError
from myoscene.recordings.tabular import did_you_mean

# Hickson et al. 2019, in the order of the paper; `open_closed` is ours.
LABEL_SETS = {
    "action_units": (
        "neutral",
        "left_brow_raise",
        "right_brow_raise",
        "brow_lower",
        "upper_lid_raise",
        "squint",
        "both_closed",
        "left_wink",
        "right_wink",
        "cheek_raise",
    ),
    "emotive": ("neutral", "anger", "surprise", "happiness", "closed"),
    "open_closed": ("open", "closed"),
}


def eye_classes(recordings: Mapping[str, Any], eyes: Mapping[str, Any]) -> list[str]:
    """Classes of the eye images, in the order of every table, by the configuration's two sections.

    Raises:
        InputError: the label set is `listed` and nothing is listed, something stands there twice, or classes are
            listed that the label set does not use.
    """
    chosen, listed = eyes["label_set"], list(eyes["classes"])
    if chosen != "listed":
        if listed:
            raise InputError(
                f"eyes.classes lists classes but eyes.label_set is '{chosen}'; set it to `listed`, or empty "
                "eyes.classes"
            )
        return list(recordings["classes"] if chosen == "recordings" else LABEL_SETS[chosen])
    if not listed:
        raise InputError("eyes.label_set is `listed` but eyes.classes is empty; name the classes there")
    twice = [name for number, name in enumerate(listed) if name in listed[:number]]
    if twice:
        raise InputError(f"eyes.classes lists '{twice[0]}' twice; keep it once")
    return listed


@dataclass(frozen=True)
class KnownLabels:
    """What the labels of an index may be.

    Attributes:
        classes: the eye images' classes; ``neutral`` and ``closed`` need not be among them.
        ignored: labels of frames to leave aside.
    """

    classes: Sequence[str]
    neutral: str | None
    closed: str | None
    ignored: Sequence[str] = ()

    @cached_property
    def used(self) -> tuple[str, ...]:
        """Classes, and the labels of neutral and of closed eyes."""
        return tuple(dict.fromkeys([*self.classes, *(name for name in (self.neutral, self.closed) if name)]))

    def check(self, label: str, where: str) -> str:
        """``label``, or "" where it is one to leave aside; InputError, which opens with ``where``, for another."""
        if label in self.ignored:
            return ""
        if label not in self.used:
            raise InputError(
                f"{where}: unknown label '{label}'{did_you_mean(label, self.used)}; correct it, choose another "
                "eyes.label_set, or add it to eyes.ignore_labels"
            )
        return label
