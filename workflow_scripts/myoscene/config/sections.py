"""The whole configuration: a typed section for each stage, and every key of it with what its definition says."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter

from myoscene.core import json_schema as core_json_schema
from myoscene.core.settings import Count, Text
from myoscene.emg.settings import EmgSettings
from myoscene.eyes.settings import EyesSettings
from myoscene.face.settings import FaceStageSettings
from myoscene.learn.settings import LearnSettings
from myoscene.mapping.settings import MappingSettings
from myoscene.recordings.settings import RecordingsSettings
from myoscene.report.settings import ReportSettings
from myoscene.scenes.settings import ScenesSettings
from myoscene.statistics.settings import StatisticsSettings


@dataclass(frozen=True)
class ExecutionSettings:
    """How the work is done. Nothing here changes a result, but for rounding on a GPU, and nothing reruns anything."""

    resume_every_epochs: Count = 1
    """A training job keeps its state this often, so that a killed one goes on from there."""
    log_every_epochs: Count = 5
    """A training job writes a line of progress this often."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where networks are trained: on the processor, or on a GPU (`cuda`), whose sums round otherwise. A job without a
    GPU that torch can use then ends with one sentence."""
    container: Text | None = None
    """Image that jobs run in with `--software-deployment-method apptainer`: a file made from `envs/Dockerfile`, or what
    apptainer takes. `null`: none."""


@dataclass(frozen=True)
class Configuration:
    """Myoscene configuration"""

    recordings: RecordingsSettings = RecordingsSettings()
    emg: EmgSettings = EmgSettings()
    eyes: EyesSettings = EyesSettings()
    face: FaceStageSettings = FaceStageSettings()
    learn: LearnSettings = LearnSettings()
    scenes: ScenesSettings = ScenesSettings()
    mapping: MappingSettings = MappingSettings()
    statistics: StatisticsSettings = StatisticsSettings()
    report: ReportSettings = ReportSettings()
    execution: ExecutionSettings = ExecutionSettings()

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)


class _Described(Configuration):
    """Myoscene configuration"""

    # Apart, since every call of Snakemake checks a configuration, and the texts below keys take long to read.
    __pydantic_config__ = ConfigDict(extra="forbid", strict=True, use_attribute_docstrings=True, title="Configuration")


@dataclass(frozen=True)
class Key:
    """One value of the configuration: its dotted path, section first, its default and its JSON Schema."""

    path: str
    default: Any
    schema: dict[str, Any]

    @property
    def meaning(self) -> str:
        """What it is, for a researcher; in square brackets at its end the paper that states it, where one does."""
        return str(self.schema["description"])

    @property
    def nullable(self) -> bool:
        return "anyOf" in self.schema

    @property
    def kind(self) -> dict[str, Any]:
        """The schema of its value that is not null."""
        return dict(self.schema.get("anyOf", [self.schema])[0])

    @property
    def item(self) -> dict[str, Any]:
        """The schema of a list's items, or of the value where it is not a list."""
        return dict(self.kind.get("items", self.kind))

    @property
    def choices(self) -> list[str]:
        """What a text, or a text in a list, has to be one of; [] where that is free."""
        return list(self.item.get("enum", []))


@cache
def adapter() -> TypeAdapter[Configuration]:
    """What checks a configuration and makes the typed one of it."""
    return TypeAdapter(Configuration)


def defaults() -> dict[str, Any]:
    """Every key at its default, as nested dictionaries in the order of definition."""
    return asdict(Configuration())


@cache
def json_schema() -> dict[str, Any]:
    """JSON Schema of a complete configuration; unknown keys are refused at every level."""
    schema = core_json_schema.json_schema(TypeAdapter(_Described))
    for key in _keys(schema, defaults(), "", schema):
        key.schema["default"] = key.default  # lists have none by themselves
    return schema


def keys() -> list[Key]:
    """All keys, in the order of definition."""
    return list(_keys(json_schema(), defaults(), "", json_schema()))


def _keys(node: dict[str, Any], values: dict[str, Any], prefix: str, schema: dict[str, Any]) -> Iterator[Key]:
    for name, child in core_json_schema.properties(node, schema).items():
        if "$ref" in child:
            yield from _keys(child, values[name], f"{prefix}{name}.", schema)
        else:
            yield Key(f"{prefix}{name}", values[name], child)
