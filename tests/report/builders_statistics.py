"""Made-up tables of the stage `statistics`."""

import numpy as np
import pandas as pd

SUBSCALES = ["mental", "physical", "temporal", "performance", "effort", "frustration", "raw_tlx"]
ESTIMATORS = ["within_participant_and_scene", "within_participant", "between_scenes", "pooled_spearman"]


class Statistics:
    """The part of a made-up run that writes `results/statistics`."""

    def write_statistics(self, null=False):
        names = self.feature_names()
        rows = []
        for estimator in ESTIMATORS:
            rows += [self._association(estimator, f, scale, null) for f in names for scale in SUBSCALES]
        missing = dict.fromkeys(("estimate", "ci_low", "ci_high", "p", "p_bh", "p_by"))
        rows[3].update(**missing, significant=False)
        frame = pd.DataFrame(rows)
        self.save("associations", "results/statistics/tlx_associations.csv", frame)
        families = [
            {
                "family": e,
                "tests": int(g["p"].notna().sum()),
                "missing": int(g["p"].isna().sum()),
                "significant_bh": int((g["p_bh"] < 0.05).sum()),
                "significant_by": int((g["p_by"] < 0.05).sum()),
                "synthetic": self.synthetic,
            }
            for e, g in frame.groupby("estimator", sort=False)
        ]
        self.save("families", "results/statistics/families.csv", pd.DataFrame(families))
        self._write_effects(names)
        self._write_checks()

    def _association(self, estimator, feature, subscale, null):
        planted = feature.startswith(("occupancy_frown", "bouts")) and subscale == "physical" and not null
        estimate = float(np.clip(self.rng.normal(0.5 * planted, 0.15), -0.95, 0.95))
        p = 0.5 if null else float(np.clip(np.exp(-abs(estimate) * 14) * self.rng.random(), 2e-5, 1))
        return {
            "estimator": estimator,
            "primary": estimator == ESTIMATORS[0],
            "feature": feature,
            "subscale": subscale,
            "estimate": estimate,
            "ci_low": max(estimate - 0.25, -1),
            "ci_high": min(estimate + 0.25, 1),
            "p": p,
            "p_bh": min(p * 20, 1.0),
            "p_by": min(p * 90, 1.0),
            "significant": p * 20 < 0.05,
            "n_participants": len(self.participants),
            "n_train": len(self.participants) - 1,
            "n_apply": 1,
            "n_scenes": len(self.scenes),
            "n_rows": len(self.participants) * len(self.scenes),
            "loo_max_change": 0.1,
            "loo_participant": self.participants[0],
            "permutations": 40320,
            "exact": True,
            "note": "",
            "synthetic": self.synthetic,
        }

    def _write_effects(self, names):
        rows = []
        for name in names:
            p = float(self.rng.random() ** 4)
            tests = {}
            for test in ("friedman", "mixed"):
                tests |= {f"{test}_chi2": 9.0, f"{test}_df": len(self.scenes) - 1, f"{test}_p": p}
                tests |= {f"{test}_p_bh": min(3 * p, 1.0), f"{test}_p_by": min(9 * p, 1.0)}
                tests |= {f"{test}_significant": 3 * p < 0.05}
            people = {"n_participants": len(self.participants), "n_train": len(self.participants) - 1, "n_apply": 1}
            counts = {**people, "n_scenes": len(self.scenes), "n_rows": 48}
            extra = {"n_complete": 8, "kendall_w": float(self.rng.random()), "icc": 0.4, "note": ""}
            rows.append({"feature": name, **counts, **tests, **extra, "synthetic": self.synthetic})
        self.save("scene_effects", "results/statistics/scene_effects.csv", pd.DataFrame(rows))
        pair = {
            "scene_a": self.scenes[0],
            "scene_b": self.scenes[-1],
            "n_participants": 8,
            "n_train": 7,
            "n_apply": 1,
            "statistic": 3.0,
        }
        pair |= {"median_difference": 0.2, "p": 0.01, "p_holm": 0.15, "note": "", "synthetic": self.synthetic}
        self.save(
            "scene_pairs",
            "results/statistics/scene_pairs.csv",
            pd.DataFrame([{"feature": n, **pair} for n in names]),
        )

    def _write_checks(self):
        rows = []
        for number, estimator in enumerate(ESTIMATORS):
            base = {"estimator": estimator, "primary": number == 0, "alpha": 0.05, "synthetic": True}
            rates = np.clip(self.rng.normal(0.05 + 0.18 * (number > 0), 0.03, 20), 0, 1)
            count = {"tests": 300, "missing": 0, "false_positives": 15, "bh_discoveries": 0}
            for seed, rate in enumerate(rates):
                rows.append(
                    {
                        "seed": seed,
                        "cohorts": 1,
                        **base,
                        **count,
                        "rate": rate,
                        "ci_low": None,
                        "ci_high": None,
                    }
                )
            whole = {"rate": rates.mean(), "ci_low": rates.mean() - 0.014, "ci_high": rates.mean() + 0.014}
            rows.append({"seed": -1, "cohorts": 20, **base, **count, **whole})
        self.save("null_check", "results/statistics/null_check.csv", pd.DataFrame(rows))
        rows = []
        for truth, rates in ((0.0, (0.05, 0.33, 0.2, 0.26)), (0.45, (0.94, 0.49, 0.2, 0.35))):
            for estimator, rate in zip(ESTIMATORS, rates, strict=True):
                base = {"estimator": estimator, "primary": estimator == ESTIMATORS[0], "association": truth}
                limits = {
                    "rate": rate,
                    "ci_low": max(rate - 0.04, 0),
                    "ci_high": min(rate + 0.04, 1),
                    "alpha": 0.05,
                }
                counts = {
                    "studies": 200,
                    "rejected": int(200 * rate),
                    "participants": 12,
                    "scenes": 6,
                    "icc": 0.6,
                }
                rows.append({**base, **counts, **limits, "synthetic": True})
        self.save("simulation", "results/statistics/simulation.csv", pd.DataFrame(rows))
