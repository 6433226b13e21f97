"""What every rule asks for, beside what it was measured to need: ``.venv/bin/python docs/resources.py [RESULTS ...]``.

Asked for: the rules' ``threads``, ``mem_mb`` and ``runtime`` on the first attempt. Measured: the benchmark files of
one or more finished runs, the largest job of all. The table of docs/cluster.md is this one.
"""

import argparse
import re
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
# Two nested Snakemakes, which a cluster's job holds besides the work and which no benchmark file counts.
SNAKEMAKES_MB = 400
# What a rule has that says nothing else.
SMALL = {"threads": "1"} | dict(re.findall(r'"(\w+)": (\w+\(\d+\))', (ROOT / "Snakefile").read_text(encoding="utf-8")))


def stated() -> pd.DataFrame:
    """One row a rule: ``threads``, ``mem_mb`` and ``runtime`` as written, or what the Snakefile gives every rule."""
    rows = []
    for path in sorted(ROOT.glob("rules/*.smk")):
        text = re.sub(r"use (rule )\w+ as (\w+) with:", r"\1\2:", path.read_text(encoding="utf-8"))
        for part in re.split(r"^ *(?:rule|checkpoint) (?=\w+:\n)", text, flags=re.M)[1:]:
            name, _, body = part.partition(":\n")
            found = {key: re.search(rf"^ *{key}[:=] ?(.+?),?$", body, re.M) for key in SMALL}
            rows.append({"rule": name} | {key: match[1] if match else SMALL[key] for key, match in found.items()})
    return pd.DataFrame(rows).drop_duplicates("rule").set_index("rule")


def base_mb(expression: str) -> int:
    """The part of a ``mem_mb`` that does not depend on the input's size, in MB."""
    found = re.match(r"memory\((\d+)", expression)
    if not found:
        raise ValueError(f"mem_mb={expression} is not of the form memory(NUMBER, ...)")
    return int(found[1])


def measured(folders: list[Path]) -> pd.DataFrame:
    """One row a rule: number of jobs, largest peak memory in MB, longest time in s, over all ``folders``."""
    rows = []
    for folder in folders:
        for path in sorted((folder / "benchmarks").rglob("*.tsv")):
            table = pd.read_csv(path, sep="\t", na_values="-")
            rule = path.relative_to(folder / "benchmarks").parts[0].removesuffix(".tsv")
            rows.append({"rule": rule, "mb": table["max_rss"].max(), "s": table["s"].max()})
    if not rows:
        raise SystemExit("no benchmark file in " + ", ".join(map(str, folders)))
    grouped = pd.DataFrame(rows).groupby("rule")
    return pd.DataFrame({"jobs": grouped.size(), "peak MB": grouped["mb"].max(), "longest s": grouped["s"].max()})


# What the rule files' names stand for; times at 299 px.
NAMED = {
    "FEATURES_MB": "2 (frozen eye_inception: 16)",
    "RUN.finetuned_min": "0.008 (fine-tuned eye_inception alone)",
    "2 * RUN.pass_min": "0.016",
}
# What depends on the model (myoscene.asks).
WHOLE = {
    "training_memory": "900 (eye images 1100, both 1300, eye_inception 1500, fine-tuned 4000) + 15 (eye images 5) "
    "per input MB",
    "training_minutes()": "20 + 2 per person + (fine-tuning alone: 0.016 an epoch) per frame",
}


def _words(expression: str) -> str:
    """An expression of a rule file in words: ``memory(700, raw=8)`` is "700 + 8 per raw MB"."""
    found = re.match(r"\w+\((.+)\)$", expression)
    if not found:
        return WHOLE.get(expression, expression)
    units = {"raw": "per raw MB", "inputs": "per input MB", "person": "per person", "images": "per MB of images",
             "fold": "per fold for somebody only predicted", "frame": "per frame"}  # fmt: skip
    text = found[1]
    for name, words in NAMED.items():
        text = text.replace(name, words)
    first, *more = text.split(", ")
    return " + ".join([first, *(f"{m.split('=')[1]} {units[m.split('=')[0]]}" for m in more)])


def markdown(folders: list[Path]) -> str:
    """The table in Markdown, rules in the order of the largest memory; rules that did not run are left out."""
    table = stated().join(measured(folders), how="inner").sort_values("peak MB", ascending=False)
    lines = [
        "| rule | threads | asks for MB | asks for min | jobs | peak MB | longest s |",
        "|---|--:|---|---|--:|--:|--:|",
    ]
    for rule, row in table.iterrows():
        cells = [row["threads"], _words(row["mem_mb"]), _words(row["runtime"]), row["jobs"]]
        lines.append(
            f"| `{rule}` | " + " | ".join(map(str, cells)) + f" | {row['peak MB']:.0f} | {row['longest s']:.1f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="*", type=Path, default=[Path("results")], help="of one or more finished runs")
    print(markdown(parser.parse_args().results))
