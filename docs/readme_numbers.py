"""The README's numbers of a finished run: ``.venv/bin/python docs/readme_numbers.py [results]``, as Markdown."""

import argparse
from pathlib import Path

import pandas as pd


def models(results: Path) -> str:
    """Macro-F1 and ROC-AUC of each model over held-out participants."""
    lines = ["| model | macro-F1, mean ± SD | 95 % interval | worst person | ROC-AUC |", "|---|--:|--:|--:|--:|"]
    for path in sorted(results.glob("learn/*/summary.csv")):
        table = pd.read_csv(path, dtype={"worst_participant": str}).set_index("metric")
        f1, auc = table.loc["macro_f1"], table.loc["roc_auc"]
        cells = [f"{f1['mean']:.2f} ± {f1['sd']:.2f}", f"{f1['t_low']:.2f} to {f1['t_high']:.2f}"]
        cells += [f"{f1['worst']:.2f}", f"{auc['mean']:.2f} ± {auc['sd']:.2f}"]
        lines.append(f"| `{path.parent.name}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def personalisation(results: Path) -> str:
    """Accuracy of eye models with and without personalisation on identical frames, and both tests."""
    path = results / "learn/personalisation.csv"
    if not path.is_file():
        return ""
    lines = []
    for row in pd.read_csv(path).itertuples():
        lines.append(
            f"- `{row.personalised}`, {row.units} {row.unit}, {row.frames} frames: plain {row.accuracy_plain:.3f} ± "
            f"{row.sd_plain:.3f}, personalised {row.accuracy_personalised:.3f} ± {row.sd_personalised:.3f}, "
            f"t({row.df:.0f}) = {row.t:.2f}, p = {row.p_t:.2g}; permutation p = {row.p_permutation:.2g}"
        )
    return "\n".join(lines)


def modalities(results: Path) -> str:
    """Macro-F1 of EMG, eyes and fusion on the same windows, and the paired tests on it."""
    path = results / "learn/modalities.csv"
    if not path.is_file():
        return ""
    table = pd.read_csv(path, dtype={"participant": str})
    lines = ["| on the same windows | macro-F1, mean ± SD | worst person |", "|---|--:|--:|"]
    for model, rows in table.groupby("model", sort=False):
        f1 = rows["macro_f1"]
        lines.append(f"| `{model}` | {f1.mean():.2f} ± {f1.std():.2f} | {f1.min():.2f} |")
    pairs = pd.read_csv(results / "learn/modalities_comparison.csv")
    for row in pairs[pairs["metric"] == "macro_f1"].itertuples():
        lines.append(f"- {row.model_a} - {row.model_b}: {row.mean_difference:+.3f}, p = {row.p:.3g}")
    return "\n".join(lines)


def associations(results: Path) -> str:
    """How many associations survive, by estimator and scale."""
    table = pd.read_csv(results / "statistics/tlx_associations.csv")
    found = table[table["significant"]]
    counts = found.groupby(["estimator", "subscale"]).size().unstack(fill_value=0)
    lines = []
    for estimator, rows in table.groupby("estimator", sort=True):
        row = counts.loc[estimator] if estimator in counts.index else pd.Series(dtype=int)
        named = ", ".join(f"{name} {n}" for name, n in row.sort_values(ascending=False).items() if n)
        lines.append(f"- `{estimator}`: {int(row.sum())} of {rows['p'].notna().sum()} tests ({named or 'none'})")
    return "\n".join(lines)


def null_check(results: Path) -> str:
    """Share of false positives over the null cohorts, with its interval."""
    path = results / "statistics/null_check.csv"
    if not path.is_file():
        return ""
    table = pd.read_csv(path)
    return table[table["seed"] == -1].to_string(index=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"), help="of a finished run")
    folder = parser.parse_args().results
    for part in (models, personalisation, modalities, associations, null_check):
        print(part(folder), end="\n\n")
