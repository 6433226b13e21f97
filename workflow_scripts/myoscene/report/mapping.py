"""Muscles and faces on the page: each predicted from the other, by every protocol, beside the floor."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from myoscene.drawing import style
from myoscene.mapping.tables import LEAK, OWN
from myoscene.report.blocks import TWO, Block, Picture, limits, section, shorten, table, words
from myoscene.report.load import Options, Tables

_TITLES = {"emg2exp": "Face parameters from muscles", "exp2emg": "Muscles from face parameters"}
# Targets of the example that are drawn.
_DRAWN = 4
_FIRST = f"{OWN}, first "


@section("mapping", "Muscles and faces, both ways", "mapping_summary")
def mapping_section(tables: Tables, options: Options) -> Iterator[Block]:
    share = tables.setting("mapping.train_fraction") or 0.0
    yield (
        f"Every model is scored on the same rows, the last {100 * (1 - share):.0f} % of each person's recordings: "
        "after the person's own beginning (own calibration), by models of other people alone (unseen person), and by "
        "these after some seconds of the person's own. The mean of the training data is the floor. An R2 below 0 "
        "means that the mean of what is scored would have been nearer."
    )
    for direction, summary in tables.mapping_summary.items():
        if summary["synthetic"].any():
            yield "Synthetic: the demo generator planted this link, and it says nothing about people."
        shown = summary[~_aside(summary)]
        shown = shown.assign(
            protocol=shown["protocol"], model=[words(name) for name in shown["model"]],
            r_interval=limits(shown, "r_low", "r_high", 2), r2_interval=limits(shown, "r2_low", "r2_high", 2),
        )  # fmt: skip
        yield table(
            _TITLES[direction],
            shown,
            "protocol | model | r:2=r | r_interval:right=interval | r2:2=R2 | r2_interval:right=interval | "
            "rmse:3=RMSE | smape:0=SMAPE (%) | spearman:2=Spearman | jerk:2=jerk ratio",
            note="Means over participants and targets; intervals over participants. Jerk: that of the prediction over "
            f"that of the truth. {_lag(tables.mapping_lags.get(direction))}{_leak(summary)}",
            link=f"../mapping/{direction}/scores.csv",
            folded=False,
        )
    for name, title, caption in _PICTURES:
        yield Picture(name, title, caption, caption)


_PICTURES = (
    (
        "mapping_curve",
        "Learning curve of the own calibration",
        "Mean of R2 over participants after more and more of the person's own recording, and its interval; the dashed "
        "line is the best model of other people alone.",
    ),
    (
        "mapping_matrix",
        "Muscles and parameters",
        "By how many standard deviations a parameter moves with one of a muscle, others held (ridge): mean over "
        "participants. Underlined: the interval over participants leaves 0 out.",
    ),
    (
        "mapping_traces",
        "A scene as predicted and as measured",
        "The first scene of the participant in the middle by r, with the targets that move most. The model never saw "
        "the scene.",
    ),
)


def _aside(summary: pd.DataFrame) -> pd.Series:
    return summary["protocol"].eq(LEAK) | summary["protocol"].str.startswith(_FIRST)


def _leak(summary: pd.DataFrame) -> str:
    rows = summary[summary["protocol"].eq(LEAK)]
    if not len(rows):
        return ""
    row = rows.iloc[0]
    own = summary[summary["protocol"].eq(OWN) & summary["model"].eq(row["model"])].iloc[0]
    return (
        f" Not a result: rows drawn at random, whose neighbours train, would seem to be predicted with r "
        f"{TWO(row['r'])} by {words(row['model'])} instead of {TWO(own['r'])}."
    )


def _lag(lags: pd.DataFrame | None) -> str:
    own = lags[lags["protocol"].eq(OWN)] if lags is not None else pd.DataFrame()
    if not len(own):
        return ""
    low, high = 1000 * own["lag_s"].min(), 1000 * own["lag_s"].max()
    return f"Targets are behind signals by {low:.0f} to {high:.0f} ms, by participant.".replace("-", "\u2212")


def draw_mapping_curve(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """A panel a direction: R2 after more and more of the own recording."""
    last = 100 * float(tables.setting("mapping.train_fraction") or 0.6)
    parts = {name: _curve(summary, last) for name, summary in tables.mapping_summary.items()}
    figure, grid = style.panels(len(parts), 2 if frame.wide else 1, frame.width_in, 1.9)
    for axes, (direction, (share, values)) in zip(grid, parts.items(), strict=True):
        summary = tables.mapping_summary[direction]
        axes.plot(share, values["r2"], "o-", color=style.series(0)[0], ms=4)
        axes.fill_between(share, values["r2_low"], values["r2_high"], color=style.series(0)[0], alpha=0.15, lw=0)
        others = summary[summary["protocol"].eq("unseen person")]["r2"]
        if len(others):
            axes.axhline(others.max(), color=style.MUTED, ls="--", lw=1)
        # What fails by far is said in the table.
        axes.set(
            title=_TITLES[direction], xlabel="% of the recording", ylabel="R2", ylim=(max(-1.0, axes.get_ylim()[0]), 1)
        )
        axes.grid(axis="y")
    return figure


def _curve(summary: pd.DataFrame, last: float) -> tuple[list[float], pd.DataFrame]:
    """Shares of the recording in %, the whole own calibration ``last``, and their rows."""
    rows = summary[summary["protocol"].str.startswith(_FIRST)]
    share = [float(name.removeprefix(_FIRST).removesuffix(" %")) for name in rows["protocol"]]
    whole = summary[summary["protocol"].eq(OWN) & summary["model"].isin(rows["model"])]
    return [*share, *[last] * len(whole)], pd.concat([rows, whole])


def draw_mapping_matrix(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Muscles by parameters; the direction that predicts the face, or the other one turned."""
    direction = "emg2exp" if "emg2exp" in tables.mapping_coefficients else "exp2emg"
    rows = tables.mapping_coefficients[direction]
    muscles, faces = ("signal", "target") if direction == "emg2exp" else ("target", "signal")
    names = [list(dict.fromkeys(rows[name])) for name in (faces, muscles)]
    values = rows.pivot(index=faces, columns=muscles, values="coefficient").loc[names[0], names[1]]
    sure = rows.assign(sure=(rows["coefficient_low"] > 0) | (rows["coefficient_high"] < 0))
    framed = sure.pivot(index=faces, columns=muscles, values="sure").loc[names[0], names[1]].to_numpy(dtype=bool)
    figure, (axes,) = style.panels(1, 1, frame.width_in, 0.2 * len(names[0]) + 0.9)
    most = max(0.1, float(np.abs(values.to_numpy()).max()))
    mesh = axes.pcolormesh(values.to_numpy(), cmap=style.DIVERGING, vmin=-most, vmax=most, edgecolors="white", lw=0.5)
    for row, column in zip(*np.nonzero(framed), strict=True):
        axes.plot([column + 0.08, column + 0.92], [row + 0.92] * 2, color=style.INK, lw=1.2)
    axes.set_yticks(np.arange(len(names[0])) + 0.5, [shorten(name, 20) for name in names[0]])
    axes.set_xticks(
        np.arange(len(names[1])) + 0.5, [shorten(words(name), 18) for name in names[1]], rotation=40, ha="right"
    )
    axes.invert_yaxis()
    style.colour_bar(axes, mesh, "standard deviations")
    return figure


def draw_mapping_traces(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """A column a direction: predicted over measured."""
    shown = {name: example for name, example in tables.mapping_example.items() if len(example)}
    if not shown:
        return style.notice("Nobody has a scene of which both was recorded.", frame)
    picked = {name: _moving(example) for name, example in shown.items()}
    columns = len(shown) if frame.wide else 1
    drawn = [
        (name, target) for row in range(_DRAWN) for name, targets in picked.items() for target in targets[row : row + 1]
    ]
    figure, grid = style.panels(len(drawn), columns, frame.width_in, 1.0, 0.4, legend=0.3)
    for axes, (name, target) in zip(grid, drawn, strict=True):
        example = shown[name]
        for place, kind in enumerate(("measured", "predicted")):
            axes.plot(
                example["time_s"], example[f"{kind}__{target}"], color=(style.MUTED, style.series(0)[0])[place], lw=0.9
            )
        axes.set_title(f"{shorten(words(target), 24)} · {example['participant'].iloc[0]}", fontsize=8.5)
    handles = [
        Line2D([], [], color=style.MUTED, label="measured"),
        Line2D([], [], color=style.series(0)[0], label="predicted"),
    ]
    style.legend_above(figure, 2, handles)
    return figure


def _moving(example: pd.DataFrame) -> list[str]:
    names = [name.removeprefix("measured__") for name in map(str, example) if name.startswith("measured__")]
    spread = pd.Series({name: example[f"measured__{name}"].std() for name in names})
    return list(spread.sort_values(ascending=False, kind="stable").index[:_DRAWN])
