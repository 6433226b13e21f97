"""Sections on workload: associations with NASA-TLX and the checks of the statistics."""

import pandas as pd

from myoscene.report.blocks import Block, Picture, Table, Text, limits, plural, section, table
from myoscene.report.choose import ESTIMATORS, heatmap_features, named, null_rates, primary, top
from myoscene.report.load import Options, Tables


def no_ratings(tables: Tables) -> str:
    """Why there are no associations."""
    kind = tables.setting("recordings.input", "emg")
    if kind == "eyes" and not tables.given("expression_features"):
        return "This section is left out because no model on eye images runs over scenes (recordings.scene_tasks)."
    if kind not in ("emg", "eyes"):
        return "This section is left out because a table of ready features has no scenes that were rated."
    if tables.setting("recordings.ratings.source") == "none":
        return "This section is left out because no ratings are configured (recordings.ratings.source: none)."
    if tables.given("expression_features") and tables.expression_features.empty:
        return "This section is left out because there are no expression features to set beside the ratings."
    return "This section is left out because no NASA-TLX rating belongs to a scene that was recorded."


@section("workload", "Expression and workload (NASA-TLX)", "associations", no_ratings)
def associations_section(tables: Tables, options: Options) -> list[Block]:
    """Heat map, forest plot, families and the whole table."""
    rows = primary(tables.associations)
    shown = heatmap_features(tables.associations, options.heatmap_features)
    strongest = top(rows, options.top_associations)
    total = rows["feature"].nunique()
    part = "" if len(shown) == total else f" The {len(shown)} of {total} features with the smallest p are shown."
    name = ESTIMATORS.get(rows["estimator"].iloc[0], rows["estimator"].iloc[0]) if len(rows) else "none"
    counts = counts_sentence(rows)
    return [
        Text(
            f"Primary estimator: {name}. Features and ratings are centred on participant and scene means, so neither "
            "habitual differences between people nor the scenes' designed differences can make an association; p comes "
            "from permuting whole participants. High performance ratings mean poor performance, as in NASA-TLX."
        ),
        *([Text(counts)] if counts else []),
        Picture(
            "associations",
            "Associations",
            "Primary estimate of every feature and subscale. Dot: significant after Benjamini-Hochberg at "
            f"{options.alpha:g} within its family; dot in a ring: after Benjamini-Yekutieli as well. Grey: "
            f"undefined.{part}",
            f"Heat map of {len(shown)} expression features by {rows['subscale'].nunique()} workload scales; "
            f"{rows['significant'].sum()} associations survive the correction.",
        ),
        Picture(
            "forest",
            "Strongest associations",
            f"The {len(strongest)} associations with the smallest primary p, with 95 % intervals (participant "
            "bootstrap). Filled dot before a name: survives Benjamini-Hochberg. The other estimators stand beside: "
            "within participant mixes in the scenes' designed differences, between scenes has as many points as "
            "scenes, and pooled Spearman ignores repeated measures.",
            "Forest plot of the strongest associations under four estimators.",
        ),
        table(
            "Families of tests",
            named(tables.families),
            "family | tests | missing=without p | significant_bh=significant (BH) | significant_by=significant (BY)",
            note="The false discovery rate is controlled within each family.",
            link="../statistics/families.csv",
        ),
        _associations_table("Strongest associations", strongest, folded=None),
        _associations_table("All associations of the primary estimator", rows, folded=True),
    ]


def counts_sentence(rows: pd.DataFrame) -> str:
    """How many participants came in how, where some are only predicted; '' otherwise."""
    if rows.empty or not rows["n_apply"].max():
        return ""
    return (
        f"Up to {plural(int(rows['n_train'].max()), 'participant')} who trained the models (each predicted by the fold "
        f"that held the person out) and {rows['n_apply'].max()} who are only predicted (by every fold) count alike "
        "here; the table's columns n_train and n_apply say so row by row."
    )


def _associations_table(title: str, rows: pd.DataFrame, folded: bool | None) -> Table:
    return table(
        title,
        named(rows).assign(interval=limits(rows, "ci_low", "ci_high")),
        "feature | subscale | estimate | interval:right=95 % interval | p | p_bh=p (BH) | p_by=p (BY) | significant | "
        "n_participants=people | n_scenes=scenes | n_rows=rows | loo_max_change=largest change, one left out | "
        "loo_participant=that person | note",
        link="../statistics/tlx_associations.csv",
        folded=folded,
    )


@section("checks", "Do the statistics keep their word?")
def checks_section(tables: Tables, options: Options) -> list[Block]:
    """Null cohorts and simulated studies."""
    rates = null_rates(tables.null_check)
    return [
        *(_null_blocks(rates) if len(rates) else []),
        *(_simulation_blocks(tables.simulation) if tables.has("simulation") else []),
    ]


def null_sentence(rates: pd.DataFrame) -> str:
    """The primary estimator's false positives on the null cohorts, beside alpha."""
    row = rates.iloc[0]
    return (
        f"On {plural(int(row['cohorts']), 'null cohort')}, whose ratings have nothing to do with the faces, the "
        f"primary estimator called {100 * row['rate']:.1f} % of tests significant at alpha {row['alpha']:g} before "
        f"correction (95 % interval {100 * row['ci_low']:.1f} to {100 * row['ci_high']:.1f} %)."
    )


def _null_blocks(rates: pd.DataFrame) -> list[Block]:
    return [
        Text(null_sentence(rates)),
        Picture(
            "null_check",
            "False positives on null cohorts",
            "False positives by estimator: grey, each null cohort; mark and line, their mean with its 95 % interval. "
            "An estimator that keeps its word lies on the dashed line.",
            f"False positive rate of {plural(len(rates), 'estimator')} on null cohorts beside alpha.",
        ),
        table(
            "False positives on null cohorts",
            named(rates).assign(interval=limits(rates, "ci_low", "ci_high", 4)),
            "estimator | cohorts | tests | false_positives=p ≤ alpha | rate:4 | interval:right=95 % interval | "
            "alpha:2 | bh_discoveries=found after BH",
            link="../statistics/null_check.csv",
            folded=False,
        ),
    ]


def _simulation_blocks(simulation: pd.DataFrame) -> list[Block]:
    first = simulation.iloc[0]
    setting = (
        f"{plural(int(first['studies']), 'simulated study', 'simulated studies')} of {first['participants']} people "
        f"and {first['scenes']} scenes, participant ICC {first['icc']:g}, shared scene effects"
    )
    return [
        Picture(
            "simulation",
            "False positives and power",
            f"Why that estimator is primary: {setting}. Share of studies with p ≤ alpha, with a 95 % Wilson interval, "
            "without and with a true association.",
            "False positives and power of the four estimators in simulated studies.",
        ),
        table(
            "Simulated studies",
            named(simulation).assign(interval=limits(simulation, "ci_low", "ci_high", 4)),
            "association:2=true association | estimator | studies | rejected=p ≤ alpha | rate:4 | "
            "interval:right=95 % interval",
            link="../statistics/simulation.csv",
        ),
    ]
