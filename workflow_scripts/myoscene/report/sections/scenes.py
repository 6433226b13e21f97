"""Sections on the scenes: timelines, occupancy, scores, effects."""

import pandas as pd

from myoscene.report.blocks import Picture, Section, Text, count, listed, number, p_value, plain, table
from myoscene.report.choose import chosen_participants, effects_by_strength, model_name, words
from myoscene.report.load import Tables
from myoscene.report.sections.learning import no_models

THREE = number(3)
# Columns that only the whole table of scene effects has.
BESIDE = ("friedman_chi2", "mixed_p", "icc", "n_participants", "note")


def no_scenes(tables: Tables) -> str:
    """Why there are no predictions over scenes."""
    if not tables.people:
        return no_models(tables)
    if not (tables.config.get("scenes") or {}).get("models"):
        return "This section is left out because no model runs over the scenes (scenes.models is empty)."
    return "This section is left out because the input has no scene recordings."


def timelines_section(tables: Tables, options: dict) -> Section:
    """Continuous expression of a few people."""
    section = Section("timelines", "Continuous expression in each scene")
    if not tables.scene_predictions:
        section.missing = no_scenes(tables)
        return section
    chosen = chosen_participants(tables, options["timeline_participants"], options["scene_model"])
    people = listed([f"{name} ({why})" if why else name for name, why in chosen], 12)
    section.blocks = [
        Text(
            f"Predictions of {model_name(options['scene_model'])} at every hop, from the fold that never saw the "
            f"person. Shown are {people}, at even steps of rank by held-out macro-F1."
        ),
        Picture(
            "timelines",
            "Expression over time",
            "Smoothed class probabilities, stacked to 1; the ribbon below holds the state (hatched: uncertain). Where "
            "a scene's file carries labels of its own, they stand as a ribbon above. White: no window, the signal was "
            "bad or had a gap. On a narrow screen at most three people are drawn.",
            f"Stacked probability timelines of {people} in every scene.",
        ),
    ]
    return section


def occupancy_section(tables: Tables, options: dict) -> Section:
    """How the time of each scene was spent."""
    section = Section("occupancy", "Time spent in each expression")
    if not tables.scene_predictions:
        section.missing = no_scenes(tables)
        return section
    section.blocks = [
        Picture(
            "occupancy",
            "Occupancy by scene",
            "Share of the scene spent in each state. First panel: mean of participants. Other panels: every dot is a "
            "participant; the upright mark is the mean, the line its 95 % t-interval.",
            f"Occupancy by scene of {listed([words(c) for c in options['classes']], 10)} and of uncertain time.",
        )
    ]
    return section


def scores_section(tables: Tables) -> Section | None:
    """Predictions over scenes against labels that the files carry; ``None`` where they carry none."""
    if tables.scores is None or tables.scores.empty:
        return None
    section = Section("scene-scores", "Scene predictions against labels")
    by_model = []
    for model, own in tables.scores.groupby("model", sort=False):
        values = own["balanced_accuracy"].astype(float)
        low = own.iloc[int(values.to_numpy().argmin())]
        by_model.append(
            f"{model_name(str(model))} {THREE(values.mean())} (mean over {len(own)} participants of balanced accuracy; "
            f"worst {low['participant']}, {THREE(float(low['balanced_accuracy']))})"
        )
    section.blocks = [
        Text(
            "Labels inside the scene recordings were never shown to a model; predictions over the labelled stretches "
            f"score {listed(by_model)}."
        ),
        table(
            "Scores of scene predictions",
            tables.scores.assign(model=[model_name(m) for m in tables.scores["model"]]),
            [
                ("model", "model", plain),
                ("participant", "participant", plain),
                ("windows", "windows", count),
                ("balanced_accuracy", "balanced accuracy", THREE),
                ("balanced_accuracy_raw", "without smoothing", THREE),
                ("macro_f1", "macro-F1", THREE),
                ("uncertain_share", "uncertain share", THREE),
            ],
            link="../scenes/scores.csv",
        ),
    ]
    return section


def effects_section(tables: Tables, options: dict) -> Section:
    """Which features differ between scenes."""
    section = Section("effects", "Do scenes differ?")
    effects = tables.scene_effects
    if effects is None or effects.empty:
        section.missing = "This section is left out because no expression feature has values in two or more scenes."
        return section
    found = int(effects["friedman_significant"].fillna(False).astype(bool).sum())
    tested = int(effects["friedman_p"].notna().sum())
    mixed = int(effects["mixed_significant"].fillna(False).astype(bool).sum())
    fitted = int(effects["mixed_p"].notna().sum())
    section.blocks = [
        Text(
            f"{found} of {tested} features differ between scenes by the Friedman test and {mixed} of {fitted} by the "
            f"mixed model, both after Benjamini-Hochberg at {options['alpha']:g}. Kendall's W is the agreement of "
            "participants on the order of the scenes, from 0 to 1."
        ),
        table(
            "Strongest scene effects",
            effects_by_strength(effects).head(12),
            [column for column in _effect_columns() if column[0] not in BESIDE],
            folded=False,
        ),
        table(
            "All scene effects",
            effects,
            _effect_columns(),
            note="n complete: participants with a value in every scene; only they enter the Friedman test.",
            link="../statistics/scene_effects.csv",
            folded=True,
        ),
    ]
    if tables.scene_pairs is not None and len(tables.scene_pairs):
        section.blocks.append(_pairs_table(tables.scene_pairs))
    return section


def _effect_columns() -> list:
    return [
        ("feature", "feature", plain),
        ("kendall_w", "Kendall's W", THREE),
        ("friedman_chi2", "Friedman χ²", number(2)),
        ("friedman_p", "p", p_value),
        ("friedman_p_bh", "p (BH)", p_value),
        ("friedman_p_by", "p (BY)", p_value),
        ("mixed_p", "mixed model p", p_value),
        ("mixed_p_bh", "mixed p (BH)", p_value),
        ("icc", "ICC", number(2)),
        ("n_complete", "n complete", count),
        ("n_participants", "n", count),
        ("note", "note", plain),
    ]


def _pairs_table(pairs: pd.DataFrame):
    frame = pairs.sort_values(["p_holm", "p", "feature", "scene_a", "scene_b"], kind="stable", na_position="last")
    return table(
        "Scene against scene",
        frame.head(100),
        [
            ("feature", "feature", plain),
            ("scene_a", "scene a", plain),
            ("scene_b", "scene b", plain),
            ("median_difference", "median difference (b − a)", THREE),
            ("p", "p", p_value),
            ("p_holm", "p (Holm)", p_value),
            ("n_participants", "n", count),
        ],
        note=f"Wilcoxon signed-rank, Holm within each feature. The {min(100, len(frame))} of {len(frame)} "
        "pairs with "
        "the smallest p; the file has them all.",
        link="../statistics/scene_pairs.csv",
        folded=True,
    )
