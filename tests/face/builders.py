"""A person with a video or a table of the face, and the stage run on them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from myoscene.core.tables import read_table, write_table
from myoscene.face.prepare import FaceSource, prepare_face
from myoscene.face.selection import FaceSelection, select_faces
from myoscene.face.settings import FaceSettings, FaceStageSettings
from myoscene.face.tables import FACE_TABLE, PARTICIPANT_FACES, PARTICIPANT_SHEET
from myoscene.recordings.bids import Recording
from myoscene.recordings.selection import Selection
from myoscene.recordings.settings import RecordingsSettings
from myoscene.recordings.tables import PARTICIPANT_RECORDINGS
from recordings.builders import write_tsv

DURATION_S = 10.0
HEADER = ("file", "recording")


def parameters(seconds: float = 2.0, names: Sequence[str] = ("jawOpen", "smile"), start_s: float = 0.0) -> pd.DataFrame:
    """A table of parameters at 30 frames a second."""
    time_s = start_s + np.arange(round(seconds * 30)) / 30
    values = {name: np.sin(time_s + place) for place, name in enumerate(names)}
    return pd.DataFrame({"frame": np.arange(len(time_s)), "time_s": time_s, "is_face": True} | values)


def plain_csv(frame: pd.DataFrame) -> str:
    return frame.drop(columns=["frame", "is_face"]).to_csv(index=False)


class Faces:
    """A dataset of one person with the EMG recordings ``task-a`` and ``task-b`` of 10 s, and a folder of faces."""

    def __init__(self, root: Path) -> None:
        self.root, self.out = root / "cohort", root / "out"
        self.folder = self.root / "sourcedata/sub-01/face"
        self.folder.mkdir(parents=True)
        self.emg = ["task-a", "task-b"]
        self.left_out: list[str] = []

    def table(self, name: str, frame: pd.DataFrame | None = None) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_table(path, parameters() if frame is None else frame, FACE_TABLE)
        return path

    def index(
        self, rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER, name: str = "sub-01_face.tsv"
    ) -> Path:
        return write_tsv(self.folder / name, header, rows)

    def selected(self, offsets: str | None = None, **face: Any) -> FaceSelection:
        found = [Recording("01", "", name.partition("task-")[2], "", "", name, "") for name in self.emg]
        exclusions: Any = [{"participant": "01", "recording": name, "reason": ""} for name in self.left_out]
        selection = Selection(["01"], exclusions, recordings={"01": found})
        recordings = RecordingsSettings(dataset=str(self.root))
        return select_faces(recordings, FaceStageSettings(offsets=offsets, **face), selection)

    def prepare(self, offsets: str | None = None, **given: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Run the stage's job; its two tables."""
        chosen = self.selected(offsets)
        recordings = self.root.parent / "recordings.parquet"
        columns = dict.fromkeys(PARTICIPANT_RECORDINGS.columns, "")
        fixed = {"rate_hz": 1000.0, "n_samples": 10_000, "mains_hz": 50.0, "synthetic": True, "duration_s": DURATION_S}
        lists = {"channels": [], "muscles": [], "bad_channels": []}
        rows = [columns | fixed | lists | {"participant": "01", "recording": name} for name in self.emg]
        write_table(recordings, pd.DataFrame(rows), PARTICIPANT_RECORDINGS)
        source = {
            "raw": chosen.raw_files["01"],
            "participant": "01",
            "dataset": str(self.root),
            "emg_recordings": chosen.recordings["01"],
            "left_out": chosen.left_out["01"],
            "offset_s": chosen.offset_s["01"],
            "model": chosen.model,
            "video": FaceSettings(),
            "synthetic": True,
        }
        self.out.mkdir(exist_ok=True)
        paths = self.out / "parameters.parquet", self.out / "sheet.parquet"
        prepare_face(FaceSource(**source | given), recordings, *paths)
        return read_table(paths[0], PARTICIPANT_FACES), read_table(paths[1], PARTICIPANT_SHEET)
