"""Files from outside `results/` count by their content: an edit with the old time is seen, a new time alone is none."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from workflow.workspace import Workspace

pytestmark = pytest.mark.workflow

DATASET, BESIDE, WORKFLOW = "work/demo_cohort", "work", "workflow"


def replace(before: str, after: str) -> Callable[[str], str]:
    return lambda text: text.replace(before, after)


def more(text: str) -> str:
    return f"{text}\n/* more */\n"


def last_rating(text: str) -> str:
    rows = text.splitlines()
    return "\n".join([*rows[:-1], rows[-1].replace("neutral", "smile")]) + "\n"


# Where a file is, how it is edited, and the jobs that read it.
OF_THE_PAGE = [
    (WORKFLOW, "workflow_scripts/myoscene/report/style.css", more),
    (WORKFLOW, "workflow_scripts/myoscene/report/template.html.j2", replace("<main", "<!-- --><main")),
    (DATASET, "dataset_description.json", replace('"BIDSVersion": "1', '"BIDSVersion": "2')),
]
OTHERS = [
    (BESIDE, "ratings.tsv", last_rating, ("rater_agreement", "")),
    (DATASET, "sub-02/beh/sub-02_task-calm_beh.tsv", replace("60\t45", "60\t50"), ("read_ratings", "")),
    (DATASET, "sub-02/emg/sub-02_task-calm_channels.tsv", replace("uV", "mV"), ("describe_participant", "02")),
    (DATASET, "sourcedata/eye_offsets.tsv", replace("-1.7", "-1.6"), ("prepare_eyes", "03")),
]


def edit_keeping_the_time(path: Path, edit: Callable[[str], str]) -> str:
    """Edit a file as `rsync -a` and `cp -p` replace one; what it said before."""
    before, text = path.stat(), path.read_text(encoding="utf-8")
    assert edit(text) != text
    path.write_text(edit(text), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    return text


def test_files_from_outside_count_by_their_content(edited: Workspace) -> None:
    folder = edited.folder.parent
    for where, name, *_ in (*OF_THE_PAGE, *OTHERS):
        os.utime(folder / where / name)
    assert not edited.planned()
    for where, name, edit in OF_THE_PAGE:
        text = edit_keeping_the_time(folder / where / name, edit)
        assert edited.planned_rules() == {"make_page"}, name
        (folder / where / name).write_text(text, encoding="utf-8")
    for where, name, edit, _ in OTHERS:
        edit_keeping_the_time(folder / where / name, edit)
    first = ("rater_agreement", "read_ratings", "describe_participant", "prepare_eyes")
    planned = {(rule, wildcards.removeprefix("participant=")) for rule, wildcards in edited.planned() if rule in first}
    assert planned >= {job for *_, job in OTHERS}
    people = {job for job in planned if job[1]}
    assert people == {("describe_participant", "02"), ("prepare_eyes", "02"), ("prepare_eyes", "03")}


def test_no_file_from_outside_is_an_input(again: Workspace) -> None:
    """Of inputs Snakemake looks at the content only where the time is newer. (Weights are held against a SHA-256.)"""
    said = again.run("--dry-run", "--forceall")
    lines = [line.removeprefix("    input: ") for line in said.splitlines() if line.startswith("    input: ")]
    assert len(lines) > 70
    assert not [file for line in lines for file in line.split(", ") if not file.startswith("results/")]
