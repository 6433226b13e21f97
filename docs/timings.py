"""How long each rule took in the last run: ``.venv/bin/python docs/timings.py [results]``, as a Markdown table.

Read from the benchmark files that every rule writes. ``docs/readme_numbers.py --write`` puts the first rows into
docs/timings.md.
"""

import argparse
from pathlib import Path

import pandas as pd


def timings(results: Path) -> pd.DataFrame:
    """One row a rule, the largest first: jobs, seconds a job (median), CPU seconds in all, peak memory in MB."""
    rows = []
    folder = results / "benchmarks"
    for path in sorted(folder.rglob("*.tsv")):
        table = pd.read_csv(path, sep="\t", na_values="-")
        rule = path.relative_to(folder).parts[0].removesuffix(".tsv")
        rows.append(
            {"rule": rule, "s": table["s"].sum(), "cpu": table["cpu_time"].sum(), "max_rss": table["max_rss"].max()}
        )
    grouped = pd.DataFrame(rows).groupby("rule")
    table = pd.DataFrame(
        {
            "jobs": grouped.size(),
            "s a job": grouped["s"].median().round(1),
            # Which other work on the machine disturbs less than it does the clock.
            "CPU s in all": grouped["cpu"].sum().round(0),
            "peak MB": grouped["max_rss"].max().round(0),
        }
    )
    return table.sort_values("CPU s in all", ascending=False)


def markdown(table: pd.DataFrame, rows: int | None = None) -> str:
    """The table in Markdown; with ``rows`` its first ones alone, and all jobs together."""
    lines = ["| rule | " + " | ".join(table.columns) + " |", "|---|" + "--:|" * len(table.columns)]
    for rule, row in table.iloc[:rows].iterrows():
        cells = ["-" if pd.isna(value) else f"{value:g}" for value in row]
        lines.append(f"| `{rule}` | " + " | ".join(cells) + " |")
    return "\n".join([*lines, f"| all | {int(table['jobs'].sum())} | | {table['CPU s in all'].sum():.0f} | |"])


def timings_text(results: Path) -> str:
    """What docs/timings.md shows: the rules that take most processor time."""
    return markdown(timings(results), 10) if (results / "benchmarks").is_dir() else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", nargs="?", type=Path, default=Path("results"), help="of a finished run")
    print(markdown(timings(parser.parse_args().results)))
