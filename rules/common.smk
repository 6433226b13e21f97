# What every rule file uses: the checked configuration, the cohort, the folds, and code(), which tells Snakemake
# what a rule is built from. Nothing here reads a signal: it runs at every call of Snakemake.
import os
import sys

sys.path.insert(0, os.path.join(workflow.basedir, "workflow_scripts"))

from snakemake.exceptions import WorkflowError

from myoscene.config.check import complete
from myoscene.errors import InputError
from myoscene.learn.folds import assign
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


def targets():
    """What a run without further arguments makes: the page, and the tables that it does not show whole."""
    wanted = ["results/config.yaml", "results/recordings/exclusions.csv"]
    return wanted + (
        ["results/recordings/ratings.csv"]
        if INPUT == "ratings"
        else ["results/report/index.html"]
    )


rule save_config:
    input:
        code=code("save_config"),
    output:
        "results/config.yaml",
    log:
        "results/logs/save_config.log",
    benchmark:
        "results/benchmarks/save_config.tsv"
    conda:
        "../envs/signals.yaml"
    params:
        config=CONFIG,
    script:
        "../workflow_scripts/save_config.py"
