"""One whole made-up run, drawn and written once."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from myoscene.report.figures import make_figures
from myoscene.report.page import make_page

from report.builders import CLASSES, Run

OPTIONS = {
    "classes": CLASSES,
    "alpha": 0.05,
    "scene_model": "cnn_tcn",
    "timeline_participants": 4,
    "top_associations": 20,
    "heatmap_features": 70,
}
FIGURE_OPTIONS = {**OPTIONS, "neutral": "neutral", "calibration_bins": 10}
FIGURES_OF = {
    "quality": "quality",
    "people": "participants",
    "confusion": "confusion",
    "windows": "calibration",
    "scene_predictions": "timelines",
    "expression_features": "occupancy",
    "associations": "associations",
    "null_check": "null_check",
    "simulation": "simulation",
}


@dataclass
class Written:
    """A run and the page made from it."""

    run: Run
    page: Path
    wide: list[str]
    narrow: list[str]

    @property
    def html(self) -> str:
        return self.page.read_text(encoding="utf-8")


def names(run: Run) -> list[str]:
    """Figures that a run with these tables has."""
    drawn = [figure for table, figure in FIGURES_OF.items() if table in run.paths]
    if "scene_predictions" not in run.paths and "occupancy" in drawn:
        drawn.remove("occupancy")
    return [*drawn, "forest"] if "associations" in run.paths else drawn


def write(run: Run, title: str = "Facial expression and workload", **changes) -> Written:
    """Draw the figures of ``run`` and write its page."""
    folder = run.root / "results/report"
    wide = [str(folder / f"figures/{name}.svg") for name in names(run)]
    narrow = [str(folder / f"figures/narrow/{name}.svg") for name in names(run)]
    make_figures(run.paths, wide, narrow, **{**FIGURE_OPTIONS, **changes})
    page = folder / "index.html"
    make_page(run.paths, wide, narrow, str(page), title=title, **{**OPTIONS, **changes})
    return Written(run, page, wide, narrow)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write(Run(tmp_path_factory.mktemp("whole")).write_all())
