"""How figures look: sizes, colours that colour-blind readers tell apart, and byte-identical SVG files."""

import io
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import matplotlib
import numpy as np
from numpy.typing import NDArray

matplotlib.use("svg")

import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.artist import Artist  # noqa: E402
from matplotlib.axes import Axes  # noqa: E402
from matplotlib.collections import QuadMesh  # noqa: E402
from matplotlib.colors import Colormap  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from myoscene.core.errors import undirected  # noqa: E402
from myoscene.machinery.files import atomic_path  # noqa: E402

# Okabe & Ito 2008: told apart with every common colour vision deficiency.
_CLASS_COLOURS = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"),
    *("#8C6D1F", "#5B4B8A", "#882255", "#A3A332", "#44AA99", "#A0522D"),
)
NEUTRAL = "#B9C0CA"
UNCERTAIN = "#F3F1EA"
HATCH = "#A9A392"
INK = "#1F2933"
MUTED = "#6B7785"
GRID = "#E3E7EC"
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
    "hatch.color": HATCH,
}


@dataclass(frozen=True)
class Frame:
    """The room that a figure is drawn for: its width (inches of 96 pixels), and whether it is a page on a desk.

    On a phone panels stand below each other.
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
    """Write ``figure``, whole and with the same bytes each time, and close it; ``name`` makes its ids its own."""
    with atomic_path(path) as temporary, matplotlib.rc_context({"svg.hashsalt": name}):
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
        temporary.write_text(undirected(text.getvalue()), encoding="utf-8")
    plt.close(figure)


def class_colours(classes: Sequence[str], neutral: str | None) -> dict[str, str]:
    """Class -> colour, the same in every figure: rest is grey, ``uncertain`` nearly white."""
    own = cycle(_CLASS_COLOURS)
    return {**{name: NEUTRAL if name == neutral else next(own) for name in classes}, "uncertain": UNCERTAIN}


def series(number: int) -> tuple[str, str]:
    """Colour and marker of the ``number``-th model or estimator."""
    return _SERIES[number % len(_SERIES)]


def notice(sentence: str, frame: Frame) -> Figure:
    """A figure that holds one sentence, for a table without rows."""
    figure = plt.figure(figsize=(frame.width_in, 0.9))
    figure.text(0.5, 0.5, sentence, ha="center", va="center", color=MUTED, wrap=True)
    return figure


def panels(
    count: int, columns: int, width: float, row: float, extra: float = 0.0, *, legend: float = 0.0, sharey: bool = False
) -> tuple[Figure, list[Axes]]:
    """A figure of ``count`` panels, ``columns`` beside each other; places without a panel stay empty.

    It is ``width`` inches wide, and ``row`` for each row, ``extra`` and ``legend`` high.
    """
    rows = -(-count // columns)
    size = (width, rows * row + extra + legend)
    figure, grid = plt.subplots(rows, columns, figsize=size, squeeze=False, sharey=sharey)
    for axes in grid.flat[count:]:
        axes.set_axis_off()
    return figure, list(grid.flat[:count])


def legend_above(figure: Figure, columns: int, handles: Sequence[Artist] | None = None, **style: float) -> None:
    """A legend over the panels: of ``handles``, else of what the first panel labels."""
    if handles is None:
        handles = figure.axes[0].get_legend_handles_labels()[0]
    figure.legend(handles=handles, loc="outside upper left", ncols=columns, columnspacing=1.2, **style)


def cells(
    axes: Axes, values: NDArray[Any], colours: Colormap, low: float, high: float, edges: str = "white", lw: float = 0.6
) -> QuadMesh:
    """A heat map of ``values`` ``(rows, columns)``, the first row on top; NaN is grey."""
    masked = np.ma.masked_invalid(values)
    mesh = axes.pcolormesh(masked, cmap=colours, vmin=low, vmax=high, edgecolors=edges, lw=lw)
    axes.set_ylim(len(values), 0)
    axes.set_facecolor("#ECEFF2")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return mesh


def colour_bar(axes: Axes, mesh: QuadMesh, label: str, **place: Any) -> None:
    """A bar that says what the colours of a heat map mean."""
    bar = axes.figure.colorbar(mesh, ax=axes, **place)
    bar.set_label(label)
    bar.outline.set_visible(False)


def listed_down(axes: Axes, names: Sequence[str], size: float | None = None) -> None:
    """One row for each of ``names``, from top to bottom, at 0, 1, ...; vertical grid lines alone."""
    axes.set_yticks(np.arange(len(names)), names)
    axes.tick_params(axis="y", labelsize=size or plt.rcParams["ytick.labelsize"])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.spines["left"].set_visible(False)


def floor_tenth(value: float) -> float:
    """Where an axis of scores may begin: the tenth below, not below 0."""
    return max(0.0, np.floor(value * 10) / 10)


def spread(count: int) -> NDArray[np.float64]:
    """Fixed offsets between -1 and 1 instead of a random jitter: the same table gives the same picture."""
    return np.sin(2.4 * np.arange(count))


def estimate(axes: Axes, row: tuple[float, float, float], y: float, number: int, orders: tuple[int, int]) -> None:
    """Mean with its limits, across ``y`` in the look of the ``number``-th model or estimator; orders of line, mark."""
    (mean, low, high), (colour, marker) = row, series(number)
    axes.plot([low, high], [y, y], color=colour, lw=2.2, solid_capstyle="butt", zorder=orders[0])
    axes.plot(mean, y, marker, color=colour, ms=7, mec="white", mew=1, zorder=orders[1])
