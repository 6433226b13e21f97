"""Made-up tables of the stage `face`."""

import numpy as np
import pandas as pd
from myoscene.face import tables as face

FACE_SCHEMAS = {"face_sheet": face.SHEET, "face_parameters": face.PARTICIPANT_FACES}


class Faces:
    """The part of a made-up run that writes `results/face`."""

    def write_faces(self):
        """A table a person, which one tool measured in every recording; the last person turned away often."""
        sheet = []
        names = ["jawOpen", "mouthSmileLeft", "mouthSmileRight", "browInnerUp", "cheekPuff"]
        for number, p in enumerate(self.participants):
            n = 900
            time_s = np.arange(n) / 30
            is_face = (np.arange(n) % 300) > (150 if p == self.participants[-1] else 10)
            sizes = zip(names, (0.5, 0.4, 0.4, 0.2, 0.0), strict=True)
            values = {name: np.where(is_face, a * np.sin(time_s + number) ** 2, np.nan) for name, a in sizes}
            fixed = {"participant": p, "session": "", "recording": "task-calibration", "frame": np.arange(n)}
            frame = pd.DataFrame(fixed | {"time_s": time_s, "is_face": is_face} | values)
            self.save("face_parameters", f"results/face/parameters/{p}.parquet", frame)
            sheet += [
                {"participant": p, "session": "", "recording": f"task-{task}", "source": "video", "tool": "MediaPipe"}
                | {"file": f"sub-{p}/face/{task}.mp4", "n_frames": n, "duration_s": 30.0, "rate_hz": 30.0}
                | {"has_variable_rate": False, "usable_fraction": round(float(is_face.mean()), 4)}
                | {"in_recording_fraction": 1.0, "offset_s": 0.5, "still": "cheekPuff;tongueOut"}
                | {"never_moved": "cheekPuff;noseSneerLeft", "mirror_bias_in": "mouthSmileLeft", "mirror_bias": -0.04}
                for task in self.tasks()[:2]
            ]
        columns = list(face.SHEET.columns)
        self.save("face_sheet", "results/face/sheet.csv", pd.DataFrame(sheet).assign(synthetic=self.synthetic)[columns])
