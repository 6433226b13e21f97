"""The command ``face-report``: the page for clinics and labs."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from myoscene.core.errors import InputError, undirected
from myoscene.drawing.face import face_svg
from myoscene.face.clinic import (
    ENDS,
    REGIONS,
    Matrices,
    Sides,
    TaskResult,
    matrices,
    paired,
    read_muscles,
    read_tasks,
    results,
)
from myoscene.face.draw import WHOSE, Faces, read_faces
from myoscene.face.files import keep_apart
from myoscene.face.movement import Floats
from myoscene.machinery.files import write_text

_NOTHING = "–"
# Pairs of parameters that are shown of each task: those that move most.
_SHOWN = 8


@dataclass(frozen=True)
class _Cell:
    text: str
    shade: str = ""


def face_report(table: Path, out: Path, tasks: Path | None, emg: Path | None, chosen: Mapping[str, str]) -> str:
    """Write the page of one recording; returns a line for the terminal.

    Args:
        table: face parameters with ``time_s``; ``emg``: channels with ``time_s`` on the same clock.
        tasks: TSV as :func:`myoscene.face.clinic.read_tasks` reads it.
        chosen: participant, session, recording -> the one to take.

    Raises:
        InputError: a table cannot be used, or does not fit the others.
    """
    if out.suffix != ".html":
        raise InputError(f"the page '{out}' has to be named *.html")
    inputs = {"the table": table, "the tasks": tasks, "the EMG": emg}
    keep_apart({f"{name} '{path}'": path for name, path in inputs.items() if path is not None}, {"the page": out})
    faces = read_faces(table, chosen)
    sides = paired(faces, table)
    found = results(sides, read_tasks(tasks, faces))
    muscles = read_muscles(emg, chosen) if emg is not None else None
    along = matrices(found, sides, muscles, emg)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).resolve().parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template("clinic.html.j2").render(
        title=f"Movement of the face: {table.name}",
        chosen=[f"{name} {chosen[name]}" for name in WHOSE if name in chosen],
        synthetic=_is_synthetic(table),
        facts=_facts(faces, sides, found, muscles),
        has_mirror=sides.mirrored is not None,
        tasks=[_task(one, number, faces, sides, along) for number, one in enumerate(found)],
        regions=REGIONS,
        matrices=[
            (name, _matrix(values, found))
            for name, values in (("From the video", along.video), ("From the EMG", along.emg))
            if values is not None
        ],
        asked=any(one.task.asked is not None for one in found),
        agreement=_agreement(along),
    )
    write_text(out, undirected(html))
    return f"{len(found)} task(s), {len(sides.names)} pairs of parameters{', EMG' if muscles else ''}: {out}"


def _is_synthetic(table: Path) -> bool:
    """Whether the workflow's sheet beside the table says so."""
    sheet = table.resolve().parent.parent / "sheet.csv"
    if table.parent.name != "parameters" or not sheet.is_file():
        return False
    rows = pd.read_csv(sheet, dtype=str)
    return "synthetic" in rows and bool(rows["synthetic"].str.casefold().eq("true").any())


def _facts(faces: Faces, sides: Sides, found: list[TaskResult], muscles: Sides | None) -> dict[str, str]:
    seen = np.isfinite(sides.values).any(axis=(1, 2)).mean()
    duration = faces.time_s[-1] - faces.time_s[0]
    return {
        "tasks": str(len(found)),
        "length": f"{duration:.1f} s",
        "frames": str(len(faces.time_s)),
        "with a face": f"{seen:.0%}",
        "mirror image": "known" if sides.mirrored is not None else "not known",
        "muscles": str(len(muscles.names)) if muscles else _NOTHING,
    }


def _task(one: TaskResult, number: int, faces: Faces, sides: Sides, along: Matrices) -> dict[str, object]:
    """One task as the template shows it."""
    drawn = {name: float(values[one.peak]) for name, values in faces.drawn().items()}
    largest = np.fmax.reduce(one.excursion, axis=1, initial=0.0)
    order = sorted(range(len(sides.names)), key=lambda place: (-largest[place], place))
    rows = [_row(one, place, sides) for place in order if largest[place] > 0][:_SHOWN]
    activity = along.activity[number] or None
    label = f"Drawn face in the task {one.task.name}, at {one.peak_s:.2f} s"
    return {
        "name": one.task.name,
        "time": f"{one.task.onset_s:.2f} to {one.task.end_s:.2f} s",
        "asked": REGIONS[one.task.asked] if one.task.asked is not None else "no region",
        "peak": f"{one.peak_s:.2f} s",
        "seen": f"{one.seen:.0%}",
        "few": one.seen < 0.5,
        "face": Markup(face_svg(drawn, name=f"task{number}", label=label)) if drawn else "",
        "muscles": Markup(face_svg({}, activity=activity, name=f"muscles{number}", label=f"Muscles, {one.task.name}"))
        if activity
        else "",
        "rows": rows,
    }


def _row(one: TaskResult, place: int, sides: Sides) -> list[str]:
    left, right = one.excursion[place]
    interval = _NOTHING
    if not math.isnan(one.low[place]):
        interval = f"{_signed(one.low[place])} to {_signed(one.high[place])}"
    return [
        sides.names[place],
        sides.regions[place],
        _number(left),
        _number(right),
        _number(one.speed[place, 0]),
        _number(one.speed[place, 1]),
        _signed(one.asymmetry[place]),
        interval,
    ]


def _number(value: float) -> str:
    return _NOTHING if math.isnan(value) else f"{value:.2f}"


def _signed(value: float) -> str:
    return _NOTHING if math.isnan(value) else f"{value:+.2f}".replace("-", "−")


def _matrix(values: Floats, found: list[TaskResult]) -> list[tuple[str, str, list[_Cell]]]:
    """Rows of tasks that ask for a region: name, region, and a cell for each region and side."""
    rows = []
    for number, one in enumerate(found):
        if one.task.asked is None:
            continue
        cells = []
        for region in range(len(REGIONS)):
            for end, _ in ENDS:
                value = float(values[number, region, end])
                if region == one.task.asked:
                    cells.append(_Cell("asked", "#e3e7ec"))
                elif math.isnan(value):
                    cells.append(_Cell(_NOTHING))
                else:
                    cells.append(_Cell(f"{value:.2f}", f"rgba(184,80,10,{0.6 * min(value, 1.0):.2f})"))
        rows.append((one.task.name, REGIONS[one.task.asked], cells))
    return rows


def _agreement(along: Matrices) -> str:
    if along.emg is None:
        return "No EMG was given."
    if math.isnan(along.correlation):
        return f"Video and EMG have {along.cells} cells in common that differ: too few to say whether they agree."
    return (
        f"Over the {along.cells} cells that both have, Spearman's correlation of video and EMG is "
        f"{_signed(along.correlation)}; cells of one person are not independent, so no interval is given."
    )
