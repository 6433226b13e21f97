"""Tables of a small cohort as the stages before hand them over: a calibration and a scene of each person."""

from pathlib import Path

import numpy as np
import pandas as pd
from mapping.cohort import planted
from myoscene.core.tables import write_table
from myoscene.emg.tables import ENVELOPES
from myoscene.face.tables import PARTICIPANT_FACES
from myoscene.recordings.tables import PARTICIPANT_RECORDINGS

CALIBRATION_S, SCENE_S = 50.0, 40.0
# On purpose in an order in which calibrations do not come first.
RECORDINGS = (
    ("task-a_scene", "scene", CALIBRATION_S, SCENE_S),
    ("task-calibration", "calibration", 0.0, CALIBRATION_S),
)


class Cohort:
    """Files under ``root``: ``muscles`` and ``faces`` of the planted people, before they are written."""

    def __init__(self, root: Path, people: int = 3) -> None:
        self.root = root
        self.muscles, self.faces = planted(people=people, seconds=CALIBRATION_S + SCENE_S)
        self.names = list(self.muscles["participant"].unique())

    def write(self, without_face: tuple[str, ...] = ()) -> tuple[list[str], list[str], list[str]]:
        """Recordings, envelopes and faces, as a job of the stage gets them."""
        kinds = ("recordings", "envelopes", "faces")
        found = {kind: [f"{self.root}/{kind}/{name}.parquet" for name in self.names] for kind in kinds}
        for kind in kinds:
            (self.root / kind).mkdir(parents=True, exist_ok=True)
        for place, name in enumerate(self.names):
            write_table(found["recordings"][place], _sheet(name), PARTICIPANT_RECORDINGS)
            own = self.muscles[self.muscles["participant"] == name].drop(columns="participant")
            own = own.rename(columns={f"m{k}": f"envelope__m{k}" for k in range(3)})
            write_table(found["envelopes"][place], _cut(own).assign(segment=0), ENVELOPES)
            seen = self.faces[self.faces["participant"] == name]
            seen = _cut(seen).assign(session="", is_face=True)
            seen["frame"] = np.arange(len(seen))
            write_table(found["faces"][place], seen, PARTICIPANT_FACES)
        faces = [path for path in found["faces"] if Path(path).stem not in without_face]
        return found["recordings"], found["envelopes"], faces

    def made(self, folder: str = "made") -> dict[str, str | list[str]]:
        """Where a job writes."""
        (self.root / folder).mkdir(exist_ok=True)
        files: dict[str, str | list[str]] = {
            name: f"{self.root}/{folder}/{name}.csv" for name in ("summary", "scores", "lags", "coefficients")
        }
        files["example"] = f"{self.root}/{folder}/example.parquet"
        return files | {"predictions": [f"{self.root}/{folder}/{name}.parquet" for name in self.names]}


def _cut(table: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for recording, _, start, length in RECORDINGS:
        rows = table[(table["time_s"] >= start) & (table["time_s"] < start + length)]
        parts.append(rows.assign(recording=recording, time_s=rows["time_s"] - start))
    return pd.concat(parts, ignore_index=True)


def _sheet(name: str) -> pd.DataFrame:
    rows = []
    for recording, kind, _, length in RECORDINGS:
        texts = {"participant": name, "session": "", "task": recording.removeprefix("task-"), "recording": recording}
        sums = dict.fromkeys(("file", "sha256", "content_sha256", "channels_sha256"), "x")
        lists = {"channels": ["m0"], "muscles": ["m0"], "bad_channels": list[str]()}
        numbers = {"rate_hz": 1000.0, "duration_s": length, "n_samples": int(1000 * length), "mains_hz": 50.0}
        rows.append({**texts, "kind": kind, **sums, **numbers, **lists, "synthetic": True})
    return pd.DataFrame(rows)
