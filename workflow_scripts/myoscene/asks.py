"""What jobs ask for: memory and time, measured (docs/resources.py) on the largest inputs, more with every attempt.

Resources rerun nothing; they are functions, since they depend on the person, on the input's size and on the attempt (a
profile's ``retries``).
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from myoscene.face.folders import PICTURES
from myoscene.run import Run

Resource = Callable[..., int]
_DAY = 24 * 60
# What training a network takes, by what it reads: MB, and MB per MB of input.
_TRAINING = {"signal": (900, 15), "eyes": (1100, 5), "fusion": (1300, 15)}


def _size_mb(path: str) -> float:
    return Path(path).stat().st_size / 1e6


class Asks:
    """``memory(...)`` and ``minutes(...)`` of the rules of a run."""

    def __init__(self, run: Run) -> None:
        self._run, self._applied = run, set(run.applied)
        self._table = [run.config["recordings"]["feature_table"]] if run.input == "features" else []
        self._raw_mb, self._faces_mb = cache(self._measure), cache(self._measure_faces)

    def _measure(self, participant: str | None) -> float:
        """Size of a participant's raw files in MB, or of the table of everybody's features."""
        return sum(map(_size_mb, self._run.selection.raw_files.get(participant or "", self._table)))

    def _measure_faces(self, participant: str) -> tuple[float, float]:
        """Size in MB of a participant's tables of the face, and of videos and images."""
        files = self._run.faces.raw_files[participant]
        pictures = [file for file in files if file.lower().endswith(PICTURES)]
        tables = [file for file in files if not file.lower().endswith(PICTURES)]
        return sum(map(_size_mb, tables)), sum(map(_size_mb, pictures))

    def memory(
        self, mb: int, raw: float = 0, inputs: float = 0, images: float | None = None, faces: float = 0
    ) -> Resource:
        """Memory of a job in MB, with 400 MB for the two Snakemakes that a cluster's job holds besides: ``mb``, more
        per MB of the participant's ``raw`` files, of tables of ``faces``, of the input's tables (``inputs``), and of
        stores of ``images``.

        Inputs are not known before they are there: not for rules that a profile groups with those that make them. Of
        stores a tenth is added with ``inputs`` unless told otherwise, since they are read a batch at a time.
        """
        of_images = 0.1 if images is None else images

        def needed(wildcards: Any, input: Any, attempt: int) -> int:
            size = raw * self._raw_mb(wildcards.get("participant")) if raw else 0
            if faces:  # of a video a fiftieth becomes a table
                tables, pictures = self._faces_mb(wildcards.participant)
                size += faces * (tables + pictures / 50)
            for file in input if inputs or images else []:
                size += (of_images if file.endswith(".npy") else inputs) * _size_mb(file)
            return attempt * round(mb + size)

        return needed

    def minutes(self, base: int, person: float = 0, fold: float = 0, frame: float = 0, faces: float = 0) -> Resource:
        """Longest run time of a job in minutes: ``base``, and more per participant (``person``), per ``fold`` for those
        who are only predicted, since every fold predicts them, per ``frame`` in the input's store of images, and per MB
        of the participant's videos of ``faces`` (a day at most)."""

        def longer(wildcards: Any) -> float:
            more = base + person * len(self._run.participants)
            more += min(faces * self._faces_mb(wildcards.participant)[1], _DAY) if faces else 0
            return more + (fold * len(self._run.folds) if fold and wildcards.participant in self._applied else 0)

        # One that asks for the input would be put off until that is there.
        if not frame:
            return lambda wildcards, attempt: attempt * round(longer(wildcards))

        def needed(wildcards: Any, input: Any, attempt: int) -> int:
            store = input.get("images")
            frames = 1e6 * _size_mb(store) / self._run.frame_bytes if store else 0
            return attempt * round(longer(wildcards) + frame * frames)

        return needed

    def training_memory(self, wildcards: Any, input: Any, attempt: int) -> int:
        """Memory of training the job's network."""
        mb, inputs = _TRAINING[self._run.kind(wildcards.model)]
        if wildcards.model in self._run.inception_models:
            mb = 4000 if self._run.finetuned_min else 1500
        return self.memory(mb, inputs=inputs)(wildcards, input, attempt)

    def training_minutes(self) -> Resource:
        """Longest run time of training a network; of fine-tuning, by the frames."""
        usual = self.minutes(20, person=2)
        if not self._run.finetuned_min:
            return usual
        epochs = self._run.config["learn"]["eye_inception"]["epochs"]
        long = self.minutes(20, person=2, frame=2 * self._run.finetuned_min * epochs)

        def needed(wildcards: Any, input: Any, attempt: int) -> int:
            tuned = wildcards.model in self._run.inception_models
            return long(wildcards, input, attempt) if tuned else usual(wildcards, attempt)

        return needed
