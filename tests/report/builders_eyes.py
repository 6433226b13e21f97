"""Made-up tables of eye images, their models, and fusion."""

import numpy as np
import pandas as pd
from myoscene.eyes import tables as eyes
from myoscene.learn import tables as learn

from report.builders_learn import CLASSES

EYE_MODELS = ["eye_cnn", "eye_cnn_plain"]
FUSION_MODELS = ["fusion_late", "fusion_joint"]
ACTION_UNITS = [
    *("neutral", "left_brow_raise", "right_brow_raise", "brow_lower", "upper_lid_raise"),
    *("squint", "both_closed", "left_wink", "right_wink", "cheek_raise"),
]
SIZE = (32, 64)


class Eyes:
    """The part of a made-up run that writes `results/eyes` and the tables of `results/learn` on eye images."""

    def write_eyes(self, without_neutral=1):
        """Sheet, personalisation, removed and identical images; the last ``without_neutral`` people have no neutral."""
        sheet, sessions, removed = [], [], []
        plain = set(self.participants[len(self.participants) - without_neutral :])
        for p in self.participants:
            for task in self.tasks()[:3]:
                counts = dict(zip(("blank", "saturated", "blurred", "frozen"), self.rng.integers(0, 4, 4), strict=True))
                sheet.append(
                    {"participant": p, "session": "1", "recording": f"task-{task}", "frames": 900, "rate_hz": 10.0}
                    | {"kind": "calibration" if task == "calibration" else "scene", "left_only": 3, "right_only": 5}
                    | {"labelled": 620 if task == "calibration" else 0, "missing": 7, **counts}
                )
            method = "plain" if p in plain else "personalised"
            sessions.append(
                {"participant": p, "session": "1", "method": method, "neutral_frames": 0 if p in plain else 50}
                | {"neutral_s": 0.0 if p in plain else 5.0, "reason": "no neutral frame" if p in plain else ""}
            )
            for number, reason in enumerate(["neutral mean"] * 50 + ["blink"] * 12 + ["quality"] * 4):
                removed.append(
                    {"participant": p, "session": "1", "recording": "task-calibration", "frame": number}
                    | {"time_s": number / 10, "label": "neutral", "reason": reason, "p_closed": None}
                )
        self._save_eyes("eye_sheet", "sheet", sheet, eyes.SHEET)
        self._save_eyes("eye_personalisation", "personalisation", sessions, eyes.PERSONALISATION)
        self._save_eyes("eye_removed", "removed", removed, eyes.REMOVED)
        identical = [
            {"group": group, "participant": self.participants[side], "image": f"sub-{side}/eye/left_{group:04d}.png"}
            | {"eye": "left", "label": ["smile", None][side], "sha256": "0" * 64}
            | {"problem": "different people" if group % 2 else "different labels; different people"}
            for group in range(30)
            for side in (0, 1)
        ]
        self._save_eyes("eye_identical", "identical", identical, eyes.IDENTICAL)

    def _save_eyes(self, key, name, rows, schema):
        frame = pd.DataFrame(rows).assign(synthetic=self.synthetic)
        self.save(key, f"results/eyes/{name}.csv", frame[list(schema.columns)])

    def write_eye_features(self):
        for p in self.participants:
            n = 600
            blink = np.zeros(n, dtype=bool)
            blink[[40, 41, 42, 200, 201, 430]] = True
            frame = pd.DataFrame(
                {
                    "participant": p,
                    "session": "1",
                    "recording": np.repeat(["task-calibration", "task-calm_lake"], n // 2),
                }
                | {"kind": np.repeat(["calibration", "scene"], n // 2), "frame": np.arange(n)}
                | {"time_s": np.tile(np.arange(n // 2) / 10, 2), "label": None, "blink": blink, "flags": ""}
                | {"openness": np.where(blink, 0.1, 0.9), "personalised": True, "embedding__000": 0.5}
            )
            self.save("eye_features", f"results/eyes/features/{p}.parquet", frame)

    def write_eye_models(self, classes=CLASSES):
        """Scores of both variants of `eye_cnn`, their classes, and what personalisation adds."""
        for model, centre in zip(EYE_MODELS, (0.72, 0.62), strict=True):
            self.write_model(model, centre, classes)
            self._class_scores(model, centre, classes)
        rows = []
        for unit, n, t in (("participants", len(self.participants), 2.9), ("participant-session-condition", 60, 4.2)):
            rows.append(
                {"personalised": EYE_MODELS[0], "plain": EYE_MODELS[1], "unit": unit, "frames": 4321, "units": n}
                | {"accuracy_personalised": 0.702, "sd_personalised": 0.08, "accuracy_plain": 0.637, "sd_plain": 0.09}
                | {"mean_difference": 0.065, "sd_difference": 0.05, "t": t, "df": n - 1, "p_t": 0.0117 / t}
                | {"p_permutation": 0.0078125, "permutations": 256, "exact": True, "synthetic": self.synthetic}
            )
        frame = pd.DataFrame(rows)[list(learn.PERSONALISATION_EFFECT.columns)]
        self.save("personalisation_effect", "results/learn/personalisation.csv", frame)

    def _class_scores(self, model, centre, classes):
        rows = [
            {"model": model, "participant": p, "label": c, "support": 100 + place, "synthetic": self.synthetic}
            | dict.fromkeys(("precision", "recall", "f1"), centre + 0.01 * place)
            for p in ["", *self.participants]
            for place, c in enumerate(classes)
        ]
        rows[-1]["precision"] = rows[len(classes) - 1]["precision"] = None
        frame = pd.DataFrame(rows)[list(learn.CLASS_SCORES.columns)]
        self.save("class_scores", f"results/learn/{model}/classes.csv", frame)

    def write_fusion(self):
        """Both fusion models, and the four models of the comparison on shared windows."""
        for model, centre in zip(FUSION_MODELS, (0.84, 0.86), strict=True):
            self.write_model(model, centre, CLASSES)
            self._class_scores(model, centre, CLASSES)
        rows, pairs = [], []
        models = ["cnn_tcn", "eye_cnn", *FUSION_MODELS]
        for rank, model in enumerate(models):
            score = np.clip(self.rng.normal(0.72 + 0.04 * rank, 0.06, len(self.participants)), 0, 1)
            frame = pd.DataFrame({"model": model, "participant": self.participants, "windows": 180, "classes": 4})
            columns = dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1", "roc_auc"), score)
            rows.append(frame.assign(**columns, brier=0.3, ece=0.05, synthetic=self.synthetic))
            pairs += [(model, other) for other in models[:rank]]
        self.save("modalities", "results/learn/modalities.csv", pd.concat(rows, ignore_index=True))
        frame = pd.DataFrame(pairs, columns=["model_a", "model_b"]).assign(
            **{"metric": "macro_f1", "participants": len(self.participants), "missing": 0, "mean_difference": 0.04},
            **{"sd_difference": 0.05, "sd_over": "participants", "bootstrap_low": 0.01, "bootstrap_high": 0.07},
            **{"p": 0.03125, "permutations": 256, "exact": True, "synthetic": self.synthetic},
        )
        self.save("modalities_comparison", "results/learn/modalities_comparison.csv", frame)

    def write_curve(self, numbers=(3, 5, 7)):
        rows = [
            {"model": "eye_cnn", "people": n, "participant": p, "fold": p, "frames": 500, "training_people": "a;b"}
            | dict.fromkeys(("accuracy", "balanced_accuracy", "macro_f1"), 0.5 + 0.03 * n + self.rng.normal(0, 0.04))
            | {"synthetic": self.synthetic}
            for n in numbers
            for p in self.participants
        ]
        self.save("learning_curve", "results/learn/learning_curve.csv", pd.DataFrame(rows))

    def write_raters(self):
        pairs = [("rater_1", "rater_2"), ("eye_cnn", "rater_1"), ("eye_cnn", "majority of raters")]
        frame = pd.DataFrame(pairs, columns=["rater_a", "rater_b"]).assign(
            images=200, agreement=0.66, kappa=0.62, bootstrap_low=0.55, bootstrap_high=0.68, accuracy_a=0.71
        )
        frame = frame.assign(accuracy_b=0.64, synthetic=self.synthetic)
        self.save("raters", "results/learn/raters.csv", frame)

    def write_eye_images(self, classes=CLASSES, people=None):
        """Frames, image stores and mean neutral images: circles for irises, so that a picture can be looked at."""
        y, x = np.mgrid[: SIZE[0], : SIZE[1]]
        for number, p in enumerate(people or self.participants):
            labels = np.repeat(classes, 6)
            images = np.zeros((len(labels), *SIZE), dtype=np.uint8)
            for row, label in enumerate(labels):
                lift = classes.index(label)
                pupil = np.minimum(np.hypot(x - 16, y - 16), np.hypot(x - 48, y - 16))
                images[row] = np.clip(90 + 8 * number + 6 * pupil + 40 * (y < 6 + lift), 0, 255)
            frame = pd.DataFrame(dict.fromkeys(eyes.FRAMES.columns, 0), index=range(len(labels))).assign(
                **{"participant": p, "session": "1", "recording": "task-calibration", "kind": "calibration"},
                **{"label": labels, "flags": "", "left_image": "l.png", "right_image": "r.png", "left_sha256": "0"},
                **{"right_sha256": "0", "has_left": True, "has_right": True, "neutral": 0, "synthetic": True},
                made_neutral=np.arange(len(labels)) < 3,
            )
            self.save("eye_frames", f"results/eyes/frames/{p}.parquet", frame)
            neutral = images[:3].astype(np.float32).mean(axis=0)[None]
            if number == 1:
                neutral[:, :, SIZE[1] // 2 :] = np.nan
            for key, name, values in (("eye_images", "images", images), ("eye_neutrals", "neutrals", neutral)):
                target = self.root / f"results/eyes/{name}/{p}.npy"
                target.parent.mkdir(parents=True, exist_ok=True)
                np.save(target, values)
                self._add(key, target)
