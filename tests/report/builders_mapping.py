"""Made-up tables of the stage `mapping`."""

import numpy as np
import pandas as pd
from myoscene.mapping import tables as mapping
from myoscene.mapping.scores import METRICS

MAPPING_SCHEMAS = {
    "mapping_summary": mapping.STAGE_SUMMARY,
    "mapping_lags": mapping.STAGE_LAGS,
    "mapping_coefficients": mapping.COEFFICIENTS,
    "mapping_example": mapping.EXAMPLE,
}
PROTOCOLS = [
    *(("own calibration", model) for model in ("mean", "ridge", "extra_trees")),
    *((f"own calibration, first {share} %", "ridge") for share in (10, 20, 40)),
    *(("unseen person", model) for model in ("mean", "ridge", "extra_trees")),
    ("random rows (a leak)", "ridge"),
]


class Mappings:
    """The part of a made-up run that writes `results/mapping`."""

    def write_mapping(self):
        """Both directions: scores that fall below 0 for strangers, a link that is sure or not, and a scene."""
        muscles, faces = ["zygomaticus_left", "frontalis_right"], ["mouthSmileLeft", "browInnerUp", "jawOpen"]
        for direction, (signals, targets) in {"emg2exp": (muscles, faces), "exp2emg": (faces, muscles)}.items():
            folder = f"results/mapping/{direction}"
            rows = []
            for number, (protocol, model) in enumerate(PROTOCOLS):
                middle = dict.fromkeys(METRICS, -0.6 if protocol == "unseen person" else 0.1 * number)
                scores = {name + end: middle[name] + off for name in METRICS for end, off in self.ENDS.items()}
                rows.append({"protocol": protocol, "model": model, "people": len(self.participants)} | scores)
            self.put("summary", folder, mapping.STAGE_SUMMARY, pd.DataFrame(rows))
            lags = {"protocol": "own calibration", "lag_s": 0.08, "lag_low_s": 0.07, "lag_high_s": 0.09}
            self.put("lags", folder, mapping.STAGE_LAGS, pd.DataFrame([{"participant": p} | lags for p in "ab"]))
            found = [
                {"signal": signal, "target": target, "coefficient": value, "people": len(self.participants)}
                | {"coefficient_low": value - 0.2, "coefficient_high": value + 0.2}
                for row, signal in enumerate(signals)
                for value, target in zip((0.7 - row, 0.1, -0.5), targets, strict=False)
            ]
            self.put("coefficients", folder, mapping.COEFFICIENTS, pd.DataFrame(found))
            time_s = np.arange(90) / 30
            told = {"participant": self.participants[0], "recording": "task-calm", "learnt_from": "own calibration"}
            moves = {f"measured__{name}": np.sin(time_s + place) for place, name in enumerate(targets)}
            moves |= {f"predicted__{name}": 0.8 * np.sin(time_s + place) for place, name in enumerate(targets)}
            frame = pd.DataFrame(told | {"model": "ridge", "time_s": time_s} | moves)
            self.save("mapping_example", f"{folder}/example.parquet", frame)

    # Of a score: what is added for it and the ends of its interval.
    ENDS = {"": 0.0, "_low": -0.1, "_high": 0.1}

    def put(self, name, folder, schema, frame):
        columns = list(schema.columns)
        self.save(f"mapping_{name}", f"{folder}/{name}.csv", frame.assign(synthetic=self.synthetic)[columns])
