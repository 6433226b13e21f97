"""Made-up tables of the stage `learn`."""

import numpy as np
import pandas as pd
from myoscene.learn import tables as learn

CLASSES = ["neutral", "smile", "frown", "brow_raise"]
MODELS = ["lda", "boosted_trees", "cnn_tcn"]
HOP_S = 0.1


class Learn:
    """The part of a made-up run that writes `results/learn`."""

    def write_learn(self):
        people = {}
        for rank, model in enumerate(self.models):
            people[model] = self.write_model(model, 0.74 + 0.04 * rank)
        rows = []
        for i, a in enumerate(self.models):
            for b in self.models[i + 1 :]:
                difference = people[a]["macro_f1"] - people[b]["macro_f1"]
                rows.append(
                    {
                        "model_a": a,
                        "model_b": b,
                        "metric": "macro_f1",
                        "participants": len(difference),
                        "missing": 0,
                        "mean_difference": float(difference.mean()),
                        "sd_difference": float(difference.std()),
                        "sd_over": "participants",
                        "bootstrap_low": float(difference.mean() - 0.05),
                        "bootstrap_high": float(difference.mean() + 0.05),
                        "p": 0.03125,
                        "permutations": 256,
                        "exact": True,
                        "synthetic": self.synthetic,
                    }
                )
        columns = list(learn.COMPARISON.columns)
        self.save("comparison", "results/learn/comparison.csv", pd.DataFrame(rows, columns=columns))

    def write_model(self, model, centre, classes=CLASSES):
        eyes = model.startswith("eye_")
        folder = f"results/learn/{model}"
        n = len(self.participants)
        f1 = np.clip(self.rng.normal(centre, 0.09, n), 0.3, 0.99)
        people = pd.DataFrame(
            {
                "model": model,
                "participant": self.participants,
                "fold": self.participants,
                "windows": 240,
                "classes": len(classes),
                "accuracy": f1,
                "macro_f1": f1,
                "balanced_accuracy": np.clip(f1 + 0.02, 0, 1),
                "roc_auc": np.clip(f1 + 0.12, 0, 1),
                "brier": 0.6 - 0.5 * f1,
                "ece": 0.08,
                "note": "",
                "synthetic": self.synthetic,
            }
        )
        self.save("people", f"{folder}/participants.csv", people)
        rows = []
        for metric in ("macro_f1", "balanced_accuracy", "roc_auc", "brier", "ece"):
            values = people[metric]
            half = 2.365 * values.std() / np.sqrt(n)
            worst = values.idxmax() if metric in ("brier", "ece") else values.idxmin()
            rows.append(
                {
                    "model": model,
                    "metric": metric,
                    "participants": n,
                    "missing": 0,
                    "sd_over": "participants",
                    "members": 2,
                    "sd_members": 0.02,
                    "sd_seeds": 0.02 / np.sqrt(2),
                    "mean": values.mean(),
                    "sd": values.std(),
                    "t_low": values.mean() - half,
                    "t_high": values.mean() + half,
                    "bootstrap_low": values.mean() - 0.9 * half,
                    "bootstrap_high": values.mean() + 0.9 * half,
                    "worst": values[worst],
                    "worst_participant": people["participant"][worst],
                    "synthetic": self.synthetic,
                }
            )
        self.save("summary", f"{folder}/summary.csv", pd.DataFrame(rows))
        windows, confusion = [], []
        for person in ["", *self.participants]:
            for true in classes:
                for predicted in classes:
                    count = int(self.rng.integers(3, 15)) * (1 if person else n)
                    count *= 12 if true == predicted else 1
                    confusion.append(
                        {
                            "model": model,
                            "participant": person,
                            "true": true,
                            "predicted": predicted,
                            "windows": count,
                        }
                        | {"synthetic": self.synthetic}
                    )
        self.save(
            "confusion",
            f"{folder}/confusion.csv",
            pd.DataFrame(confusion, columns=list(learn.CONFUSION.columns)),
        )
        for p in self.participants:
            truth = self.rng.integers(0, len(classes), 120)
            logits = self.rng.normal(0, 1, (120, len(classes)))
            logits[np.arange(120), truth] += 2.2
            probability = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
            frame = pd.DataFrame({f"p_{c}": probability[:, i].astype("float32") for i, c in enumerate(classes)})
            frame.insert(0, "label", np.array(classes)[truth])
            for name, value in (
                ("start_s", np.arange(120) * HOP_S),
                ("event", 0),
                ("recording", "task-calibration"),
            ):
                frame.insert(0, name, value)
            frame.insert(0, "fold", p)
            frame.insert(0, "participant", p)
            if eyes:
                frame = frame.assign(session="1", frame=np.arange(120), left_image=None, right_image=None)
            windows.append(frame)
            self.save_json(
                "cards",
                f"{folder}/{p}.json",
                {
                    "model": model,
                    "fold": p,
                    "versions": {"numpy": "2.4.6", "torch": "2.13.0"},
                    "synthetic": True,
                },
            )
        schema = learn.EYE_PREDICTIONS if eyes else learn.PREDICTIONS
        self.save("windows", f"{folder}/predictions.parquet", pd.concat(windows, ignore_index=True), schema)
        return people
