"""Sections on workload: associations with NASA-TLX and the checks of the statistics."""

import pandas as pd

from myoscene.report.blocks import (
    Picture,
    Section,
    Text,
    count,
    limits,
    number,
    p_value,
    plain,
    plural,
    span,
    table,
)
from myoscene.report.choose import ESTIMATORS, SUBSCALES, heatmap_features, null_rates, primary, top, words
from myoscene.report.load import Tables

THREE = number(3)


def no_ratings(tables: Tables) -> str:
    """Why there are no associations."""
    recordings = tables.config.get("recordings") or {}
    if recordings.get("input") == "eyes" and tables.expression_features is None:
        return "This section is left out because no model on eye images runs over scenes (recordings.scene_tasks)."
    if recordings.get("input", "emg") not in ("emg", "eyes"):
        return "This section is left out because a table of ready features has no scenes that were rated."
    if (recordings.get("ratings") or {}).get("source") == "none":
        return "This section is left out because no ratings are configured (recordings.ratings.source: none)."
    if tables.expression_features is not None and tables.expression_features.empty:
        return "This section is left out because there are no expression features to set beside the ratings."
    return "This section is left out because no NASA-TLX rating belongs to a scene that was recorded."


def associations_section(tables: Tables, options: dict) -> Section:
    """Heat map, forest plot, families and the whole table."""
    section = Section("workload", "Expression and workload (NASA-TLX)")
    if tables.associations is None or tables.associations.empty:
        section.missing = no_ratings(tables)
        return section
    rows = primary(tables.associations)
    shown = heatmap_features(tables.associations, options["heatmap_features"])
    total = rows["feature"].nunique()
    part = "" if len(shown) == total else f" The {len(shown)} of {total} features with the smallest p are shown."
    name = ESTIMATORS.get(str(rows["estimator"].iloc[0]), str(rows["estimator"].iloc[0])) if len(rows) else "none"
    section.blocks = [
        Text(
            f"Primary estimator: {name}. Features and ratings are centred on participant and scene means, so neither "
            "habitual differences between people nor the scenes' designed differences can make an association; p comes "
            "from permuting whole participants. High performance ratings mean poor performance, as in NASA-TLX."
        ),
        *([Text(counts_sentence(rows))] if counts_sentence(rows) else []),
        Picture(
            "associations",
            "Associations",
            "Primary estimate of every feature and subscale. Dot: significant after Benjamini-Hochberg at "
            f"{options['alpha']:g} within its family; dot in a ring: after Benjamini-Yekutieli as well. Grey: "
            f"undefined.{part}",
            f"Heat map of {len(shown)} expression features by {rows['subscale'].nunique()} workload scales; "
            f"{int(rows['significant'].sum())} associations survive the correction.",
        ),
        Picture(
            "forest",
            "Strongest associations",
            f"The {len(top(rows, options['top_associations']))} associations with the smallest primary p, with 95 % "
            "intervals (participant bootstrap). Filled dot before a name: survives Benjamini-Hochberg. The other "
            "estimators stand beside: within participant mixes in the scenes' designed differences, between scenes "
            "has as many points as scenes, and pooled Spearman ignores repeated measures.",
            "Forest plot of the strongest associations under four estimators.",
        ),
        _families_table(tables),
        _associations_table("Strongest associations", top(rows, options["top_associations"]), folded=None),
        _associations_table("All associations of the primary estimator", rows, folded=True),
    ]
    return section


def counts_sentence(rows: pd.DataFrame) -> str:
    """How many participants came in how, where some are only predicted; '' otherwise."""
    if "n_apply" not in rows or not int(rows["n_apply"].max()):
        return ""
    return (
        f"Up to {plural(int(rows['n_train'].max()), 'participant')} who trained the models (each predicted by the "
        f"fold that held the person out) and {int(rows['n_apply'].max())} who are only predicted (by every fold) count "
        "alike here; the table's columns n_train and n_apply say so row by row."
    )


def _families_table(tables: Tables):
    frame = tables.families if tables.families is not None else pd.DataFrame(columns=["family"])
    frame = frame.assign(family=[ESTIMATORS.get(f, words(f)) for f in frame["family"]])
    return table(
        "Families of tests",
        frame,
        [
            ("family", "family", plain),
            ("tests", "tests", count),
            ("missing", "without p", count),
            ("significant_bh", "significant (BH)", count),
            ("significant_by", "significant (BY)", count),
        ],
        note="The false discovery rate is controlled within each family.",
        link="../statistics/families.csv",
        folded=False if len(frame) <= 12 else None,
    )


def _associations_table(title: str, rows: pd.DataFrame, folded: bool | None):
    frame = rows.assign(
        subscale=[SUBSCALES.get(s, s) for s in rows["subscale"]], interval=limits(rows, "ci_low", "ci_high")
    )
    return table(
        title,
        frame,
        [
            ("feature", "feature", plain),
            ("subscale", "subscale", plain),
            ("estimate", "estimate", THREE),
            ("interval", "95 % interval", span),
            ("p", "p", p_value),
            ("p_bh", "p (BH)", p_value),
            ("p_by", "p (BY)", p_value),
            ("significant", "significant", plain),
            ("n_participants", "people", count),
            ("n_scenes", "scenes", count),
            ("n_rows", "rows", count),
            ("loo_max_change", "largest change, one left out", THREE),
            ("loo_participant", "that person", plain),
            ("note", "note", plain),
        ],
        link="../statistics/tlx_associations.csv",
        folded=folded,
    )


def checks_section(tables: Tables, options: dict) -> Section | None:
    """Null cohorts and simulated studies; ``None`` where neither was made."""
    rates = null_rates(tables.null_check)
    has_null, has_simulation = len(rates) > 0, tables.simulation is not None and len(tables.simulation) > 0
    if not has_null and not has_simulation:
        return None
    section = Section("checks", "Do the statistics keep their word?")
    if has_null:
        section.blocks += [Text(null_sentence(rates)), _null_picture(rates), _null_table(rates)]
    if has_simulation and tables.simulation is not None:
        section.blocks += _simulation_blocks(tables.simulation)
    return section


def null_sentence(rates: pd.DataFrame) -> str:
    """The primary estimator's false positives on the null cohorts, beside alpha."""
    row = rates.iloc[0]
    return (
        f"On {plural(int(row['cohorts']), 'null cohort')}, whose ratings have nothing to do with the faces, the "
        f"primary estimator called {100 * row['rate']:.1f} % of tests significant at alpha {row['alpha']:g} before "
        f"correction (95 % interval {100 * row['ci_low']:.1f} to {100 * row['ci_high']:.1f} %)."
    )


def _null_picture(rates: pd.DataFrame) -> Picture:
    return Picture(
        "null_check",
        "False positives on null cohorts",
        "False positives by estimator: grey, each null cohort; mark and line, their mean with its 95 % interval. An "
        "estimator that keeps its word lies on the dashed line.",
        f"False positive rate of {plural(len(rates), 'estimator')} on null cohorts beside alpha.",
    )


def _null_table(rates: pd.DataFrame):
    return table(
        "False positives on null cohorts",
        rates.assign(
            estimator=[ESTIMATORS.get(e, words(e)) for e in rates["estimator"]],
            interval=limits(rates, "ci_low", "ci_high", 4),
        ),
        [
            ("estimator", "estimator", plain),
            ("cohorts", "cohorts", count),
            ("tests", "tests", count),
            ("false_positives", "p ≤ alpha", count),
            ("rate", "rate", number(4)),
            ("interval", "95 % interval", span),
            ("alpha", "alpha", number(2)),
            ("bh_discoveries", "found after BH", count),
        ],
        link="../statistics/null_check.csv",
        folded=False,
    )


def _simulation_blocks(simulation: pd.DataFrame) -> list:
    first = simulation.iloc[0]
    setting = (
        f"{plural(int(first['studies']), 'simulated study', 'simulated studies')} of {int(first['participants'])} "
        f"people and {int(first['scenes'])} scenes, participant ICC {first['icc']:g}, shared scene effects"
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
            simulation.assign(
                estimator=[ESTIMATORS.get(e, words(e)) for e in simulation["estimator"]],
                interval=limits(simulation, "ci_low", "ci_high", 4),
            ),
            [
                ("association", "true association", number(2)),
                ("estimator", "estimator", plain),
                ("studies", "studies", count),
                ("rejected", "p ≤ alpha", count),
                ("rate", "rate", number(4)),
                ("interval", "95 % interval", span),
            ],
            link="../statistics/simulation.csv",
        ),
    ]
