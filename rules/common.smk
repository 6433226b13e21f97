# For all rule files, the checked configuration, the cohort, the folds, and code(), which tells Snakemake what
# something is built from. Nothing here reads a signal, since it runs at every call of Snakemake.
import os
import sys

sys.path.insert(0, os.path.join(workflow.basedir, "workflow_scripts"))

from snakemake.exceptions import WorkflowError

from myoscene.config.check import complete
from myoscene.errors import InputError
from myoscene.learn.folds import assign
from myoscene.learn.models import MODELS as MODEL_REGISTRY
from myoscene.provenance import source_files
from myoscene.recordings.selection import select


def checked():
    """The complete configuration, the cohort, and participant -> fold; one clear sentence where they cannot be."""
    try:
        complete_config = complete(dict(config))
        selection = select(complete_config["recordings"])
        learn = complete_config["learn"]
        fold_of = {}
        if learn["models"] and complete_config["recordings"]["input"] != "ratings":
            folds = {name: learn["folds"][name] for name in ("method", "max_lopo", "k")}
            fold_of = assign(list(selection.participants), seed=learn["seed"], **folds)
        return complete_config, selection, fold_of
    except InputError as error:
        raise WorkflowError(str(error)) from None


CONFIG, SELECTION, FOLD_OF = checked()
config.clear()
config.update(CONFIG)
INPUT = config["recordings"]["input"]
DATASET = config["recordings"]["dataset"]
PARTICIPANTS = list(SELECTION.participants)
SYNTHETIC = bool(SELECTION.synthetic)
FOLDS = sorted(set(FOLD_OF.values()))
MODELS = list(config["learn"]["models"]) if FOLDS else []
SCENE_MODELS = list(config["scenes"]["models"])
HAS_MODELS = bool(MODELS)
HAS_RATINGS = config["recordings"]["ratings"]["source"] != "none" and INPUT == "emg"
# Set by statistics.smk, which ratings or features alone do not have.
NULL_SEEDS = []
HAS_SIMULATION = False
NETWORKS = [model for model in MODELS if model == "cnn_tcn"]


wildcard_constraints:
    participant="|".join(PARTICIPANTS) or "none",
    fold="|".join(FOLDS) or "none",
    model="|".join(MODELS) or "none",


def raw_files(wildcards):
    """A participant's raw files: recordings, sidecars, events."""
    return SELECTION.raw_files[wildcards.participant]


def code(script):
    """Files that the rule's script is built from, relative to the working directory, as an input of the rule.

    Snakemake does not look into imports: without this an edit of the package would rerun nothing.
    """
    return [os.path.relpath(path) for path in source_files(script)]


def about(model):
    """What a checkpoint records of its making: the model's own section, and how its input was made."""
    emg = config["emg"] if INPUT == "emg" else {}
    return {
        "settings": config["learn"][model],
        "seed": config["learn"]["seed"],
        "rate_hz": emg.get("rate_hz"),
        "windows": emg.get("windows"),
        "conditioning": emg.get("filters"),
        "normaliser": emg.get("normalise"),
        "synthetic": SYNTHETIC,
    }


def scene_checkpoint(wildcards):
    """Weights of the fold that never saw the participant."""
    return (
        f"results/learn/{wildcards.model}/{FOLD_OF[wildcards.participant]}.safetensors"
    )


def scene_data(wildcards):
    """What the model reads: a table of features, or the conditioned signals."""
    kind = {"features": "features", "signal": "signals"}[
        MODEL_REGISTRY[wildcards.model].kind
    ]
    return f"results/emg/{kind}/{wildcards.participant}.parquet"


def targets():
    """What a run without further arguments makes: the page, and the tables that it does not show whole."""
    wanted = ["results/config.yaml", "results/recordings/exclusions.csv"]
    return wanted + (
        ["results/recordings/ratings.csv"]
        if INPUT == "ratings"
        else ["results/report/index.html"]
    )
