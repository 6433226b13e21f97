"""Draw docs/workflow.svg, the README's picture of the stages: ``.venv/bin/python docs/workflow_picture.py``."""

import argparse
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.hashsalt": "myoscene", "font.family": "DejaVu Sans", "font.size": 10})
import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

INK, SOFT, LINE = "#1f2933", "#52606d", "#7b8794"
# name, what it does, what it leaves, column, row, colour
BOXES = [
    ("recordings", "BIDS dataset: EMG, events,\nratings, checked", "sheet.csv", 0.0, 2.0, "#e3f0fa"),
    ("emg", "filter, quality, normalise,\nwindows, features", "features/*.parquet", 1.0, 2.0, "#e3f0fa"),
    ("eyes", "pair, rectify, quality,\nmean neutral image", "frames/*.parquet", 1.0, 1.0, "#e3f0fa"),
    ("face", "parameters from video or\nother tools' tables", "parameters/*.parquet", 1.0, 3.0, "#e3f0fa"),
    ("mapping", "muscles to face and back,\nfaces without a camera", "*/scores.csv", 2.0, 3.0, "#e8f5e4"),
    ("learn", "EMG, eyes, fusion: one model\nper person left out", "*/*.safetensors", 2.0, 1.5, "#e8f5e4"),
    ("scenes", "continuous expressions,\nexpression features", "expression_features.csv", 2.0, 0.0, "#e8f5e4"),
    ("statistics", "scene effects, NASA-TLX\nassociations with FDR", "tlx_associations.csv", 1.0, 0.0, "#fdf1dc"),
    ("report", "figures and one page", "index.html", 0.0, 0.0, "#fdf1dc"),
]
ARROWS = [
    ("recordings", "emg"),
    ("recordings", "eyes"),
    ("recordings", "face"),
    ("face", "mapping"),
    ("emg", "mapping"),
    ("emg", "learn"),
    ("eyes", "learn"),
    ("learn", "scenes"),
    ("scenes", "statistics"),
    ("statistics", "report"),
]
WIDTH, HEIGHT, STEP_X, STEP_Y = 2.55, 1.12, 3.25, 1.4


def draw(path: Path) -> None:
    """A box a stage, what is recorded side by side, and the files on both ends."""
    figure, axes = plt.subplots(figsize=(10.4, 6.1))
    for name, what, leaves, column, row, colour in BOXES:
        x, y = column * STEP_X, row * STEP_Y
        box = FancyBboxPatch((x, y), WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.09", fc=colour, ec=LINE, lw=1)
        axes.add_patch(box)
        axes.text(x + 0.12, y + HEIGHT - 0.13, name, weight="bold", size=12, va="top", color=INK)
        axes.text(x + 0.12, y + HEIGHT - 0.42, what, size=9.3, va="top", color=INK, linespacing=1.25)
        axes.text(x + 0.12, y + 0.09, leaves, size=8.2, va="bottom", color=SOFT, family="DejaVu Sans Mono")
    places = {box[0]: box[3:5] for box in BOXES}
    for start, end in ARROWS:
        arrow(axes, places[start], places[end])
    left, top = -0.35, 2 * STEP_Y + HEIGHT / 2
    axes.text(
        left - 1.55,
        top,
        "raw facial EMG\n.edf .bdf .xdf .mat\n.csv emteqPRO\neye images\nface videos\n+ NASA-TLX",
        va="center",
        size=9.3,
        color=SOFT,
    )
    axes.add_patch(FancyArrowPatch((left - 0.25, top), (-0.04, top), arrowstyle="-|>", mutation_scale=13, color=LINE))
    axes.text(left - 1.55, HEIGHT / 2, "what you\nread", va="center", size=9.3, color=SOFT)
    axes.add_patch(
        FancyArrowPatch((-0.04, HEIGHT / 2), (left - 0.45, HEIGHT / 2), arrowstyle="-|>", mutation_scale=13, color=LINE)
    )
    axes.set_xlim(-2.0, 2 * STEP_X + WIDTH + 0.1)
    axes.set_ylim(-0.1, 3 * STEP_Y + HEIGHT + 0.1)
    axes.axis("off")
    figure.subplots_adjust(0, 0, 1, 1)
    figure.savefig(path, metadata={"Date": None})


def arrow(axes: plt.Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    """An arrow from one box to the next, leaving at the side that faces it."""
    x0, y0, x1, y1 = start[0] * STEP_X, start[1] * STEP_Y, end[0] * STEP_X, end[1] * STEP_Y
    if x0 < x1:
        points = (x0 + WIDTH + 0.04, y0 + HEIGHT / 2), (x1 - 0.04, y1 + HEIGHT / 2)
    elif x0 > x1:
        points = (x0 - 0.04, y0 + HEIGHT / 2), (x1 + WIDTH + 0.04, y1 + HEIGHT / 2)
    else:
        points = (x0 + WIDTH / 2, y0 - 0.04), (x1 + WIDTH / 2, y1 + HEIGHT + 0.04)
    axes.add_patch(FancyArrowPatch(*points, arrowstyle="-|>", mutation_scale=13, color=LINE))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("picture", nargs="?", type=Path, default=Path(__file__).with_name("workflow.svg"))
    draw(parser.parse_args().picture)
