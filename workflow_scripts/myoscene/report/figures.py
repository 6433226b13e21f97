"""All figures of a run, each once for a desk and once for a phone."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from myoscene.core.errors import InputError
from myoscene.drawing.style import NARROW, WIDE, Frame, save_svg, style
from myoscene.report.associations import draw_forest, draw_heatmap
from myoscene.report.checks import draw_null_check, draw_simulation
from myoscene.report.cohort import draw_quality
from myoscene.report.eye_pictures import draw_eye_examples, draw_eye_neutrals
from myoscene.report.eyes import draw_learning_curve, draw_modalities, draw_personalisation
from myoscene.report.learning import draw_calibration, draw_confusion, draw_participants
from myoscene.report.load import Options, Tables, load_tables
from myoscene.report.scenes import draw_occupancy
from myoscene.report.timelines import draw_timelines

DRAWERS: dict[str, Callable[[Tables, Frame, Options], Figure]] = {
    "quality": draw_quality,
    "participants": draw_participants,
    "confusion": draw_confusion,
    "calibration": draw_calibration,
    "personalisation": draw_personalisation,
    "modalities": draw_modalities,
    "learning_curve": draw_learning_curve,
    "eye_neutrals": draw_eye_neutrals,
    "eye_examples": draw_eye_examples,
    "timelines": draw_timelines,
    "occupancy": draw_occupancy,
    "associations": draw_heatmap,
    "forest": draw_forest,
    "null_check": draw_null_check,
    "simulation": draw_simulation,
}


def make_figures(
    tables: dict[str, str | list[str]], wide: Sequence[str], narrow: Sequence[str], **options: Any
) -> None:
    """Draw the figures that are asked for.

    Args:
        tables: see :func:`myoscene.report.load.load_tables`.
        wide: SVG files to write, named like their figure: 8.6 inches wide.
        narrow: the same for a phone: 3.75 inches wide.
        options: fields of :class:`myoscene.report.load.Options`.

    Raises:
        InputError: a file name that is no figure's, or a table that cannot be read.
    """
    loaded, chosen = load_tables(tables), Options(**options)
    with style():
        for frame, paths in ((WIDE, wide), (NARROW, narrow)):
            for path in paths:
                name = Path(path).stem
                if name not in DRAWERS:
                    raise InputError(f"the report has no figure '{name}'; name one of {', '.join(DRAWERS)}")
                save_svg(
                    path,
                    DRAWERS[name](loaded, frame, chosen),
                    f"{name}-{'wide' if frame.wide else 'narrow'}",
                )
