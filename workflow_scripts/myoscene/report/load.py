"""Reading every table that the page shows, by its stage's schema; what a run does not have is empty."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import partial, reduce
from pathlib import Path
from typing import Any, TypedDict

import pandas as pd
import yaml

from myoscene.core.errors import InputError
from myoscene.core.tables import Schema, read_csv_table, read_table
from myoscene.emg import tables as emg
from myoscene.eyes import tables as eyes
from myoscene.face import tables as face
from myoscene.learn import tables as learn
from myoscene.mapping import tables as mapping
from myoscene.recordings import tables as recordings
from myoscene.scenes import tables as scenes
from myoscene.statistics import tables as statistics


@dataclass(frozen=True)
class Options:
    """What the configuration says of the page and its figures; the last three concern figures alone.

    Attributes:
        classes, neutral: of the scene model that is drawn, or of the EMG; ``eye_neutral``: of the eye images.
        scene_model: the model whose timelines are drawn.
        timeline_participants, top_associations, heatmap_features: the most that are drawn.
        show_eyes: whether parts of faces may be shown.
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


def _table(schema: Schema) -> Any:
    """A frame; empty where the run has none."""
    return field(default_factory=schema.arrow(schema.columns).empty_table().to_pandas, metadata={"schema": schema})


def _of_models(schema: Schema | None = None) -> Any:
    """Model -> its frame, or the path of it where there is no schema: its files lie in folders of the models' names."""
    return field(default_factory=dict, metadata={"schema": schema, "key": lambda path: path.parent.name})


def _of_people() -> Any:
    """Participant -> path: only a few are drawn, or they are large."""
    return field(default_factory=dict, metadata={"key": lambda path: path.stem})


class NormaliserFile(TypedDict):
    """What the page says of a person's normaliser."""

    method: str
    fitted_on: list[str]


class CardFile(TypedDict, total=False):
    """What the page says of a checkpoint."""

    versions: dict[str, str]


@dataclass
class Tables:
    """Tables of one run, by the names that the stages' manifests give them; the first four as their files hold them.

    Models stand in the order of the configuration. Eye frames, images and neutrals are there only where parts of faces
    may be shown. ``given``: the names of those that the run has.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    description: Mapping[str, str] = field(default_factory=dict)
    normalisers: list[NormaliserFile] = field(default_factory=list)
    cards: list[CardFile] = field(default_factory=list)
    sheet: pd.DataFrame = _table(recordings.SHEET)
    exclusions: pd.DataFrame = _table(recordings.EXCLUSIONS)
    participants: pd.DataFrame = _table(recordings.PARTICIPANTS)
    events: dict[str, str] = _of_people()
    quality: pd.DataFrame = _table(emg.QUALITY)
    people: dict[str, pd.DataFrame] = _of_models(learn.PARTICIPANT_SCORES)
    summary: dict[str, pd.DataFrame] = _of_models(learn.SUMMARY)
    confusion: dict[str, pd.DataFrame] = _of_models(learn.CONFUSION)
    class_scores: dict[str, pd.DataFrame] = _of_models(learn.CLASS_SCORES)
    windows: dict[str, str] = _of_models()
    comparison: pd.DataFrame = _table(learn.COMPARISON)
    personalisation_effect: pd.DataFrame = _table(learn.PERSONALISATION_EFFECT)
    modalities: pd.DataFrame = _table(learn.MODALITIES)
    modalities_comparison: pd.DataFrame = _table(learn.COMPARISON)
    raters: pd.DataFrame = _table(learn.RATERS)
    learning_curve: pd.DataFrame = _table(learn.LEARNING_CURVE)
    scene_predictions: dict[str, str] = _of_people()
    expression_features: pd.DataFrame = _table(scenes.EXPRESSION_FEATURES)
    dictionary: pd.DataFrame = _table(scenes.FEATURE_DICTIONARY)
    scores: pd.DataFrame = _table(scenes.SCENE_SCORES)
    scene_effects: pd.DataFrame = _table(statistics.SCENE_EFFECTS)
    scene_pairs: pd.DataFrame = _table(statistics.SCENE_PAIRS)
    associations: pd.DataFrame = _table(statistics.TLX_ASSOCIATIONS)
    families: pd.DataFrame = _table(statistics.FAMILIES)
    null_check: pd.DataFrame = _table(statistics.NULL_CHECK)
    simulation: pd.DataFrame = _table(statistics.SIMULATION)
    eye_sheet: pd.DataFrame = _table(eyes.SHEET)
    eye_personalisation: pd.DataFrame = _table(eyes.PERSONALISATION)
    eye_identical: pd.DataFrame = _table(eyes.IDENTICAL)
    eye_removed: pd.DataFrame = _table(eyes.REMOVED)
    eye_features: dict[str, str] = _of_people()
    eye_frames: dict[str, str] = _of_people()
    eye_images: dict[str, str] = _of_people()
    eye_neutrals: dict[str, str] = _of_people()
    mapping_summary: dict[str, pd.DataFrame] = _of_models(mapping.STAGE_SUMMARY)
    mapping_lags: dict[str, pd.DataFrame] = _of_models(mapping.STAGE_LAGS)
    mapping_coefficients: dict[str, pd.DataFrame] = _of_models(mapping.COEFFICIENTS)
    mapping_example: dict[str, pd.DataFrame] = _of_models(mapping.EXAMPLE)
    face_sheet: pd.DataFrame = _table(face.SHEET)
    face_parameters: dict[str, str] = _of_people()
    given: set[str] = field(default_factory=set)

    def has(self, *names: str) -> bool:
        """Whether each of these tables is there and has rows (or files)."""
        return all(len(getattr(self, name)) for name in names)

    def setting(self, path: str) -> Any:
        """The run's value of a configuration key, ``learn.seed`` say; None where it has none."""
        whole: Any = self.config
        return reduce(lambda part, name: (part or {}).get(name), path.split("."), whole)


_FIELDS = {item.name: item for item in fields(Tables) if item.name != "given"}


def load_tables(paths: dict[str, str | list[str]]) -> Tables:
    """Read the named files: attribute of :class:`Tables` -> its file or files.

    Raises:
        InputError: a name that no table has, or a file that cannot be read.
    """
    tables = Tables(given=set(paths))
    for name, value in paths.items():
        if name not in _FIELDS:
            raise InputError(f"the report has no table '{name}'; name one of {', '.join(sorted(_FIELDS))}")
        how = _FIELDS[name].metadata
        read = partial(read_frame, name=name) if how.get("schema") else str if how else _read_json
        if isinstance(value, str):
            setattr(tables, name, read(value))
        else:
            of = how.get("key")
            setattr(tables, name, {of(Path(file)): read(file) for file in value} if of else list(map(read, value)))
    return tables


def read_frame(path: str, name: str) -> pd.DataFrame:
    """The table ``name`` of :class:`Tables`, CSV or Parquet; InputError where the file is missing or no such table."""
    schema = _FIELDS[name].metadata["schema"]
    return read_table(path, schema) if path.endswith(".parquet") else read_csv_table(path, schema)


def _read_json(path: str) -> Mapping[str, Any]:
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
    frames = [tables.sheet, tables.quality, tables.expression_features, tables.associations, tables.eye_sheet]
    return any(bool(frame["synthetic"].any()) for frame in [*frames, *tables.people.values()])
