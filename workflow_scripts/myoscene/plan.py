"""What the workflow is told when Snakemake reads it: the complete configuration, who takes part, who is held out where.

Standard library and PyYAML only, since it runs at every call of Snakemake.
"""

import hashlib
import json
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from myoscene.config.check import complete
from myoscene.core.settings import from_plain
from myoscene.eyes.selection import EyeSelection, select_eyes
from myoscene.eyes.settings import EyesSettings
from myoscene.face.selection import FaceSelection, select_faces
from myoscene.face.settings import FaceStageSettings
from myoscene.learn.cohort.folds import assign
from myoscene.machinery.digests import KEPT
from myoscene.machinery.files import write_text
from myoscene.recordings.selection import Selection, select
from myoscene.recordings.settings import RecordingsSettings

# The selection of the process that a person started, for the jobs that it submits to a cluster.
PLAN = KEPT / "plan.json"


@dataclass(frozen=True)
class Plan:
    """A run's people and files, by the complete configuration.

    Attributes:
        selection: who takes part; without ``recordings`` where it was kept.
        fold_of: participant -> the fold that holds the person out; {} without models.
        key: of the configuration as it was given: a job's is the same, whatever has been made of it since.
    """

    config: dict[str, Any]
    selection: Selection
    eyes: EyeSelection
    fold_of: dict[str, str]
    key: str = ""
    faces: FaceSelection = field(default_factory=FaceSelection)


def make_plan(given: dict[str, Any], main: bool = True) -> Plan:
    """The plan of a configuration's differences from the defaults, by what the dataset holds now; InputError.

    Args:
        main: a person started this process. A cluster's job has the plan of the process that submitted it, however the
            dataset grew: somebody whose recordings arrive during a run would be expected in tables planned without.
    """
    config = complete(given)
    kept = None if main else _kept(config)
    if kept:
        return kept
    recordings, normalise, learn = config["recordings"], config["emg"]["normalise"], config["learn"]
    on_calibration = normalise["fit_on"] == "calibration" and normalise["method"] != "none"
    whose = from_plain(RecordingsSettings, recordings)
    selection = select(whose, on_calibration)
    eyes = select_eyes(whose, from_plain(EyesSettings, config["eyes"]), selection)
    faces = select_faces(whose, from_plain(FaceStageSettings, config["face"]), selection)
    fold_of = {}
    if learn["models"] and recordings["input"] != "ratings":
        folds = {name: learn["folds"][name] for name in ("method", "max_lopo", "k")}
        fold_of = assign(selection.training, seed=learn["seed"], **folds)
    return Plan(config, selection, eyes, fold_of, _key(config), faces)


def keep(plan: Plan) -> None:
    """Keep ``plan`` for the jobs of a run that begins now.

    Not before Snakemake has locked the directory, and in no dry run: one beside a run must not change its plan, and
    must not keep a run that begins meanwhile from having its own.
    """
    said = {"of": plan.key, "selection": asdict(replace(plan.selection, recordings={}))}
    parts = {"eyes": asdict(plan.eyes), "faces": asdict(plan.faces), "fold_of": plan.fold_of}
    text = json.dumps(said | parts)
    with suppress(OSError, ValueError):
        if PLAN.read_text(encoding="utf-8") == text:
            return
    write_text(PLAN, text)


def _key(config: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True, default=str).encode()).hexdigest()


def _kept(config: dict[str, Any]) -> Plan | None:
    """The kept plan, if it is one of this configuration."""
    try:
        said = json.loads(PLAN.read_text(encoding="utf-8"))
        if said["of"] != _key(config):
            return None
        selection, eyes = Selection(**said["selection"]), EyeSelection(**said["eyes"])
        return Plan(config, selection, eyes, dict(said["fold_of"]), said["of"], FaceSelection(**said["faces"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
