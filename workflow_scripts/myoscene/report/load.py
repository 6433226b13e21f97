"""Reading every table that the page shows, by its stage's schema; what a run does not have is empty."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from myoscene.core.errors import InputError
from myoscene.core.tables import Schema, read_csv_table, read_table
from myoscene.emg import tables as emg
from myoscene.eyes import tables as eyes
from myoscene.learn import tables as learn
from myoscene.recordings import tables as recordings
from myoscene.scenes import tables as scenes
from myoscene.statistics import tables as statistics

# Tables that are read whole; those that are large, or of which only a few are drawn, stay paths until they are drawn.
SCHEMAS: dict[str, Schema] = {
    "sheet": recordings.SHEET,
    "exclusions": recordings.EXCLUSIONS,
    "participants": recordings.PARTICIPANTS,
    "quality": emg.QUALITY,
    "eye_sheet": eyes.SHEET,
    "eye_personalisation": eyes.PERSONALISATION,
    "eye_identical": eyes.IDENTICAL,
    "eye_removed": eyes.REMOVED,
    "people": learn.PARTICIPANT_SCORES,
    "summary": learn.SUMMARY,
    "confusion": learn.CONFUSION,
    "class_scores": learn.CLASS_SCORES,
    "comparison": learn.COMPARISON,
    "personalisation_effect": learn.PERSONALISATION_EFFECT,
    "modalities": learn.MODALITIES,
    "modalities_comparison": learn.COMPARISON,
    "raters": learn.RATERS,
    "learning_curve": learn.LEARNING_CURVE,
    "expression_features": scenes.EXPRESSION_FEATURES,
    "dictionary": scenes.FEATURE_DICTIONARY,
    "scores": scenes.SCENE_SCORES,
    "scene_effects": statistics.SCENE_EFFECTS,
    "scene_pairs": statistics.SCENE_PAIRS,
    "associations": statistics.TLX_ASSOCIATIONS,
    "families": statistics.FAMILIES,
    "null_check": statistics.NULL_CHECK,
    "simulation": statistics.SIMULATION,
}
_BY_MODEL = ("people", "summary", "confusion", "class_scores", "windows")
_BY_PERSON = ("scene_predictions", "events", "eye_features", "eye_frames", "eye_images", "eye_neutrals")
_JSON_LISTS = ("normalisers", "cards")


@dataclass(frozen=True)
class Options:
    """What the configuration says of the page and its figures; the last three concern figures alone.

    Attributes:
        classes: of the scene model that is drawn, or of the EMG.
        scene_model: the model whose timelines are drawn.
        timeline_participants, top_associations, heatmap_features: the most that are drawn.
        show_eyes: whether parts of faces may be shown.
        neutral, eye_neutral: the neutral class of ``classes``, and that of the eye images.
        calibration_bins: bins of a reliability diagram.
    """

    classes: Sequence[str]
    alpha: float
    scene_model: str
    timeline_participants: int
    top_associations: int
    heatmap_features: int
    show_eyes: bool = False
    neutral: str | None = None
    eye_neutral: str | None = None
    calibration_bins: int = 10


def _absent() -> Any:
    return field(default_factory=pd.DataFrame)


@dataclass
class Tables:
    """Tables of one run, by the names that ``rules/report.smk`` gives its inputs.

    Attributes of one file are a frame (or a dictionary, for JSON and YAML), those of many map a model or a participant
    to a frame or, of :data:`SCHEMAS` none, to a path. The last three are there only where parts of faces may be shown.
    """

    config: dict[str, Any] = field(default_factory=dict)
    description: dict[str, Any] = field(default_factory=dict)
    sheet: pd.DataFrame = _absent()
    exclusions: pd.DataFrame = _absent()
    participants: pd.DataFrame = _absent()
    quality: pd.DataFrame = _absent()
    normalisers: list[dict[str, Any]] = field(default_factory=list)
    people: dict[str, pd.DataFrame] = field(default_factory=dict)
    summary: dict[str, pd.DataFrame] = field(default_factory=dict)
    confusion: dict[str, pd.DataFrame] = field(default_factory=dict)
    windows: dict[str, str] = field(default_factory=dict)
    cards: list[dict[str, Any]] = field(default_factory=list)
    comparison: pd.DataFrame = _absent()
    scene_predictions: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    expression_features: pd.DataFrame = _absent()
    dictionary: pd.DataFrame = _absent()
    scores: pd.DataFrame = _absent()
    scene_effects: pd.DataFrame = _absent()
    scene_pairs: pd.DataFrame = _absent()
    associations: pd.DataFrame = _absent()
    families: pd.DataFrame = _absent()
    null_check: pd.DataFrame = _absent()
    simulation: pd.DataFrame = _absent()
    eye_sheet: pd.DataFrame = _absent()
    eye_personalisation: pd.DataFrame = _absent()
    eye_identical: pd.DataFrame = _absent()
    eye_removed: pd.DataFrame = _absent()
    class_scores: dict[str, pd.DataFrame] = field(default_factory=dict)
    personalisation_effect: pd.DataFrame = _absent()
    modalities: pd.DataFrame = _absent()
    modalities_comparison: pd.DataFrame = _absent()
    raters: pd.DataFrame = _absent()
    learning_curve: pd.DataFrame = _absent()
    eye_features: dict[str, str] = field(default_factory=dict)
    eye_frames: dict[str, str] = field(default_factory=dict)
    eye_images: dict[str, str] = field(default_factory=dict)
    eye_neutrals: dict[str, str] = field(default_factory=dict)

    @property
    def models(self) -> list[str]:
        """Models in the order of the configuration."""
        return list(self.people)

    def has(self, *names: str) -> bool:
        """Whether each of these tables is there and has rows (or files)."""
        return all(len(getattr(self, name)) for name in names)

    def given(self, name: str) -> bool:
        """Whether a table of one file is there, with rows or without."""
        return len(getattr(self, name).columns) > 0

    def setting(self, path: str, otherwise: Any = None) -> Any:
        """The run's value of a configuration key, ``learn.seed`` say; ``otherwise`` where it has none."""
        value: Any = self.config
        for name in path.split("."):
            value = (value or {}).get(name)
        return otherwise if value is None else value


def load_tables(paths: dict[str, str | list[str]]) -> Tables:
    """Read the named files.

    Args:
        paths: attribute of :class:`Tables` -> its file or files (those of a model lie in a folder of its
            name, those of a participant are named like the person).

    Raises:
        InputError: a name that is none of a table, or a file that cannot be read.
    """
    known = {item.name for item in fields(Tables)}
    tables = Tables()
    for name, value in paths.items():
        if name not in known:
            raise InputError(f"the report has no table '{name}'; name one of {', '.join(sorted(known))}")
        files = [value] if isinstance(value, str) else list(value)
        loaded: Any = [read_frame(file, name) if name in SCHEMAS else file for file in files]
        if name in _BY_MODEL or name in _BY_PERSON:
            keys = [Path(file).parent.name if name in _BY_MODEL else Path(file).stem for file in files]
            loaded = dict(zip(keys, loaded, strict=True))
        elif name in _JSON_LISTS:
            loaded = [_read_json(file) for file in files]
        else:
            loaded = loaded[0] if name in SCHEMAS else _read_json(files[0])
        setattr(tables, name, loaded)
    return tables


def read_frame(path: str, name: str) -> pd.DataFrame:
    """The table ``name`` of :data:`SCHEMAS`, CSV or Parquet.

    Raises:
        InputError: the file is missing or is no such table.
    """
    read = read_table if path.endswith(".parquet") else read_csv_table
    return read(path, SCHEMAS[name])


def _read_json(path: str) -> dict[str, Any]:
    """A JSON or YAML file that holds a mapping."""
    try:
        with open(path, encoding="utf-8") as handle:
            content = json.load(handle) if path.endswith(".json") else yaml.safe_load(handle)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read ({error}); delete it and run again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no mapping of names to values; delete it and run again")
    return content


def is_synthetic(tables: Tables) -> bool:
    """Whether any table of the run says that its rows come from the generator."""
    names = ("sheet", "quality", "expression_features", "associations", "eye_sheet")
    frames = [*(getattr(tables, name) for name in names), *tables.people.values()]
    return any("synthetic" in frame and bool(frame["synthetic"].any()) for frame in frames)
