"""Write what stands elsewhere of the stages' manifests: ``python -m myoscene.manifests`` (``make config``).

The README's table of outputs, and the groups of jobs in the profile for SLURM.
"""

import re
from pathlib import Path

from myoscene.core.stage import stages

ROOT = Path(__file__).resolve().parents[2]
README, SLURM = "README.md", "config/profiles/slurm/config.yaml"
_LOGS = "| `logs/{rule}.log` or `logs/{rule}/…`, `benchmarks/` alike | a job: its log; its time and memory |"


def outputs() -> str:
    """The README's table of what people read."""
    rows = [f"| `{table.path}` | {stage.grain(table)} |" for stage in stages() for table in stage.tables if table.read]
    return "\n".join(["| file under `results/` | one row is |", "|---|---|", *rows, _LOGS, ""])


def groups() -> str:
    """Rule -> the group whose jobs share a SLURM job, as lines of YAML."""
    named = [(rule, group) for stage in stages() for group, rules in stage.groups.items() for rule in rules if group]
    return "\n".join(["groups:", *(f"  {rule}: {group}" for rule, group in named), ""])


def rendered() -> dict[str, str]:
    """File, relative to the repository -> its text as it has to be."""
    readme, slurm = ((ROOT / name).read_text(encoding="utf-8") for name in (README, SLURM))
    return {
        README: re.sub(r"^\| file under `results/`.*\n(\|.*\n)+", lambda found: outputs(), readme, flags=re.M),
        SLURM: re.sub(r"^groups:\n(  .*\n)+", lambda found: groups(), slurm, flags=re.M),
    }


def main() -> None:
    """Write the two files."""
    for name, text in rendered().items():
        (ROOT / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
