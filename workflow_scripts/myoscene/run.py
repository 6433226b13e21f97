"""What rule files ask (``RUN``): who and which models take part in a run, and what rules say of them.

Standard library only, since it runs at every call of Snakemake.
"""

from pathlib import Path
from typing import Any

from myoscene.facts import Facts
from myoscene.learn.cohort.folds import SMALLEST_COHORT
from myoscene.learn.models.registry import MODELS
from myoscene.machinery.provenance import versions
from myoscene.recordings.bids import dataset_name


class Run(Facts):
    """The run of a plan: its facts, and inputs and params that rules share."""

    @property
    def saved_config(self) -> dict[str, Any]:
        """The configuration with what was chosen, and without what only changes how a run goes and no result."""
        complete = {name: part for name, part in self.config.items() if name != "execution"}
        return complete | {"scenes": self.config["scenes"] | {"models": self.scene_models}}

    def code(self, *models: str) -> list[tuple[str, str]]:
        """What models are built from that a script loads by name, as params: no import leads there."""
        return versions("", *(MODELS[name].path for name in models))

    def classes_of(self, model: str) -> list[str]:
        """The classes that a model tells apart."""
        if model == "blinks":
            return ["open", "closed"]
        return self.eye_classes if self.kind(model) == "eyes" else list(self.config["recordings"]["classes"])

    def spec(self, model: str) -> dict[str, Any]:
        """What a training is told (fields of myoscene.learn.engine.card.TrainingSpec): the model's own section, and how
        its input was made. A blink classifier is an ``eye_cnn`` of other classes."""
        learn, eyes = self.config["learn"], self.config["eyes"]
        if model == "blinks":
            settings = {**learn["eye_cnn"], **learn["blinks"], "members": 1, "adapt": 0}
            return self.spec("eye_cnn") | {"settings": settings, "classes": self.classes_of("blinks")}
        emg = self.config["emg"] if self.has_emg and self.kind(model) != "eyes" else {}
        told = {
            "model": model,
            "classes": self.classes_of(model),
            "settings": learn[MODELS[model].section],
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
            files["weights"] = self.config["learn"]["eye_inception"]["weights"]
        return files

    def eye_inputs(self, model: str, participant: str) -> dict[str, str]:
        """What a model reads of a person's eye images for the scenes, by the names of predict_scenes."""
        if self.kind(model) not in ("eyes", "fusion") or participant not in self.eyes.raw_files:
            return {}
        files = {"frames": "frames/{}.parquet", "images": "images/{}.npy", "neutrals": "neutrals/{}.npy"}
        # Closed eyes are no blinks to a model that has them for a class.
        if self.has_blinks and self.config["eyes"]["closed"] not in self.classes_of(model):
            files["blinks"] = "features/{}.parquet"
        if model in self.embedded_models:
            files["embeddings"] = "embeddings/{}.npy"
        return {name: f"results/eyes/{file.format(participant)}" for name, file in files.items()}

    def unseen(self, model: str, participant: str) -> str:
        """What never saw the participant: the model's fold that held the person out, or all its folds, frozen."""
        if participant in self.fold_of:
            return f"results/learn/{model}/{self.fold_of[participant]}.safetensors"
        return f"results/learn/frozen/{model}.json"

    def unseen_card(self, model: str, participant: str) -> str | list[str]:
        """The card beside it; a frozen model names those of its folds."""
        return f"results/learn/{model}/{self.fold_of[participant]}.json" if participant in self.fold_of else []

    @property
    def description(self) -> dict[str, str]:
        """The dataset's own description, by the name that the page gives it, where there is one."""
        path = f"{self.dataset}/dataset_description.json"
        return {"description": path} if self.input in ("emg", "eyes") and Path(path).is_file() else {}

    def called(self, participants: list[str]) -> dict[str, Any]:
        """What a cohort is called, and its people."""
        table = self.config["recordings"]["feature_table"] if self.input == "features" else None
        folder = str(Path(table).parent) if table else self.dataset
        return {"name": self.config["learn"]["cohort"] or dataset_name(folder), "participants": participants}

    @property
    def people(self) -> list[list[Any]]:
        """(participant, role, whose models predict the person, whether there are eye images) of everybody."""
        with_eyes, applied = set(self.eye_participants), set(self.applied)
        return [
            [name, "apply" if name in applied else "train", self._predicted_by(name), name in with_eyes]
            for name in self.participants
        ]

    def _predicted_by(self, participant: str) -> str:
        if not self.models:
            return ""
        fold = self.fold_of.get(participant)
        return f"fold {fold}" if fold else "every fold"

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
