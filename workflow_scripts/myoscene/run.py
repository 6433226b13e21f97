"""What rule files ask (``RUN``): who and which models take part in a run, and what rules say of them.

Standard library only, since it runs at every call of Snakemake.
"""

from pathlib import Path
from typing import Any

from myoscene.config.sections import Configuration
from myoscene.core.errors import InputError
from myoscene.core.places import located, shown
from myoscene.core.settings import from_plain, shown_paths
from myoscene.eyes.settings import EyesSettings, eye_classes
from myoscene.learn.cohort.folds import SMALLEST_COHORT
from myoscene.learn.models.registry import MODELS
from myoscene.machinery.digests import RawFiles
from myoscene.machinery.provenance import versions
from myoscene.plan import Plan
from myoscene.recordings.bids import dataset_name

# Cohorts of a job of the null check: one alone would take as long to start as to compute.
_NULL_COHORTS_A_JOB = 5


class Run:
    """The run of a plan: who and which models take part, what follows for its rules, tables and figures, and inputs and
    params that rules share.

    Attributes:
        config: the complete configuration, as somebody gave it.
        participants, training, applied: everybody; those whom models are trained and scored on (nothing that a fold is
            built from may depend on anybody else); those who are only predicted.
        fold_of: participant -> the fold that holds the person out; ``folds``: their names.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan, self.config, self.selection, self.eyes = plan, plan.config, plan.selection, plan.eyes
        self.input: str = plan.config["recordings"]["input"]
        self.dataset: str = plan.config["recordings"]["dataset"]
        self.participants = list(plan.selection.participants)
        self.training = list(plan.selection.training)
        self.applied = list(plan.selection.applied)
        self.synthetic = bool(plan.selection.synthetic)
        self.fold_of = plan.fold_of
        self.folds = sorted(set(plan.fold_of.values()))
        self.first_fold = self.folds[:1]
        self.has_emg = self.input == "emg"
        # Of EMG, or in a table of somebody's.
        self.has_windows = self.input in ("emg", "features")
        self.has_page = self.input != "ratings"
        # What trainings are told of how to go about it: resources and not params, since it must rerun nothing.
        how = ("resume_every_epochs", "log_every_epochs", "device")
        self.how = {name: plan.config["execution"][name] for name in how}
        # Who has a video or a table of the face.
        self.faces, self.face_participants = plan.faces, list(plan.faces.participants)
        self.has_face = bool(self.face_participants)
        # What is predicted from what, muscles and faces.
        directions = plan.config["mapping"]["directions"]
        self.mapping_directions = directions if self.has_face and self.has_emg else []
        self._set_eyes()
        self._set_models()
        self._set_scenes()

    def _set_eyes(self) -> None:
        eyes, frames = self.config["eyes"], self.config["eyes"]["frames"]
        # Who has eye images, and who of them trains models.
        self.eye_participants = list(self.eyes.participants)
        self.eye_training = [person for person in self.eye_participants if person not in set(self.applied)]
        self.has_eyes = bool(self.eye_participants)
        self.eye_classes = eye_classes(self.config["recordings"]["classes"], from_plain(EyesSettings, eyes))
        # Images of a frame, and its size in a store of images.
        self.n_eyes = 2 if frames["eyes"] == "both" else 1
        self.frame_bytes = int(self.n_eyes * frames["height_px"] * frames["width_px"])
        # Without it no rule of the report even reads an eye image: eye images identify people.
        self.shows_eyes = self.has_eyes and bool(self.config["report"]["show_eyes"])

    def _set_models(self) -> None:
        learn, eyes = self.config["learn"], self.config["eyes"]
        # Those that read eyes need as many people with eye images as any fold needs people: one to test, one to
        # validate, one to train on.
        enough = len(self.eye_training) >= SMALLEST_COHORT
        chosen = learn["models"] if self.folds else []
        self.models: list[str] = [m for m in chosen if enough or MODELS[m].kind not in ("eyes", "fusion")]
        self.feature_models, self.eye_models = self.reading("features"), self.reading("eyes")
        self.fusion_models, self.signal_models = self.reading("fusion"), self.reading("signal", "fusion")
        # The one that gives the features of eye frames.
        self.frame_model = "eye_cnn" if "eye_cnn" in self.eye_models else "".join(self.eye_models[:1])
        self.inception_models = [name for name in self.eye_models if name.startswith("eye_inception")]
        # Their images go through a network once, whatever the folds and classes are.
        self.embedded_models = self.inception_models if learn["eye_inception"]["mode"] == "frozen" else []
        # Both variants are trained, with and without personalisation.
        self.personalised_models = [name for name in self.eye_models if f"{name}_plain" in self.eye_models]
        # Blinks are found by a classifier of their own.
        cleans = eyes["blinks"]["clean"] and None not in (eyes["neutral"], eyes["closed"])
        self.has_blinks = bool(self.eye_models) and cleans
        # All folds together can predict somebody who trains nothing.
        self.freezable = [*self.models, *(["blinks"] if self.has_blinks else [])]
        # Numbers of training people of the learning curve.
        self.curve = list(learn["learning_curve"]["people"]) if "eye_cnn" in self.eye_models else []
        # The table of what people saw in the eye images, where there is one.
        named = learn["evaluation"]["image_ratings"]
        path = Path(self.dataset, named or "sourcedata/image_ratings.tsv")
        if named and not path.is_file():
            raise InputError(
                f"learn.evaluation.image_ratings names {path}, which does not exist; correct it, or set it to null"
            )
        self.raters = [str(path)] if self.eye_models and path.is_file() else []
        # Minutes that a frame's way through InceptionV3 takes, twice what was measured at 299 px (0.25 s); and those
        # that a fine-tuned network takes to predict one, where there is such a network.
        self.pass_min = float(0.008 * (learn["eye_inception"]["side_px"] / 299) ** 2)
        self.finetuned_min = self.pass_min if self.inception_models and not self.embedded_models else 0

    def _set_scenes(self) -> None:
        recordings, statistics = self.config["recordings"], self.config["statistics"]
        # Without a choice, the networks that are trained (of eye images alone, one); none without scenes.
        chosen = self.config["scenes"]["models"]
        if chosen is None and self.has_emg:
            chosen = ["cnn_tcn", "eye_cnn", "fusion_late"]
        elif chosen is None and self.input == "eyes" and recordings["scene_tasks"]:
            chosen = [name for name in ("eye_cnn", "eye_cnn_plain") if name in self.models][:1]
        self.scene_models = [name for name in chosen or [] if name in self.models]
        # The one that makes the features and is drawn, if there is one.
        self.first_scene_model = self.scene_models[:1]
        self.eye_scene_models = [name for name in self.scene_models if self.kind(name) in ("eyes", "fusion")]
        # Eye images alone have scenes as soon as a model runs over them; EMG has envelopes without any model.
        self.has_scene_features = self.has_emg or (self.input == "eyes" and bool(self.scene_models))
        # Whose recordings and scenes are described in tables of their own.
        self.described = self.participants if self.has_scene_features else []
        rated = recordings["ratings"]["source"] != "none"
        self.reads_ratings = self.input != "features" and rated
        # There are ratings to go with the scenes' features.
        self.has_ratings = rated and self.has_scene_features
        self.has_simulation = self.has_ratings and statistics["simulation"]["repeats"] > 0
        # Seeds of the null cohorts of a job each, as first-last; none where the dataset is not a demo cohort.
        nulls = self.synthetic and self.has_ratings and self.models and self.has_emg
        last = statistics["null_check"]["cohorts"] if nulls else 0
        starts = range(1, last + 1, _NULL_COHORTS_A_JOB)
        self.null_batches = [f"{first}-{min(first + _NULL_COHORTS_A_JOB - 1, last)}" for first in starts]

    def reading(self, *kinds: str) -> list[str]:
        """The models of these kinds (myoscene.learn.models.registry)."""
        return [name for name in self.models if MODELS[name].kind in kinds]

    def kind(self, model: str) -> str:
        """What a model reads; the blink classifier reads eyes."""
        return "eyes" if model == "blinks" else MODELS[model].kind

    @property
    def saved_config(self) -> dict[str, Any]:
        """The configuration with what was chosen and names of files as results have them, without what only changes how
        a run goes and no result."""
        complete = shown_paths(Configuration, self.config, self.dataset)
        del complete["execution"]
        return complete | {"scenes": self.config["scenes"] | {"models": self.scene_models}}

    def code(self, *models: str) -> list[tuple[str, str]]:
        """What models are built from that a script loads by name, as params: no import leads there."""
        return versions("", *(MODELS[name].path for name in models))

    def classes_of(self, model: str) -> list[str]:
        """The classes that a model tells apart."""
        if model == "blinks":
            return ["open", "closed"]
        return self.eye_classes if self.kind(model) == "eyes" else list(self.config["recordings"]["classes"])

    @property
    def weights(self) -> str:
        """The user's file of pretrained weights."""
        return located(self.config["learn"]["eye_inception"]["weights"])

    def spec(self, model: str) -> dict[str, Any]:
        """What a training is told (fields of myoscene.learn.engine.card.TrainingSpec): the model's own section, and how
        its input was made. A blink classifier is an ``eye_cnn`` of other classes."""
        learn, eyes = self.config["learn"], self.config["eyes"]
        if model == "blinks":
            settings = {**learn["eye_cnn"], **learn["blinks"], "members": 1, "adapt": 0}
            return self.spec("eye_cnn") | {"settings": settings, "classes": self.classes_of("blinks")}
        emg = self.config["emg"] if self.has_emg and self.kind(model) != "eyes" else {}
        # A training reads weights from an input; where that lies changes nothing.
        weights = learn[MODELS[model].section].get("weights")
        named = {"weights": shown(weights)} if weights else {}
        told = {
            "model": model,
            "classes": self.classes_of(model),
            "settings": learn[MODELS[model].section] | named,
            "seed": learn["seed"],
            "rate_hz": emg.get("rate_hz"),
            "windows": emg.get("windows"),
            "conditioning": emg.get("filters"),
            "normaliser": emg.get("normalise"),
            "synthetic": self.synthetic,
        }
        if self.kind(model) in ("eyes", "fusion"):
            told |= {name: eyes[name] for name in ("frames", "personalise", "neutral")}
            told["blinks"] = eyes["blinks"] if self.has_blinks else None
        return told

    def judged(self, *names: str) -> dict[str, Any]:
        """What is said of every comparison of scores: these keys of ``learn.evaluation``, and seed and origin."""
        learn = self.config["learn"]
        return {name: learn["evaluation"][name] for name in names} | {
            "seed": learn["seed"],
            "synthetic": self.synthetic,
        }

    def mapping_told(self, direction: str) -> dict[str, Any]:
        """What a job of the stage mapping is told (fields of myoscene.mapping.jobs.MapSettings)."""
        mapping = self.config["mapping"] | {"directions": [direction]}
        told = {"direction": direction, "mapping": mapping}
        return told | {"training": self.training, "synthetic": self.synthetic}

    def identity(self, model: str) -> list[str]:
        """Files that say which cohort a model belongs to."""
        tables = {"features": ["features"], "signal": ["signals"], "eyes": ["eyes"], "fusion": ["signals", "eyes"]}
        return [f"results/learn/cohort/{name}.json" for name in tables[self.kind(model)]]

    def cohort_inputs(self, model: str, folds: list[str]) -> dict[str, str | list[str]]:
        """What a model is trained or scored on in these folds, by the names of Cohort (myoscene.learn)."""
        folder, kind = "results/learn/cohort", self.kind(model)
        files: dict[str, str | list[str]] = {"identity": self.identity(model), "folds": "results/learn/folds.csv"}
        if kind != "eyes":
            files["windows"] = f"{folder}/{'features' if kind == 'features' else 'signals'}.parquet"
        if kind in ("eyes", "fusion"):
            files |= {"eyes": f"{folder}/eyes.parquet", "images": f"{folder}/eyes.npy"}
            files["neutrals"] = f"{folder}/eye_neutrals.npy"
            if self.has_blinks and model != "blinks":
                files["blinks"] = [f"results/learn/blinks/{fold}.parquet" for fold in folds]
        if model in self.embedded_models:
            files["embeddings"] = f"{folder}/eye_embeddings.npy"
        return files

    def training_inputs(self, model: str, fold: str) -> dict[str, str | list[str]]:
        """What a fold of a model is trained on. A fusion's parts are the fold's own: nobody knows the people that it
        holds out. Only fine-tuning opens the user's weights; a head reads embeddings alone."""
        parts = {reads: f"results/learn/{part}/{fold}" for reads, part in MODELS[model].parts.items()}
        files = self.cohort_inputs(model, [fold])
        files |= {f"part_{reads}": f"{path}.safetensors" for reads, path in parts.items()}
        files["cards"] = [f"{path}.json" for path in parts.values()]
        if self.finetuned_min and model in self.inception_models:
            files["weights"] = self.weights
        return files

    def scene_inputs(self, model: str, participant: str) -> dict[str, str]:
        """What a model reads of a person's signals and eye images for the scenes, by the names of predict_scenes."""
        files = {}
        # A model on eyes reads from the signals only where windows start: all models predict the same windows. Without
        # EMG they start with each scene.
        if self.input != "eyes":
            files["data"] = f"emg/{'features' if self.kind(model) == 'features' else 'signals'}/{{}}.parquet"
        if self.kind(model) != "eyes":
            files["normaliser"] = "emg/normalisers/{}.json"
        if self.kind(model) in ("eyes", "fusion") and participant in self.eyes.raw_files:
            files |= {"frames": "eyes/frames/{}.parquet", "images": "eyes/images/{}.npy"}
            files["neutrals"] = "eyes/neutrals/{}.npy"
            # Closed eyes are not blinks to a model that has them for a class.
            if self.has_blinks and self.config["eyes"]["closed"] not in self.classes_of(model):
                files["blinks"] = "eyes/features/{}.parquet"
            if model in self.embedded_models:
                files["embeddings"] = "eyes/embeddings/{}.npy"
        own = {name: f"results/{file.format(participant)}" for name, file in files.items()}
        return own | self.unseen(model, participant)

    def emg_files(self, participant: str) -> list[str]:
        """The participant's EMG files, in the order of the table of recordings."""
        files = self.selection.raw_files[participant]
        return RawFiles([path for path in files if path.endswith((".edf", ".bdf"))], self.dataset)

    def unseen(self, model: str, participant: str) -> dict[str, str]:
        """What never saw the participant: the model's fold that held the person out, with its card; or all its folds,
        frozen, which name theirs."""
        if participant not in self.fold_of:
            return {"checkpoint": f"results/learn/frozen/{model}.json"}
        path = f"results/learn/{model}/{self.fold_of[participant]}"
        return {"checkpoint": f"{path}.safetensors", "card": f"{path}.json"}

    @property
    def description(self) -> list[str]:
        """The dataset's own description, where there is one."""
        path = f"{self.dataset}/dataset_description.json"
        return [path] if self.input in ("emg", "eyes") and Path(path).is_file() else []

    def called(self, participants: list[str]) -> dict[str, Any]:
        """What a cohort is called, and its people."""
        table = self.config["recordings"]["feature_table"] if self.input == "features" else None
        folder = str(Path(table).parent) if table else self.dataset
        return {"name": self.config["learn"]["cohort"] or dataset_name(folder), "participants": participants}

    @property
    def people(self) -> list[list[Any]]:
        """(participant, role, whose models predict the person, whether there are eye images) of everybody."""
        with_eyes, applied = set(self.eye_participants), set(self.applied)
        by = {
            name: f"fold {self.fold_of[name]}" if name in self.fold_of else "every fold" for name in self.participants
        }
        return [
            [name, "apply" if name in applied else "train", by[name] if self.models else "", name in with_eyes]
            for name in self.participants
        ]

    @property
    def exclusions(self) -> list[dict[str, str]]:
        """What was left out before anything was read, and why."""
        rows = list(self.selection.exclusions)
        nobody = {"recording": "", "channel": ""}
        untrained = [name for name in self.config["learn"]["models"] if name not in self.models]
        if untrained and self.folds:
            reason = (
                f"{len(self.eye_training) or 'no'} people who train have eye images, fewer than {SMALLEST_COHORT}: "
                f"without {', '.join(untrained)}"
            )
            rows.append({"participant": "", **nobody, "reason": reason})
        if self.eye_models:
            reason = "no eye images: not in the models on eye images"
            rows += [{"participant": name, **nobody, "reason": reason} for name in self.eyes.without]
        return rows
