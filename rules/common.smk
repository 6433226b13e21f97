# For all rule files, the checked configuration, the cohort, the folds, and code(), which tells Snakemake what
# something is built from. Nothing here reads a signal, since it runs at every call of Snakemake.
import os
import sys
from functools import cache

sys.path.insert(0, os.path.join(workflow.basedir, "workflow_scripts"))

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from myoscene.machinery.digests import RawFiles, keep_answers, replaced
from myoscene.machinery.directory import start
from myoscene.core.errors import InputError
from myoscene.eyes.labels import eye_classes
from myoscene.machinery.job import job_key
from myoscene.learn.cohort.folds import SMALLEST_COHORT
from myoscene.learn.models.registry import MODELS as MODEL_REGISTRY
from myoscene.machinery.orphans import departed
from myoscene.plan import keep, plan_of_run
from myoscene.machinery.provenance import one_of, use_this_package, versions
from myoscene.recordings.bids import dataset_name
from myoscene.machinery.scheduling import look_again_once

use_this_package()


def checked():
    """The complete configuration, the cohort, its eye images, and participant -> fold; one clear sentence otherwise."""
    try:
        main = workflow.is_main_process
        notice = start(main=main)
        if notice:
            logger.warning(notice)
        return plan_of_run(dict(config), main)
    except InputError as error:
        raise WorkflowError(str(error)) from None


PLAN = checked()
CONFIG, SELECTION, EYES, FOLD_OF = PLAN.config, PLAN.selection, PLAN.eyes, PLAN.fold_of
config.clear()
config.update(CONFIG)
INPUT = config["recordings"]["input"]
DATASET = config["recordings"]["dataset"]
PARTICIPANTS = list(SELECTION.participants)
# Whom models are trained and scored on. Nothing that a fold is built from may depend on anybody else.
TRAINING = list(SELECTION.training)
APPLIED = list(SELECTION.applied)
ONLY_PREDICTED = set(APPLIED)
SYNTHETIC = bool(SELECTION.synthetic)
EYE_PARTICIPANTS = list(EYES.participants)
EYE_TRAINING = [person for person in EYE_PARTICIPANTS if person not in ONLY_PREDICTED]
WITH_EYES = set(EYE_PARTICIPANTS)
HAS_EYES = bool(EYE_PARTICIPANTS)
EYE_CLASSES = eye_classes(config["recordings"], config["eyes"])
N_EYES = 2 if config["eyes"]["frames"]["eyes"] == "both" else 1
FRAME_BYTES = N_EYES * config["eyes"]["frames"]["height_px"] * config["eyes"]["frames"]["width_px"]
# Minutes that a frame's way through InceptionV3 takes, twice what was measured at 299 px (0.25 s).
PASS_MIN = 0.008 * (config["learn"]["eye_inception"]["side_px"] / 299) ** 2
FOLDS = sorted(set(FOLD_OF.values()))


def trained(kinds):
    """Names of the models of these kinds that are trained; those that read eyes need as many people with eye images as
    any fold needs people: one to test, one to validate, one to train on."""
    enough = len(EYE_TRAINING) >= SMALLEST_COHORT
    return [
        model
        for model in (config["learn"]["models"] if FOLDS else [])
        if MODEL_REGISTRY[model].kind in kinds and (enough or MODEL_REGISTRY[model].kind not in ("eyes", "fusion"))
    ]


MODELS = trained(["features", "signal", "eyes", "fusion"])
FEATURE_MODELS = trained(["features"])
NETWORKS = trained(["signal"])
EYE_MODELS = trained(["eyes"])
FUSION_MODELS = trained(["fusion"])
# The first one gives the features of eye frames.
EYE_MODELS_BY_USE = sorted(EYE_MODELS, key=lambda model: model != "eye_cnn")
FROZEN_MODELS = (
    [model for model in EYE_MODELS if model.startswith("eye_inception")]
    if config["learn"]["eye_inception"]["mode"] == "frozen"
    else []
)
# Minutes a frame that a fine-tuned network takes, where there is one.
FINETUNED_MIN = PASS_MIN if not FROZEN_MODELS and any(m.startswith("eye_inception") for m in EYE_MODELS) else 0
HAS_MODELS = bool(MODELS)
# Without a choice, the networks that are trained (of eye images alone, one); and none where there are no scenes.
DEFAULT_SCENE_MODELS = ("cnn_tcn", "eye_cnn", "fusion_late") if INPUT == "emg" else ()
if INPUT == "eyes" and config["recordings"]["scene_tasks"]:
    DEFAULT_SCENE_MODELS = [m for m in ("eye_cnn", "eye_cnn_plain") if m in MODELS][:1]
SCENE_MODELS = [
    model
    for model in (DEFAULT_SCENE_MODELS if config["scenes"]["models"] is None else config["scenes"]["models"])
    if model in MODELS
]
config["scenes"]["models"] = SCENE_MODELS
HAS_BLINKS = (
    bool(EYE_MODELS)
    and config["eyes"]["blinks"]["clean"]
    and None not in (config["eyes"]["neutral"], config["eyes"]["closed"])
)
# Of which all folds together can predict somebody who trains nothing.
FREEZABLE = [*MODELS, *(["blinks"] if HAS_BLINKS else [])]
CURVE = list(config["learn"]["learning_curve"]["people"]) if "eye_cnn" in EYE_MODELS else []
# Eye images alone have scenes as soon as a model runs over them; EMG has envelopes without any model.
HAS_SCENE_FEATURES = INPUT == "emg" or (INPUT == "eyes" and bool(SCENE_MODELS))
HAS_RATINGS = config["recordings"]["ratings"]["source"] != "none" and HAS_SCENE_FEATURES
# Set by statistics.smk, which ratings or features alone do not have.
NULL_BATCHES = []
HAS_SIMULATION = False


wildcard_constraints:
    participant=one_of(PARTICIPANTS or ["none"]),
    fold=one_of(FOLDS or ["none"]),
    model=one_of(MODELS or ["none"]),


@cache
def raw_mb(participant):
    """Size of a participant's raw files in MB, or of the table of everybody's features."""
    table = [config["recordings"]["feature_table"]] if INPUT == "features" else []
    files = SELECTION.raw_files.get(participant, table)
    return sum(os.path.getsize(path) for path in files) / 1e6


def seen(rule):
    """Input function: changes where the content of the raw files that a job read has changed, whatever their times.

    Raw files themselves are params named `raw` (myoscene.machinery.digests.RawFiles), no inputs: of every input of the jobs that
    could start Snakemake asks the size whenever a job ends, which took as long as all the work on 100 people's files;
    and it compares contents only of inputs with a newer time.
    """

    tell = cache(logger.info)  # once a sentence, however often Snakemake asks

    def token(wildcards):
        return replaced(rule, job_key(wildcards), workflow.is_main_process, tell)

    return token


def memory(mb, raw=0, inputs=0, images=None):
    """Memory of a job in MB, more with every attempt (a profile's retries); a resource, so it reruns nothing.

    Measured (docs/resources.py), with 400 MB for the two Snakemakes that a cluster's job holds besides.

    Args:
        mb: what the job needs whatever its input.
        raw, inputs: what is added per MB of the participant's raw files, and of the input's tables; the latter are not
            known before they are there, so not for rules that a profile groups with those that make their input.
        images: what is added per MB of the input's stores of images (.npy): with `inputs`, a tenth unless told
            otherwise, since they are read a batch at a time.
    """

    def needed(wildcards, input, attempt):
        size = raw * raw_mb(wildcards.get("participant")) if raw else 0
        if inputs or images:
            factor = {True: 0.1 if images is None else images, False: inputs}
            size += sum(factor[file.endswith(".npy")] * os.path.getsize(file) / 1e6 for file in input)
        return attempt * round(mb + size)

    return needed


def minutes(base, person=0, fold=0, frame=0):
    """Longest run time of a job in minutes, more with every attempt.

    Args:
        base: what the job takes in any case.
        person: added per participant.
        fold: added per fold for somebody who is only predicted, since every fold predicts that person.
        frame: added per frame in the input's store of eye images, if it has one.
    """

    def longer(wildcards):
        more = base + person * len(PARTICIPANTS)
        if fold and wildcards.participant in ONLY_PREDICTED:
            more += fold * len(FOLDS)
        return more

    # One that asks for the input would be put off until that is there.
    if not frame:
        return lambda wildcards, attempt: attempt * round(longer(wildcards))

    def needed(wildcards, input, attempt):
        store = input.get("images")
        frames = os.path.getsize(store) / FRAME_BYTES if store else 0
        return attempt * round(longer(wildcards) + frame * frames)

    return needed


def code(script, *models):
    """What the rule's script is built from, (file, digest) of each, as params of the rule: `params: *code("x")`.

    Snakemake does not look into imports: without this an edit of the package would rerun nothing. Params of their own,
    so that a dry run names the file that was edited; not inputs, as thirty files more in every job would be most of the
    graph of a large cohort.

    Args:
        models: those that the script loads by name, which no import leads to.
    """
    return versions(script, *(MODEL_REGISTRY[model].path for model in models))


def model_code(wildcards):
    """The same of the job's model, beside the code of the script that loads it by name."""
    return versions("", MODEL_REGISTRY[wildcards.model].path)


def about(model):
    """What a checkpoint records of its making: the model's own section, and how its input was made."""
    if model == "blinks":
        settings = {
            "settings": {
                **config["learn"]["eye_cnn"],
                **config["learn"]["blinks"],
                "members": 1,
                "adapt": 0,
            }
        }
        return about("eye_cnn") | settings
    kind = MODEL_REGISTRY[model].kind
    emg = config["emg"] if INPUT == "emg" and kind != "eyes" else {}
    made = {
        "settings": config["learn"][MODEL_REGISTRY[model].section],
        "seed": config["learn"]["seed"],
        "rate_hz": emg.get("rate_hz"),
        "windows": emg.get("windows"),
        "conditioning": emg.get("filters"),
        "normaliser": emg.get("normalise"),
        "synthetic": SYNTHETIC,
    }
    if kind in ("eyes", "fusion"):
        made |= {name: config["eyes"][name] for name in ("frames", "personalise")}
        made["blinks"] = config["eyes"]["blinks"] if HAS_BLINKS else None
    return made


def classes_of(model):
    """The classes that a model tells apart."""
    if model == "blinks":
        return ["open", "closed"]
    return EYE_CLASSES if MODEL_REGISTRY[model].kind == "eyes" else config["recordings"]["classes"]


def identity(model):
    """Files that say which cohort a model belongs to."""
    tables = {
        "features": ["features"],
        "signal": ["signals"],
        "fusion": ["signals", "eyes"],
    }
    kind = "eyes" if model == "blinks" else MODEL_REGISTRY[model].kind
    return [f"results/learn/cohort/{name}.json" for name in tables.get(kind, ["eyes"])]


def called(participants):
    """What a cohort is called, and its people."""
    source = config["recordings"]["feature_table"] if INPUT == "features" else None
    found = os.path.dirname(source) if source else DATASET
    return {
        "name": config["learn"]["cohort"] or dataset_name(found),
        "participants": participants,
    }


def cohort_inputs(model):
    """The cohort's tables that a model is scored on, by the names that evaluate_model gives them."""
    kind = MODEL_REGISTRY[model].kind
    files = {}
    if kind in ("features", "signal", "fusion"):
        table = "features" if kind == "features" else "signals"
        files["windows"] = f"results/learn/cohort/{table}.parquet"
    if kind in ("eyes", "fusion"):
        files["eyes"] = "results/learn/cohort/eyes.parquet"
        files["images"] = "results/learn/cohort/eyes.npy"
        files["neutrals"] = "results/learn/cohort/eye_neutrals.npy"
        if HAS_BLINKS:
            files["blinks"] = [f"results/learn/blinks/{fold}.parquet" for fold in FOLDS]
    if model in FROZEN_MODELS:
        files["embeddings"] = "results/learn/cohort/eye_embeddings.npy"
    return files


def image_ratings():
    """The table of what people saw in the eye images, where there is one; as an input of a rule."""
    named = config["learn"]["evaluation"]["image_ratings"]
    path = os.path.join(DATASET, named or "sourcedata/image_ratings.tsv")
    if named and not os.path.isfile(path):
        raise WorkflowError(
            f"learn.evaluation.image_ratings names {path}, which does not exist; correct it, or set it to null"
        )
    return [path] if EYE_MODELS and os.path.isfile(path) else []


RATERS = image_ratings()
HAS_RATERS = bool(RATERS)
# What was left out before anything was read, and why.
EXCLUSIONS = list(SELECTION.exclusions)
UNTRAINED = [model for model in config["learn"]["models"] if model not in MODELS]
if UNTRAINED and FOLDS:
    EXCLUSIONS.append(
        {
            "participant": "",
            "recording": "",
            "channel": "",
            "reason": f"{len(EYE_TRAINING) or 'no'} people who train have eye images, fewer than "
            f"{SMALLEST_COHORT}: without {', '.join(UNTRAINED)}",
        }
    )
if EYE_MODELS:
    EXCLUSIONS += [
        {
            "participant": participant,
            "recording": "",
            "channel": "",
            "reason": "no eye images: not in the models on eye images",
        }
        for participant in EYES.without
    ]


def unseen(model, participant):
    """What never saw the participant: the model's fold that held the person out, or all its folds, frozen."""
    if participant in FOLD_OF:
        return f"results/learn/{model}/{FOLD_OF[participant]}.safetensors"
    return f"results/learn/frozen/{model}.json"


def role_of(participant):
    """How the participants sheet says that somebody comes in."""
    return "apply" if participant in ONLY_PREDICTED else "train"


def predicted_by(participant):
    """Whose models predict the participant, in words."""
    if not HAS_MODELS:
        return ""
    fold = FOLD_OF.get(participant)
    return f"fold {fold}" if fold else "every fold"


def unseen_card(model, participant):
    """The card beside it; a frozen model names those of its folds."""
    return f"results/learn/{model}/{FOLD_OF[participant]}.json" if participant in FOLD_OF else []


def targets():
    """What a run without further arguments makes: the page, and the tables that it does not show whole."""
    wanted = ["results/config.yaml", "results/recordings/exclusions.csv"]
    return wanted + (["results/recordings/ratings.csv"] if INPUT == "ratings" else ["results/report/index.html"])
