"""The README's numbers of a finished run: ``.venv/bin/python docs/readme_numbers.py [results]``, as Markdown."""

import sys
from pathlib import Path

import pandas as pd

NAMES = {"lda": "`lda`", "boosted_trees": "`boosted_trees`", "cnn_tcn": "`cnn_tcn`", "knn": "`knn`"}


def models(results: Path) -> str:
    """Macro-F1 and ROC-AUC of each model over held-out participants."""
    lines = ["| model | macro-F1, mean ± SD | 95 % interval | worst person | ROC-AUC |", "|---|--:|--:|--:|--:|"]
    for path in sorted(results.glob("learn/*/summary.csv")):
        table = pd.read_csv(path, dtype={"worst_participant": str}).set_index("metric")
        f1, auc = table.loc["macro_f1"], table.loc["roc_auc"]
        cells = [f"{f1['mean']:.2f} ± {f1['sd']:.2f}", f"{f1['t_low']:.2f} to {f1['t_high']:.2f}"]
        cells += [f"{f1['worst']:.2f}", f"{auc['mean']:.2f} ± {auc['sd']:.2f}"]
        lines.append(f"| {NAMES[path.parent.name]} | " + " | ".join(cells) + " |")
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
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
    for part in (models, associations, null_check):
        print(part(folder), end="\n\n")
