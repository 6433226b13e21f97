"""Faces on the page: how much was seen, on which clock, and a few parameters over time; no picture of anybody."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from myoscene.core.tables import read_table
from myoscene.drawing import style
from myoscene.face.tables import PARTICIPANT_FACES
from myoscene.report import choose
from myoscene.report.blocks import MISSING, Block, Picture, listed, plural, section, shorten, table, words
from myoscene.report.load import Options, Tables

# Parameters that are drawn, and the most points of a line: a screen shows no more.
_DRAWN, _POINTS = 4, 400
# A recording whose coverage is smaller is named.
_LITTLE = 0.8


@section("faces", "Faces", "face_sheet")
def faces_section(tables: Tables, options: Options) -> Iterator[Block]:
    sheet = tables.face_sheet
    rates = sheet["rate_hz"].dropna()
    yield {
        "participants with a face": str(sheet["participant"].nunique()),
        "recordings": str(len(sheet)),
        "minutes": f"{sheet['duration_s'].sum() / 60:.0f}",
        "median frame rate": f"{rates.median():.3g} Hz" if len(rates) else MISSING,
        "frames that can be used": f"{np.average(sheet['usable_fraction'], weights=sheet['n_frames']):.1%}",
    }
    if sheet["synthetic"].any():
        yield "Synthetic: the demo generator made these parameters; there is no video and no face behind them."
    little = sheet[sheet["usable_fraction"] < _LITTLE]
    if len(little):
        named = [f"{p} {r}" for p, r in zip(little["participant"], little["recording"], strict=True)]
        recordings = plural(len(little), "recording")
        yield f"Less than {_LITTLE:.0%} of the frames can be used in {recordings}: {listed(named)}."
    yield table(
        "Recordings of faces",
        sheet,
        "participant | session | recording | source | tool | n_frames=frames | duration_s:1=length (s) | "
        "rate_hz:1=rate (Hz) | has_variable_rate=rate varies | usable_fraction:2=usable | "
        "in_recording_fraction:2=while EMG | offset_s:2=offset (s) | still=did not move | never_moved=never moved by "
        "the model | mirror_bias_in=mirror image differs most in | mirror_bias:3=by",
        note="Usable: frames with a face that is neither turned away nor in a frozen picture. Times come from the "
        "videos and tables, never from a nominal rate; the offset brings them onto the clock of the EMG.",
        link="../face/sheet.csv",
        folded=True,
    )
    yield Picture(
        "face_traces",
        "Parameters over time",
        f"The first recording of a few people, with the {_DRAWN} parameters that move most. Gaps: no face was seen.",
        "Face parameters of a few people over one recording each.",
    )


def draw_face_traces(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """A panel a person: the parameters that move most, over the person's first recording."""
    people = sorted(tables.face_parameters)
    most = options.timeline_participants if frame.wide else 3
    chosen = [people[place] for place in choose.even_steps(len(people), most)]
    shown = {person: first_recording(tables.face_parameters[person]) for person in chosen}
    names = moving(list(shown.values()))
    if not names:
        return style.notice("No parameter of a face moves.", frame)
    figure, panels = style.panels(len(shown), 1, frame.width_in, 1.15, 0.4, legend=0.3 if frame.wide else 0.5)
    for axes, (person, own) in zip(panels, shown.items(), strict=True):
        _traces(axes, own, names)
        recording = shorten(own["recording"].iloc[0].replace("task-", "").replace("_", " "), 24)
        axes.set_title(f"{shorten(person, 14)} · {words(recording)}", fontsize=8.5)
    panels[-1].set_xlabel("time in the EMG recording (s)")
    handles = [Line2D([], [], color=style.series(k)[0], label=name) for k, name in enumerate(names)]
    style.legend_above(figure, len(names) if frame.wide else 2, handles)
    return figure


def first_recording(path: str) -> pd.DataFrame:
    """The rows of a participant's first recording."""
    frames = read_table(path, PARTICIPANT_FACES)
    return frames[frames["recording"] == frames["recording"].iloc[0]].reset_index(drop=True)


def moving(shown: list[pd.DataFrame]) -> list[str]:
    """The parameters with the largest standard deviation, by its median over people; angles and means of mirror images
    are others' doubles or have other units."""
    names = [
        name for name in shown[0].columns[len(PARTICIPANT_FACES.columns) :] if not name.endswith(("_deg", "_mean"))
    ]
    spread = pd.DataFrame([own[names].std() for own in shown]).median().dropna()
    return [str(name) for name in spread[spread > 0].sort_values(ascending=False, kind="stable").index[:_DRAWN]]


def _traces(axes: Axes, own: pd.DataFrame, names: list[str]) -> None:
    step = max(1, len(own) // _POINTS)
    groups = own.groupby(np.arange(len(own)) // step)
    time_s = groups["time_s"].mean()
    for place, name in enumerate(names):
        axes.plot(time_s, groups[name].mean(), color=style.series(place)[0], linewidth=0.9)
    axes.set_xlim(float(own["time_s"].iloc[0]), float(own["time_s"].iloc[-1]))
    axes.grid(axis="y")
