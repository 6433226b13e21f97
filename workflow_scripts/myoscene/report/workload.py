"""Workload on the page: associations with NASA-TLX, and the two checks of the statistics."""

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from myoscene.drawing import style
from myoscene.report import choose
from myoscene.report.blocks import Block, Picture, limits, plural, section, shorten, table, words
from myoscene.report.load import Options, Tables


def no_ratings(tables: Tables) -> str:
    """Why there are no associations."""
    kind = tables.setting("recordings.input")
    if kind == "eyes" and "expression_features" not in tables.given:
        return "This section is left out because no model on eye images runs over scenes (recordings.scene_tasks)."
    if kind not in ("emg", "eyes"):
        return "This section is left out because a table of ready features has no scenes that were rated."
    if tables.setting("recordings.ratings.source") == "none":
        return "This section is left out because no ratings are configured (recordings.ratings.source: none)."
    if "expression_features" in tables.given and tables.expression_features.empty:
        return "This section is left out because there are no expression features to set beside the ratings."
    return "This section is left out because no NASA-TLX rating belongs to a scene that was recorded."


@section("workload", "Expression and workload (NASA-TLX)", "associations", no_ratings)
def associations_section(tables: Tables, options: Options) -> Iterator[Block]:
    rows = tables.associations[tables.associations["primary"]]
    shown = choose.heatmap_features(tables.associations, options.heatmap_features)
    strongest = choose.top(rows, options.top_associations)
    total = rows["feature"].nunique()
    part = "" if len(shown) == total else f" The {len(shown)} of {total} features with the smallest p are shown."
    name = choose.estimator_name(rows["estimator"].iloc[0]) if len(rows) else "none"
    yield (
        f"Primary estimator: {name}. Features and ratings are centred on participant and scene means, so neither "
        "habitual differences between people nor the scenes' designed differences can make an association; p comes "
        "from permuting whole participants. High performance ratings mean poor performance, as in NASA-TLX."
    )
    if rows["n_apply"].any():
        yield (
            f"Up to {plural(int(rows['n_train'].max()), 'participant')} who trained the models (each predicted by the "
            f"fold that held the person out) and {rows['n_apply'].max()} who are only predicted (by every fold) count "
            "alike here; the table's columns n_train and n_apply say so row by row."
        )
    yield Picture(
        "associations",
        "Associations",
        "Primary estimate of every feature and subscale. Dot: significant after Benjamini-Hochberg at "
        f"{options.alpha:g} within its family; dot in a ring: after Benjamini-Yekutieli as well. Grey: undefined."
        f"{part}",
        f"Heat map of {len(shown)} expression features by {rows['subscale'].nunique()} workload scales; "
        f"{rows['significant'].sum()} associations survive the correction.",
    )
    yield Picture(
        "forest",
        "Strongest associations",
        f"The {len(strongest)} associations with the smallest primary p, with 95 % intervals (participant bootstrap). "
        "Filled dot before a name: survives Benjamini-Hochberg. The other estimators stand beside: within participant "
        "mixes in the scenes' designed differences, between scenes has as many points as scenes, and pooled Spearman "
        "ignores repeated measures.",
        "Forest plot of the strongest associations under four estimators.",
    )
    yield table(
        "Families of tests",
        choose.named(tables.families),
        "family | tests | missing=without p | significant_bh=significant (BH) | significant_by=significant (BY)",
        note="The false discovery rate is controlled within each family.",
        link="../statistics/families.csv",
    )
    for title, some, folded in (
        ("Strongest associations", strongest, None),
        ("All associations of the primary estimator", rows, True),
    ):
        yield table(
            title,
            choose.named(some).assign(interval=limits(some, "ci_low", "ci_high")),
            "feature | subscale | estimate | interval:right=95 % interval | p | p_bh=p (BH) | p_by=p (BY) | "
            "significant | n_participants=people | n_scenes=scenes | n_rows=rows | "
            "loo_max_change=largest change, one left out | loo_participant=that person | note",
            link="../statistics/tlx_associations.csv",
            folded=folded,
        )


@section("checks", "Do the statistics keep their word?")
def checks_section(tables: Tables, options: Options) -> Iterator[Block]:
    rates = choose.null_rates(tables.null_check)
    if len(rates):
        row = rates.iloc[0]
        yield (
            f"On {plural(int(row['cohorts']), 'null cohort')}, whose ratings have nothing to do with the faces, the "
            f"primary estimator called {100 * row['rate']:.1f} % of tests significant at alpha {row['alpha']:g} before "
            f"correction (95 % interval {100 * row['ci_low']:.1f} to {100 * row['ci_high']:.1f} %)."
        )
        yield Picture(
            "null_check",
            "False positives on null cohorts",
            "False positives by estimator: grey, each null cohort; mark and line, their mean with its 95 % interval. "
            "An estimator that keeps its word lies on the dashed line.",
            f"False positive rate of {plural(len(rates), 'estimator')} on null cohorts beside alpha.",
        )
        yield table(
            "False positives on null cohorts",
            choose.named(rates).assign(interval=limits(rates, "ci_low", "ci_high", 4)),
            "estimator | cohorts | tests | false_positives=p ≤ alpha | rate:4 | interval:right=95 % interval | "
            "alpha:2 | bh_discoveries=found after BH",
            link="../statistics/null_check.csv",
            folded=False,
        )
    if tables.has("simulation"):
        simulation, first = tables.simulation, tables.simulation.iloc[0]
        yield Picture(
            "simulation",
            "False positives and power",
            "Why that estimator is primary: "
            f"{plural(int(first['studies']), 'simulated study', 'simulated studies')} of {first['participants']} "
            f"people and {first['scenes']} scenes, participant ICC {first['icc']:g}, shared scene effects. Share of "
            "studies with p ≤ alpha, with a 95 % Wilson interval, without and with a true association.",
            "False positives and power of the four estimators in simulated studies.",
        )
        yield table(
            "Simulated studies",
            choose.named(simulation).assign(interval=limits(simulation, "ci_low", "ci_high", 4)),
            "association:2=true association | estimator | studies | rejected=p ≤ alpha | rate:4 | "
            "interval:right=95 % interval",
            link="../statistics/simulation.csv",
        )


def draw_associations(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Primary estimate of each feature and subscale; a filled dot survives BH, a ring BY as well."""
    rows = tables.associations[tables.associations["primary"]]
    if rows.empty:
        return style.notice("There are no associations.", frame)
    features = choose.heatmap_features(tables.associations, options.heatmap_features)
    subscales = list(dict.fromkeys(rows["subscale"]))
    grid = rows.pivot_table(index="feature", columns="subscale", values="estimate", aggfunc="first")
    values = grid.reindex(index=features, columns=subscales).to_numpy(dtype=float)
    limit = max(0.3, float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else 0.3)
    figure, axes = plt.subplots(figsize=(min(frame.width_in, 7.6), 0.165 * len(features) + 1.5))
    mesh = style.cells(axes, values, style.DIVERGING, -limit, limit)
    drawn = rows[rows["feature"].isin(features)]
    dot: dict[str, Any] = {"s": 13, "color": style.INK, "lw": 0}
    ring: dict[str, Any] = {"s": 42, "fc": "none", "ec": style.INK, "lw": 1}
    for kept, look in ((drawn[drawn["significant"]], dot), (drawn[drawn["p_by"] <= options.alpha], ring)):
        x = [subscales.index(name) + 0.5 for name in kept["subscale"]]
        y = [features.index(name) + 0.5 for name in kept["feature"]]
        axes.scatter(x, y, zorder=3, **look)
    size, longest = (7.2, 44) if frame.wide else (6, 36)
    names = [shorten(words(feature), longest) for feature in features]
    axes.set_yticks(np.arange(len(features)) + 0.5, names, fontsize=size)
    labels = [choose.subscale_name(name) for name in subscales]
    axes.set_xticks(np.arange(len(subscales)) + 0.5, labels, rotation=40, ha="left", rotation_mode="anchor")
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    place = {"location": "bottom", "shrink": 0.8, "aspect": 36, "pad": 0.012}
    style.colour_bar(axes, mesh, "correlation (primary estimator)", **place)
    return figure


def draw_forest(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Strongest associations of the primary estimator with 95 % intervals, the other estimators beside."""
    chosen = choose.top(tables.associations, options.top_associations)
    if chosen.empty:
        return style.notice("There are no associations.", frame)
    estimators = list(dict.fromkeys([chosen["estimator"].iloc[0], *tables.associations["estimator"]]))
    figure, axes = plt.subplots(figsize=(frame.width_in, (0.34 if frame.wide else 0.5) * len(chosen) + 1.3))
    offsets = np.linspace(-0.27, 0.3, len(estimators)) if len(estimators) > 1 else [0.0]
    by_estimator = tables.associations.set_index(["estimator", "feature", "subscale"])
    for number, name in enumerate(estimators):
        rows = by_estimator.reindex([(name, *pair) for pair in zip(chosen["feature"], chosen["subscale"], strict=True)])
        (colour, marker), y = style.series(number), np.arange(len(chosen)) + offsets[number]
        limits = rows[["ci_low", "ci_high"]].to_numpy(dtype=float)
        told = np.isfinite(limits).all(axis=1)
        width, alpha, order, size = (2.0, 1.0, 3, 6) if number == 0 else (0.9, 0.55, 2, 4.6)
        axes.hlines(y[told], *limits[told].T, color=colour, lw=width, alpha=alpha, zorder=order)
        x, label = rows["estimate"].to_numpy(dtype=float), choose.estimator_name(name)
        axes.plot(x, y, marker, color=colour, ms=size, mec="white", mew=0.6, ls="", label=label, zorder=4)
    for place in range(0, len(chosen), 2):
        axes.axhspan(place - 0.5, place + 0.5, color="#F6F8FA", lw=0, zorder=0)
    axes.axvline(0, color=style.MUTED, lw=1)
    style.listed_down(axes, [_label(row, frame) for _, row in chosen.iterrows()], 7.8 if frame.wide else 6.6)
    axes.set(xlim=(-1.02, 1.02), xlabel="correlation, 95 % interval")
    axes.grid(axis="x", color=style.GRID)
    style.legend_above(figure, 4 if frame.wide else 1)
    return figure


def _label(row: pd.Series, frame: style.Frame) -> str:
    feature, scale = words(row["feature"]), choose.subscale_name(row["subscale"])
    star = "● " if row["significant"] else ""
    return f"{star}{shorten(feature, 36)} – {scale}" if frame.wide else f"{shorten(feature, 32)}\n{star}{scale}"


def draw_null_check(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Share of tests with p <= alpha where nothing is to be found: each null cohort, mean, 95 % interval."""
    rates = choose.null_rates(tables.null_check)
    if rates.empty:
        return style.notice("No null cohorts were simulated.", frame)
    figure, axes = plt.subplots(figsize=(min(frame.width_in, 6.6), 0.5 * len(rates) + 1.0))
    single = tables.null_check[tables.null_check["seed"] != choose.ALL_COHORTS]
    for place, estimator in enumerate(rates["estimator"]):
        values = single.loc[single["estimator"] == estimator].sort_values("seed")["rate"].dropna()
        axes.scatter(values, place + 0.2 * style.spread(len(values)), s=11, color="#AAB4BF", lw=0, alpha=0.8)
    _rates(axes, rates, frame)
    highest = max(0.12, float(np.nanmax([*single["rate"], *rates["ci_high"], *rates["rate"]])) * 1.08)
    label = "share of tests with p ≤ alpha" + (", no true association" if frame.wide else "")
    axes.set(xlim=(0, min(highest, 1.0)), xlabel=label)
    return figure


def draw_simulation(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """False positives and power of the four estimators in simulated studies, with Wilson intervals."""
    if tables.simulation.empty:
        return style.notice("No studies were simulated.", frame)
    rates = tables.simulation.sort_values("primary", ascending=False, kind="stable")
    by_truth = list(rates.groupby("association"))
    columns = frame.columns(len(by_truth), 3)
    row = 0.36 * rates["estimator"].nunique() + 0.95
    figure, grid = style.panels(len(by_truth), columns, frame.width_in, row, sharey=True)
    for number, (axes, (truth, own)) in enumerate(zip(grid, by_truth, strict=True)):
        _rates(axes, own, frame)
        axes.tick_params(axis="y", labelleft=number % columns == 0)
        title = "no true association" if truth == 0 else f"true association {truth:g}"
        axes.set(xlim=(-0.02, 1.02), title=title, xlabel="false positives" if truth == 0 else "power")
    return figure


def _rates(axes: Axes, rates: pd.DataFrame, frame: style.Frame) -> None:
    """Rate and interval of each estimator, and the line of alpha."""
    for place, (_, row) in enumerate(rates.iterrows()):
        style.estimate(axes, (row["rate"], row["ci_low"], row["ci_high"]), place, 0 if row["primary"] else 3, (3, 4))
    names = [choose.estimator_name(name) for name in rates["estimator"]]
    style.listed_down(axes, names if frame.wide else [name.replace(" participant", "\nparticipant") for name in names])
    axes.grid(axis="x")
    alpha = float(rates["alpha"].iloc[0])
    axes.axvline(alpha, color=style.INK, lw=1, ls=(0, (4, 3)), zorder=1)
    at: Any = {"xycoords": ("data", "axes fraction"), "xytext": (3, -1), "textcoords": "offset points", "va": "top"}
    axes.annotate(f"alpha {alpha:g}", (alpha, 1.0), fontsize=7, color=style.MUTED, **at)
