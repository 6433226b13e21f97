"""Reading every table that the page shows; what a run does not have is ``None``."""

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import yaml

from myoscene.core.errors import InputError

# Read as text, empty instead of missing: "01" is a name and not a number, and so is "NA".
TEXT = (
    *(
        "participant",
        "session",
        "recording",
        "channel",
        "reason",
        "scene",
        "scene_a",
        "scene_b",
        "fold",
        "role",
    ),
    *(
        "model",
        "model_a",
        "model_b",
        "metric",
        "true",
        "predicted",
        "feature",
        "subscale",
        "estimator",
        "family",
    ),
    *("note", "flags", "task", "kind", "needs", "definition", "unit", "label", "sd_over"),
    *("worst_participant", "loo_participant"),
    *(
        "method",
        "predicted_by",
        "image",
        "eye",
        "problem",
        "unit",
        "personalised",
        "plain",
        "rater_a",
        "rater_b",
        "training_people",
    ),
)


@dataclass
class Tables:
    """Tables of one run, by the names that ``rules/report.smk`` gives its inputs.

    Attributes of one file are a frame (or a dictionary, for JSON and YAML) or ``None``; ``people``,
    ``summary``, ``confusion`` and ``class_scores`` map a model to its frame; ``windows`` maps a model,
    ``scene_predictions``, ``events``, ``eye_features``, ``eye_frames``, ``eye_images`` and ``eye_neutrals`` map a
    participant to a path, since they are large or only a few are drawn. The last three are there only where parts of
    faces may be shown.
    """

    config: dict[str, Any] = field(default_factory=dict)
    description: dict[str, Any] | None = None
    sheet: pd.DataFrame | None = None
    exclusions: pd.DataFrame | None = None
    participants: pd.DataFrame | None = None
    ratings: pd.DataFrame | None = None
    quality: pd.DataFrame | None = None
    normalisers: list[dict[str, Any]] = field(default_factory=list)
    folds: pd.DataFrame | None = None
    people: dict[str, pd.DataFrame] = field(default_factory=dict)
    summary: dict[str, pd.DataFrame] = field(default_factory=dict)
    confusion: dict[str, pd.DataFrame] = field(default_factory=dict)
    windows: dict[str, str] = field(default_factory=dict)
    cards: list[dict[str, Any]] = field(default_factory=list)
    comparison: pd.DataFrame | None = None
    scene_predictions: dict[str, str] = field(default_factory=dict)
    events: dict[str, str] = field(default_factory=dict)
    expression_features: pd.DataFrame | None = None
    dictionary: pd.DataFrame | None = None
    scores: pd.DataFrame | None = None
    scene_effects: pd.DataFrame | None = None
    scene_pairs: pd.DataFrame | None = None
    associations: pd.DataFrame | None = None
    families: pd.DataFrame | None = None
    null_check: pd.DataFrame | None = None
    simulation: pd.DataFrame | None = None
    eye_sheet: pd.DataFrame | None = None
    eye_personalisation: pd.DataFrame | None = None
    eye_identical: pd.DataFrame | None = None
    eye_removed: pd.DataFrame | None = None
    class_scores: dict[str, pd.DataFrame] = field(default_factory=dict)
    personalisation_effect: pd.DataFrame | None = None
    modalities: pd.DataFrame | None = None
    modalities_comparison: pd.DataFrame | None = None
    raters: pd.DataFrame | None = None
    learning_curve: pd.DataFrame | None = None
    eye_features: dict[str, str] = field(default_factory=dict)
    eye_frames: dict[str, str] = field(default_factory=dict)
    eye_images: dict[str, str] = field(default_factory=dict)
    eye_neutrals: dict[str, str] = field(default_factory=dict)

    @property
    def models(self) -> list[str]:
        """Models in the order of the configuration."""
        return list(self.people)


_BY_MODEL = ("people", "summary", "confusion", "class_scores")
_BY_FOLDER = ("windows",)
_BY_STEM = ("scene_predictions", "events", "eye_features", "eye_frames", "eye_images", "eye_neutrals")
_JSON_LISTS = ("normalisers", "cards")


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
        if name in _BY_MODEL:
            loaded: Any = {Path(file).parent.name: read_frame(file) for file in files}
        elif name in _BY_FOLDER:
            loaded = {Path(file).parent.name: file for file in files}
        elif name in _BY_STEM:
            loaded = {Path(file).stem: file for file in files}
        elif name in _JSON_LISTS:
            loaded = [_read_json(file) for file in files]
        elif name in ("config", "description"):
            loaded = _read_json(files[0])
        else:
            loaded = read_frame(files[0])
        setattr(tables, name, loaded)
    return tables


def read_frame(path: str) -> pd.DataFrame:
    """A CSV or Parquet table; names stay text, and only an empty field is a missing one.

    Raises:
        InputError: the file is missing or is no table.
    """
    try:
        if path.endswith(".parquet"):
            frame = pq.read_table(path, partitioning=None).to_pandas()
        else:
            types = dict.fromkeys(TEXT, "object")
            frame = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no readable table ({error}); delete it and run again") from None
    for name in set(TEXT) & set(frame.columns):
        frame[name] = frame[name].astype("object").where(frame[name].notna(), "").astype(str)
    return frame


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
    frames = [
        tables.sheet,
        tables.quality,
        tables.expression_features,
        tables.associations,
        tables.eye_sheet,
        *tables.people.values(),
    ]
    return any(f is not None and "synthetic" in f and bool(f["synthetic"].any()) for f in frames)
