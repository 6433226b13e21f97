"""Made-up results of a whole run, in the form of the tables' contract, for tests of the page."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
from myoscene.core.tables import write_table
from myoscene.emg import tables as emg
from myoscene.eyes import tables as eyes
from myoscene.learn import tables as learn
from myoscene.recordings import tables as recordings
from myoscene.scenes import tables as scenes
from myoscene.statistics import tables as statistics

from report.builders_eyes import Eyes
from report.builders_face import FACE_SCHEMAS, Faces
from report.builders_learn import CLASSES, HOP_S, MODELS, Learn
from report.builders_mapping import MAPPING_SCHEMAS, Mappings
from report.builders_statistics import Statistics

# The made-up tables are written through the schemas of the stages: a column that changes there fails here.
SCHEMAS = {
    "sheet": recordings.SHEET,
    "exclusions": recordings.EXCLUSIONS,
    "events": recordings.EVENTS,
    "quality": emg.QUALITY,
    "people": learn.PARTICIPANT_SCORES,
    "summary": learn.SUMMARY,
    "confusion": learn.CONFUSION,
    "windows": learn.PREDICTIONS,
    "comparison": learn.COMPARISON,
    "scene_predictions": scenes.PREDICTIONS,
    "expression_features": scenes.EXPRESSION_FEATURES,
    "dictionary": scenes.FEATURE_DICTIONARY,
    "scores": scenes.SCENE_SCORES,
    "scene_effects": statistics.SCENE_EFFECTS,
    "scene_pairs": statistics.SCENE_PAIRS,
    "associations": statistics.TLX_ASSOCIATIONS,
    "families": statistics.FAMILIES,
    "null_check": statistics.NULL_CHECK,
    "simulation": statistics.SIMULATION,
    "eye_sheet": eyes.SHEET,
    "eye_personalisation": eyes.PERSONALISATION,
    "eye_removed": eyes.REMOVED,
    "eye_identical": eyes.IDENTICAL,
    "eye_features": eyes.EYE_FEATURES,
    "eye_frames": eyes.FRAMES,
    "class_scores": learn.CLASS_SCORES,
    "personalisation_effect": learn.PERSONALISATION_EFFECT,
    "modalities": learn.MODALITIES,
    "modalities_comparison": learn.COMPARISON,
    "learning_curve": learn.LEARNING_CURVE,
    "raters": learn.RATERS,
    **FACE_SCHEMAS,
    **MAPPING_SCHEMAS,
}

MANY = {
    *("normalisers", "people", "summary", "confusion", "windows", "cards", "scene_predictions", "events"),
    *("class_scores", "eye_features", "eye_frames", "eye_images", "eye_neutrals", "face_parameters"),
    *MAPPING_SCHEMAS,
}
SCENES = ["calm_lake", "cliff_walk", "memory_game", "arm_circles", "sorting_rush", "dual_task"]
CHANNELS = [
    *("frontalis_right", "zygomaticus_right", "orbicularis_right", "corrugator_center"),
    *("orbicularis_left", "zygomaticus_left", "frontalis_left"),
]


class Run(Learn, Eyes, Faces, Mappings, Statistics):
    """A made-up run under ``root``; each ``write_*`` adds one stage's results and ``paths`` collects them."""

    def __init__(self, root: Path, participants=None, scenes=None, models=None, synthetic=True, seed=1):
        self.root = Path(root)
        self.participants = participants or [f"p{i:02d}" for i in range(1, 9)]
        self.scenes = scenes or SCENES
        self.models = MODELS if models is None else models
        self.synthetic = synthetic
        self.rng = np.random.default_rng(seed)
        self.paths: dict[str, str | list[str]] = {}

    def save(self, key, path, frame, schema=None):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if key in SCHEMAS:
            write_table(target, frame, schema or SCHEMAS[key])
        else:
            frame.to_parquet(target, index=False)
        self._add(key, target)

    def save_json(self, key, path, value):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(value))
        self._add(key, target)

    def _add(self, key, target):
        if key in MANY:
            self.paths.setdefault(key, []).append(str(target))
        else:
            self.paths[key] = str(target)

    def write_all(self):
        self.write_config()
        self.write_recordings()
        self.write_emg()
        self.write_learn()
        self.write_scenes()
        self.write_statistics()
        return self

    def write_everything(self, classes=CLASSES):
        """A run with eye images as well, whose models have ``classes``; pictures of eyes may be shown."""
        self.write_all()
        self.write_eyes()
        self.write_eye_features()
        self.write_eye_models(classes)
        self.write_fusion()
        self.write_curve()
        self.write_raters()
        self.write_eye_images(classes)
        self.write_faces()
        self.write_mapping()
        return self

    def write_config(self, **changes):
        config = {
            "recordings": {
                "input": "emg",
                "dataset": "demo_cohort",
                "classes": CLASSES,
                "neutral": "neutral",
                "exclude_participants": [],
                "ratings": {"source": "beh"},
            },
            "eyes": {
                "frames": {"eyes": "both", "height_px": 32, "width_px": 32},
                "quality": {"identical": "exclude"},
                "personalise": {"seconds": 5.0},
                "blinks": {"clean": True, "threshold": 0.5},
            },
            "emg": {
                "filters": {
                    "low_cut_hz": 20.0,
                    "high_cut_hz": 450.0,
                    "order": 4,
                    "phase": "zero",
                    "notch": True,
                },
                "rate_hz": 1000.0,
                "normalise": {"method": "neutral_max", "fit_on": "calibration"},
                "windows": {"length_s": 1.0, "hop_s": 0.1, "trim_start_s": 0.5, "trim_end_s": 0.1},
            },
            "learn": {"models": self.models, "seed": 1},
            "scenes": {
                "models": self.models[-1:],
                "smoothing_s": 0.3,
                "minimum_dwell_s": 0.2,
                "probability_floor": 0.5,
            },
            "statistics": {"alpha": 0.05, "permutations": 50000, "bootstrap": 2000, "family": "estimator"},
            "report": {"title": "Facial expression and workload"},
        }
        for section, values in changes.items():
            config[section] = {**config[section], **values}
        target = self.root / "results/config.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(config, indent=1))  # JSON is YAML
        self._add("config", target)

    def tasks(self):
        return ["calibration", *self.scenes]

    def write_recordings(self):
        rows = [
            {
                "participant": p,
                "session": "",
                "task": t,
                "recording": f"task-{t}",
                "kind": "calibration" if t == "calibration" else "scene",
                "file": f"demo_cohort/sub-{p}/emg/sub-{p}_task-{t}_emg.edf",
                "sha256": "0" * 64,
                "content_sha256": "0" * 64,
                "channels_sha256": "1" * 64,
                "rate_hz": 1000.0,
                "duration_s": 90.0 if t == "calibration" else 45.0,
                "n_samples": 90000 if t == "calibration" else 45000,
                "mains_hz": 50.0,
                "channels": ";".join(CHANNELS),
                "muscles": ";".join(CHANNELS),
                "bad_channels": "",
                "synthetic": self.synthetic,
            }
            for p in self.participants
            for t in self.tasks()
        ]
        self.save("sheet", "results/recordings/sheet.parquet", pd.DataFrame(rows))
        exclusions = [
            {
                "participant": "p99",
                "recording": "",
                "channel": "",
                "reason": "listed in recordings.exclude_participants",
            },
            {
                "participant": self.participants[0],
                "recording": "",
                "channel": "aux",
                "reason": "not in everybody",
            },
        ]
        self.save("exclusions", "results/recordings/exclusions.csv", pd.DataFrame(exclusions))
        self.save_json(
            "description",
            "demo_cohort/dataset_description.json",
            {"Name": "Demo cohort", "BIDSVersion": "1.11.0", "License": "CC0", "Synthetic": self.synthetic},
        )

    def write_emg(self):
        rows = []
        for p in self.participants:
            for t in self.tasks():
                for c in CHANNELS:
                    flags = [f for f, chance in (("low_snr", 0.08), ("mains", 0.05)) if self.rng.random() < chance]
                    rows.append(
                        {
                            **dict.fromkeys(emg.QUALITY.columns, 0.0),
                            "participant": p,
                            "recording": f"task-{t}",
                            "channel": c,
                            "declared_rate_hz": 1000.0,
                            "n_gaps": 0,
                            "mains_ratio": float(self.rng.gamma(2, 0.05)),
                            "snr_db": float(self.rng.normal(14, 4)) if t == "calibration" else None,
                            "effective_rate_hz": 1000.0,
                            "flags": ";".join(flags),
                            "synthetic": self.synthetic,
                        }
                    )
        self.save("quality", "results/emg/quality.parquet", pd.DataFrame(rows))
        for p in self.participants:
            self.save_json(
                "normalisers",
                f"results/emg/normalisers/{p}.json",
                {
                    "method": "neutral_max",
                    "participant": p,
                    "fitted_on": ["task-calibration"],
                    "channels": CHANNELS,
                    "scale": [10.0] * len(CHANNELS),
                    "floor": [1.0] * len(CHANNELS),
                },
            )

    def write_scenes(self):
        model = self.models[-1] if self.models else "cnn_tcn"
        features, events = [], {p: [] for p in self.participants}
        for p in self.participants:
            frames = []
            for number, scene in enumerate(self.scenes):
                frame, share = self._scene(p, number, scene)
                frames.append(frame)
                features += self._features(p, scene, share)
                events[p].append((f"task-{scene}", 0, 0.0, 45.0, scene, "scene"))
                if p == self.participants[0]:
                    events[p].append((f"task-{scene}", 1, 5.0, 6.0, "smile", "expression"))
            self.save(
                "scene_predictions",
                f"results/scenes/predictions/{model}/{p}.parquet",
                pd.concat(frames, ignore_index=True),
            )
            names = ["recording", "event", "onset_s", "duration_s", "label", "role"]
            table = pd.DataFrame(events[p], columns=names)
            table.insert(0, "participant", p)
            self.save("events", f"results/recordings/events/{p}.parquet", table)
        self.save("expression_features", "results/scenes/expression_features.parquet", pd.DataFrame(features))
        dictionary = pd.DataFrame(
            [
                {
                    "feature": name,
                    "kind": "static" if name.startswith(("occupancy", "envelope", "mean", "uncertain")) else "temporal",
                    "needs": "envelope" if name.startswith("envelope") else "model",
                    "definition": f"What {name} is, in one sentence.",
                    "unit": "share",
                    "minimum": 0.0,
                    "maximum": 1.0,
                }
                for name in self.feature_names()
            ]
        )
        self.save("dictionary", "results/scenes/feature_dictionary.csv", dictionary)
        scores = pd.DataFrame(
            [
                {
                    "model": model,
                    "participant": p,
                    "windows": 300,
                    "classes": len(CLASSES),
                    "balanced_accuracy_raw": 0.81,
                    "uncertain_share": 0.1,
                    "balanced_accuracy": 0.82,
                    "macro_f1": 0.8,
                    "synthetic": self.synthetic,
                }
                for p in self.participants
            ]
        )
        self.save("scores", "results/scenes/scores.csv", scores)

    def feature_names(self):
        names = [f"occupancy_{c}" for c in CLASSES] + ["uncertain_share"]
        names += [f"mean_probability_{c}" for c in CLASSES]
        names += [f"envelope_mean__{c}" for c in CHANNELS] + [f"envelope_p95__{c}" for c in CHANNELS]
        names += ["occupancy_entropy_bits", "switches_per_minute", "transition_entropy_rate_bits"]
        for part in ("bouts_per_minute", "mean_bout_s", "longest_bout_s", "first_bout_latency_s", "trend"):
            names += [f"{part}_{c}" for c in CLASSES]
        return names

    def _scene(self, participant, number, scene):
        n = 441
        logits = np.cumsum(self.rng.normal(0, 0.5, (n, len(CLASSES))), axis=0)
        logits -= logits.mean(0) - 0.3 * np.eye(len(CLASSES))[number % len(CLASSES)] * number
        probability = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
        columns = {f"p_{c}": probability[:, i].astype("float32") for i, c in enumerate(CLASSES)}
        columns |= {f"smooth_{c}": probability[:, i].astype("float32") for i, c in enumerate(CLASSES)}
        state = np.where(probability.max(1) < 0.5, "uncertain", np.array(CLASSES)[probability.argmax(1)])
        frame = pd.DataFrame(columns)
        frame["expression"] = state
        start = np.arange(n) * HOP_S
        for name, value in (("time_s", start + 0.5), ("start_s", start), ("stretch", 0), ("segment", 0)):
            frame.insert(0, name, value)
        for name, value in (("recording", f"task-{scene}"), ("scene", scene), ("session", "")):
            frame.insert(0, name, value)
        frame.insert(0, "participant", participant)
        return frame, {c: float((state == c).mean()) for c in [*CLASSES, "uncertain"]}

    def _features(self, participant, scene, share):
        rows = []
        for name in self.feature_names():
            state = "uncertain" if name == "uncertain_share" else name.removeprefix("occupancy_")
            value = share[state] if state in share else self.rng.random()
            if name.startswith("first_bout") and value > 0.9:
                value = None
            rows.append((participant, "", scene, name, value, self.synthetic))
        return [
            dict(zip(("participant", "session", "scene", "feature", "value", "synthetic"), r, strict=True))
            for r in rows
        ]
