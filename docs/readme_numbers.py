"""The figures in README.md and docs/, from a finished run: ``.venv/bin/python docs/readme_numbers.py [results]``.

They are printed as Markdown. With ``--write`` they go where they belong, those of ``docs/timings.py`` too, and the
figure of timelines becomes docs/result.svg.
"""

import argparse
import math
import shutil
from pathlib import Path

import pandas as pd
from blocks import fill
from myoscene.learn.models.registry import MODELS
from timings import timings_text

READS = {"features": "EMG", "signal": "EMG", "eyes": "eyes", "fusion": "both"}
# Largest difference of a mean between two processors seen with one network a fold: eye_cnn 0.81 and 0.87.
BETWEEN_PROCESSORS = 0.06
IN_SHORT = ("lda", "cnn_tcn", "eye_cnn", "fusion_late")


def summaries(results: Path) -> dict[str, pd.DataFrame]:
    """Model -> its summary by metric, in the order of the page."""
    found = {}
    for name in MODELS:
        path = results / "learn" / name / "summary.csv"
        if path.is_file():
            found[name] = pd.read_csv(path, dtype={"worst_participant": str}).set_index("metric")
    return found


def short(results: Path) -> str:
    """What the README shows: macro-F1 of one model of each kind."""
    found = summaries(results)
    lines = ["| model | reads | macro-F1, mean over people | SD over people |", "|---|---|--:|--:|"]
    for name, table in found.items():
        if name in IN_SHORT:
            f1 = table.loc["macro_f1"]
            lines.append(f"| `{name}` | {READS[MODELS[name].kind]} | {expected(name, f1)} | {f1['sd']:.2f} |")
    return "\n".join([*lines, ranges(found)])


def models(results: Path) -> str:
    """Macro-F1 and ROC-AUC of each model over held-out participants, and the spread over its members."""
    found = summaries(results)
    titles = ["model", "reads", "macro-F1, mean over people", "SD over people", "95 % interval", "worst person"]
    titles += ["members", "SD over members", "SD over seeds", "ROC-AUC"]
    lines = [f"| {' | '.join(titles)} |", "|---|---|" + "--:|" * 8]
    for name, table in found.items():
        f1, auc = table.loc["macro_f1"], table.loc["roc_auc"]
        cells = [f"`{name}`", READS[MODELS[name].kind], expected(name, f1), f"{f1['sd']:.2f}"]
        cells += [f"{f1['t_low']:.2f} to {f1['t_high']:.2f}", f"{f1['worst']:.2f}", f"{f1.get('members', 1):.0f}"]
        cells += [number(f1.get("sd_members"), 3), number(f1.get("sd_seeds"), 3)]
        cells += [f"{auc['mean']:.2f} ± {auc['sd']:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ranges(found)])


def expected(name: str, metric: pd.Series) -> str:
    """The mean over people; of networks the range that other seeds and processors are to be expected in, outwards."""
    mean, sd = metric["mean"], metric.get("sd_seeds")
    if MODELS[name].kind == "features":
        return f"{mean:.2f}"
    margin = BETWEEN_PROCESSORS if sd is None or pd.isna(sd) else 2 * sd
    return f"{math.floor(100 * (mean - margin)) / 100:.2f} to {min(1.0, math.ceil(100 * (mean + margin)) / 100):.2f}"


def ranges(found: dict[str, pd.DataFrame]) -> str:
    """What the ranges are, in a sentence."""
    networks = [table.loc["macro_f1"] for name, table in found.items() if MODELS[name].kind != "features"]
    measured = [f1 for f1 in networks if not pd.isna(f1.get("sd_seeds", float("nan")))]
    said = ["two SD over seeds, rounded outwards"] if measured else []
    if len(measured) < len(networks):
        said.append(
            f"{'of one network a fold ' if measured else ''}{BETWEEN_PROCESSORS:.2f}, by which the same run differed "
            "between two processors"
        )
    return (
        "\nNetworks differ a little with every random seed and processor, so the table gives ranges: the mean, minus "
        f"and plus {'; '.join(said)}."
    )


def number(value: float | None, digits: int) -> str:
    """A number, or a dash where there is none."""
    return "-" if value is None or pd.isna(value) else f"{value:.{digits}f}"


def p_value(p: float) -> str:
    """A p-value in words that hold elsewhere: two digits at most."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def personalisation(results: Path) -> str:
    """Accuracy of eye models with and without personalisation on identical frames, and both tests."""
    path = results / "learn/personalisation.csv"
    if not path.is_file():
        return ""
    lines = []
    for row in pd.read_csv(path).itertuples():
        lines.append(
            f"- `{row.personalised}`, means of {row.frames} frames by {row.unit} ({row.units}): "
            f"{row.accuracy_plain:.2f} ± {row.sd_plain:.2f} of the frames right without, "
            f"{row.accuracy_personalised:.2f} ± {row.sd_personalised:.2f} with it; paired one-tailed t({row.df:.0f}) = "
            f"{row.t:.1f}, {p_value(row.p_t)}; "
            f"permutation over people {p_value(row.p_permutation)}"
        )
    return "\n".join(lines)


def modalities(results: Path) -> str:
    """Macro-F1 of EMG, eyes and fusion on the same windows, and the paired tests on it."""
    path = results / "learn/modalities.csv"
    if not path.is_file():
        return ""
    table = pd.read_csv(path, dtype={"participant": str})
    lines = ["| model | macro-F1, mean ± SD over people | worst person |", "|---|--:|--:|"]
    for model, rows in table.groupby("model", sort=False):
        f1 = rows["macro_f1"]
        lines.append(f"| `{model}` | {f1.mean():.2f} ± {f1.std():.2f} | {f1.min():.2f} |")
    pairs = pd.read_csv(results / "learn/modalities_comparison.csv")
    lines += ["", "| difference of macro-F1 | mean | p |", "|---|--:|--:|"]
    for row in pairs[pairs["metric"] == "macro_f1"].itertuples():
        lines.append(
            f"| `{row.model_a}` - `{row.model_b}` | {row.mean_difference:+.2f} | {p_value(row.p)[2:].strip(' =')} |"
        )
    return "\n".join(lines)


def associations(results: Path) -> str:
    """How many associations survive, by estimator and scale."""
    table = pd.read_csv(results / "statistics/tlx_associations.csv")
    found = table[table["significant"]]
    counts = found.groupby(["estimator", "subscale"]).size().unstack(fill_value=0)
    lines = ["| estimator | kept | tests | by scale |", "|---|--:|--:|---|"]
    for estimator, rows in table.groupby("estimator", sort=True):
        row = counts.loc[estimator] if estimator in counts.index else pd.Series(dtype=int)
        named = ", ".join(f"{name} {n}" for name, n in row.sort_values(ascending=False).items() if n)
        lines.append(f"| `{estimator}` | {int(row.sum())} | {rows['p'].notna().sum()} | {named} |")
    return "\n".join(lines)


def null_check(results: Path) -> str:
    """Share of false positives over the null cohorts, with its interval."""
    path = results / "statistics/null_check.csv"
    if not path.is_file():
        return ""
    table = pd.read_csv(path)
    lines = ["| estimator | cohorts | p < 0.05 in | 95 % interval |", "|---|--:|--:|--:|"]
    for row in table[table["seed"] == -1].itertuples():
        interval = f"{row.ci_low:.1%} to {row.ci_high:.1%}".replace("%", " %")
        lines.append(f"| `{row.estimator}` | {row.cohorts} | {row.rate:.1%} | {interval} |".replace("% |", " % |"))
    return "\n".join(lines).replace("  %", " %")


PARTS = {
    "short": short,
    "models": models,
    "modalities": modalities,
    "personalisation": personalisation,
    "associations": associations,
    "null": null_check,
    "timings": timings_text,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"), help="of a finished run")
    parser.add_argument("--write", action="store_true", help="into README.md and docs/, instead of the terminal")
    given = parser.parse_args()
    texts = {name: part(given.results) for name, part in PARTS.items()}
    if given.write:
        shutil.copyfile(given.results / "report/figures/timelines.svg", Path(__file__).with_name("result.svg"))
        print(f"wrote {', '.join(fill(texts))}, and result.svg")
    else:
        print("\n\n".join(texts.values()))
