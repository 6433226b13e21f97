"""How figures look: sizes, colours that colour-blind readers tell apart, and byte-identical SVG files."""

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import matplotlib

matplotlib.use("svg")

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from myoscene.machinery.files import atomic_path  # noqa: E402

# Okabe & Ito 2008: told apart with every common colour vision deficiency.
_CLASS_COLOURS = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#8C6D1F",
    "#5B4B8A",
    "#882255",
    "#A3A332",
    "#44AA99",
    "#A0522D",
)
NEUTRAL = "#B9C0CA"
UNCERTAIN = "#F3F1EA"
INK = "#1F2933"
MUTED = "#6B7785"
GRID = "#E3E7EC"
ACCENT = "#0B4F6C"
# Tol 2021, "high contrast", with shapes of their own: models and estimators are never told by colour alone.
_SERIES = (
    *(("#004488", "o"), ("#BB5566", "s"), ("#B8860B", "D"), ("#5F6B76", "^"), ("#2E7D6B", "v")),
    *(("#7A3E9D", "P"), ("#3C8DC5", "X"), ("#A0522D", "<"), ("#1F2933", ">"), ("#8FA31E", "h")),
)
# Blue over white to orange: the two ends differ in lightness order and in hue for colour-blind readers.
DIVERGING = matplotlib.colors.LinearSegmentedColormap.from_list(
    "blue_orange", ["#0B4F8A", "#5B9BD0", "#CFE2F1", "#FFFFFF", "#FBDDBF", "#E8914A", "#A84300"]
)
SEQUENTIAL = matplotlib.colors.LinearSegmentedColormap.from_list(
    "ink_blue", ["#FFFFFF", "#D6E6F2", "#8BBBDC", "#3C85B8", "#0B4F8A"]
)
WARNING = matplotlib.colors.LinearSegmentedColormap.from_list("amber", ["#FFFFFF", "#FBE3C4", "#EFA75C", "#B8500A"])

_RC = {
    "font.family": ["DejaVu Sans"],
    "font.size": 8.5,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelsize": 8.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#A5AFBA",
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "figure.dpi": 96,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.07,
    "svg.fonttype": "none",  # text stays text: it can be read out, searched and selected
    "text.parse_math": False,  # a name with two dollar signs is a name
    "hatch.linewidth": 0.6,
    "hatch.color": "#A9A392",
}


@dataclass(frozen=True)
class Frame:
    """The room that a figure is drawn for.

    Attributes:
        width_in: width in inches (96 pixels each).
        wide: a page on a desk; otherwise a phone, where panels stand below each other.
    """

    width_in: float
    wide: bool

    def columns(self, panels: int, wide: int = 2) -> int:
        """Number of panels beside each other."""
        return min(panels, wide) if self.wide else 1


WIDE = Frame(8.6, True)
NARROW = Frame(3.75, False)


def style() -> AbstractContextManager[None]:
    """Context in which every figure is drawn, whatever the user's own settings are."""
    settings: dict[Any, Any] = {**matplotlib.rcParamsDefault, **_RC, "backend": "svg"}
    return matplotlib.rc_context(settings)


def save_svg(path: str | os.PathLike[str], figure: Figure, name: str) -> None:
    """Write ``figure``, atomically and with the same bytes each time, and close it.

    Args:
        name: makes the ids inside the file its own, so that figures can stand in one page.
    """
    with atomic_path(path) as temporary, matplotlib.rc_context({"svg.hashsalt": name}):
        figure.savefig(temporary, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    plt.close(figure)


def class_colours(classes: Sequence[str], neutral: str | None) -> dict[str, str]:
    """Class -> colour, the same in every figure: rest is grey, ``uncertain`` nearly white."""
    colours = {}
    expressive = [name for name in classes if name != neutral]
    for number, name in enumerate(expressive):
        colours[name] = _CLASS_COLOURS[number % len(_CLASS_COLOURS)]
    if neutral is not None:
        colours[neutral] = NEUTRAL
    return {**{name: colours[name] for name in classes}, "uncertain": UNCERTAIN}


def series(number: int) -> tuple[str, str]:
    """Colour and marker of the ``number``-th model or estimator."""
    return _SERIES[number % len(_SERIES)]


def notice(sentence: str, frame: Frame) -> Figure:
    """A figure that holds one sentence, for a table without rows."""
    figure = plt.figure(figsize=(frame.width_in, 0.9))
    figure.text(0.5, 0.5, sentence, ha="center", va="center", color=MUTED, wrap=True)
    return figure


def empty_axes(axes: Axes) -> None:
    """Take every line and label off an axes that stays empty."""
    axes.set_axis_off()
