"""One whole made-up run, drawn and written once."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from myoscene.report.figures import make_figures
from myoscene.report.page import make_page

from report.builders import CLASSES, Run
from report.builders_eyes import ACTION_UNITS

OPTIONS = {
    "classes": CLASSES,
    "alpha": 0.05,
    "scene_model": "cnn_tcn",
    "timeline_participants": 4,
    "top_associations": 20,
    "heatmap_features": 70,
    "show_eyes": False,
}
FIGURE_OPTIONS = {**OPTIONS, "neutral": "neutral", "eye_neutral": "neutral", "calibration_bins": 10}
FIGURES_OF = {
    "quality": "quality",
    "people": "participants",
    "confusion": "confusion",
    "windows": "calibration",
    "personalisation_effect": "personalisation",
    "modalities": "modalities",
    "learning_curve": "learning_curve",
    "face_parameters": "face_traces",
    "mapping_summary": "mapping_curve",
    "mapping_coefficients": "mapping_matrix",
    "mapping_example": "mapping_traces",
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


def tables(run: Run, show_eyes: bool = False) -> dict[str, str | list[str]]:
    """What the rules give the page: images and what belongs to them only where they may be shown."""
    pictures = ("eye_frames", "eye_images", "eye_neutrals")
    return {name: paths for name, paths in run.paths.items() if show_eyes or name not in pictures}


def write(run: Run, title: str = "Facial expression and workload", phone: bool = True, **changes) -> Written:
    """Draw the figures of ``run`` and write its page; without ``phone`` those for a desk stand in the others' place."""
    folder = run.root / "results/report"
    options = {**FIGURE_OPTIONS, **changes}
    drawn = names(run) + (["eye_neutrals", "eye_examples"] if options["show_eyes"] else [])
    wide = [str(folder / f"figures/{name}.svg") for name in drawn]
    narrow = [str(folder / f"figures/narrow/{name}.svg") for name in drawn] if phone else []
    make_figures(tables(run, options["show_eyes"]), wide, narrow, **options)
    return write_page(run, wide, narrow or wide, title=title, **changes)


def write_page(
    run: Run, wide: list[str], narrow: list[str], title: str = "Facial expression and workload", **changes
) -> Written:
    """Write the page of ``run`` with these figures."""
    options = {**OPTIONS, **changes}
    page = run.root / "results/report/index.html"
    make_page(tables(run, options["show_eyes"]), wide, narrow, str(page), title=title, **options)
    return Written(run, page, wide, narrow)


@pytest.fixture(scope="session")
def with_eyes(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """EMG models of four classes, eye models of ten, fusion; pictures of eyes are shown."""
    run = Run(tmp_path_factory.mktemp("eyes")).write_everything(ACTION_UNITS)
    return write(run, show_eyes=True)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return write(Run(tmp_path_factory.mktemp("whole")).write_all())
