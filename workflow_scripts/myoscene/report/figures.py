"""All figures of a run, each once for a desk and once for a phone."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from myoscene.core.errors import InputError
from myoscene.drawing.style import NARROW, WIDE, Frame, save_svg, style
from myoscene.report import cohort, eye_models, eyes, faces, learning, mapping, scenes, workload
from myoscene.report.load import Options, Tables, load_tables

# The figure ``x`` is drawn by the function ``draw_x`` of one of these modules.
DRAWERS: dict[str, Callable[[Tables, Frame, Options], Figure]] = {
    name.removeprefix("draw_"): drawer
    for module in (cohort, learning, eye_models, eyes, faces, mapping, scenes, workload)
    for name, drawer in vars(module).items()
    if name.startswith("draw_")
}


def make_figures(
    tables: dict[str, str | list[str]], wide: Sequence[str], narrow: Sequence[str], **options: Any
) -> None:
    """Draw the figures that are asked for, from ``tables`` (see :func:`load_tables`) and the fields of ``Options``.

    Args:
        wide, narrow: SVG files to write, named like their figure: 8.6 inches wide, and 3.75 for a phone.

    Raises:
        InputError: a file name that is not a figure's, or a table that cannot be read.
    """
    loaded, chosen = load_tables(tables), Options(**options)
    with style():
        for frame, paths in ((WIDE, wide), (NARROW, narrow)):
            for path in paths:
                name = Path(path).stem
                if name not in DRAWERS:
                    raise InputError(f"the report has no figure '{name}'; name one of {', '.join(DRAWERS)}")
                drawn = DRAWERS[name](loaded, frame, chosen)
                save_svg(path, drawn, f"{name}-{'wide' if frame.wide else 'narrow'}")
