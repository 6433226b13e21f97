"""Sections on the scenes: timelines, occupancy, scores, effects."""

from myoscene.report.blocks import THREE, Block, Picture, Text, listed, section, table, words
from myoscene.report.choose import chosen_participants, effects_by_strength, model_name, named
from myoscene.report.load import Options, Tables
from myoscene.report.sections.learning import no_models


def no_scenes(tables: Tables) -> str:
    """Why there are no predictions over scenes."""
    if not tables.people:
        return no_models(tables)
    if not tables.setting("scenes.models"):
        return "This section is left out because no model runs over the scenes (scenes.models is empty)."
    return "This section is left out because the input has no scene recordings."


@section("timelines", "Continuous expression in each scene", "scene_predictions", no_scenes)
def timelines_section(tables: Tables, options: Options) -> list[Block]:
    """Continuous expression of a few people."""
    chosen = chosen_participants(tables, options.timeline_participants, options.scene_model)
    people = listed([f"{name} ({why})" if why else name for name, why in chosen], 12)
    return [
        Text(
            f"Predictions of {model_name(options.scene_model)} at every hop, from the fold that never saw the person. "
            f"Shown are {people}, at even steps of rank by held-out macro-F1."
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


@section("occupancy", "Time spent in each expression", "scene_predictions", no_scenes)
def occupancy_section(tables: Tables, options: Options) -> list[Block]:
    """How the time of each scene was spent."""
    return [
        Picture(
            "occupancy",
            "Occupancy by scene",
            "Share of the scene spent in each state. First panel: mean of participants. Other panels: every dot is a "
            "participant; the upright mark is the mean, the line its 95 % t-interval.",
            f"Occupancy by scene of {listed([words(c) for c in options.classes], 10)} and of uncertain time.",
        )
    ]


@section("scene-scores", "Scene predictions against labels", "scores")
def scores_section(tables: Tables, options: Options) -> list[Block]:
    """Predictions over scenes against labels that the files carry."""
    by_model = []
    for model, own in tables.scores.groupby("model", sort=False):
        low = own.iloc[int(own["balanced_accuracy"].to_numpy().argmin())]
        by_model.append(
            f"{model_name(str(model))} {THREE(own['balanced_accuracy'].mean())} (mean over {len(own)} participants of "
            f"balanced accuracy; worst {low['participant']}, {THREE(low['balanced_accuracy'])})"
        )
    return [
        Text(
            "Labels inside the scene recordings were never shown to a model; predictions over the labelled stretches "
            f"score {listed(by_model)}."
        ),
        table(
            "Scores of scene predictions",
            named(tables.scores),
            "model | participant | windows | balanced_accuracy | balanced_accuracy_raw=without smoothing | "
            "macro_f1=macro-F1 | uncertain_share",
            link="../scenes/scores.csv",
        ),
    ]


def _no_effects(tables: Tables) -> str:
    return "This section is left out because no expression feature has values in two or more scenes."


@section("effects", "Do scenes differ?", "scene_effects", _no_effects)
def effects_section(tables: Tables, options: Options) -> list[Block]:
    """Which features differ between scenes."""
    effects, pairs = tables.scene_effects, tables.scene_pairs
    blocks: list[Block] = [
        Text(
            f"{effects['friedman_significant'].sum()} of {effects['friedman_p'].count()} features differ between "
            f"scenes by the Friedman test and {effects['mixed_significant'].sum()} of {effects['mixed_p'].count()} by "
            f"the mixed model, both after Benjamini-Hochberg at {options.alpha:g}. Kendall's W is the agreement of "
            "participants on the order of the scenes, from 0 to 1."
        ),
        table(
            "Strongest scene effects",
            effects_by_strength(effects).head(12),
            "feature | kendall_w=Kendall's W | friedman_p=p | friedman_p_bh=p (BH) | friedman_p_by=p (BY) | "
            "mixed_p_bh=mixed p (BH) | n_complete",
            folded=False,
        ),
        table(
            "All scene effects",
            effects,
            "feature | kendall_w=Kendall's W | friedman_chi2:2=Friedman χ² | friedman_p=p | friedman_p_bh=p (BH) | "
            "friedman_p_by=p (BY) | mixed_p=mixed model p | mixed_p_bh=mixed p (BH) | icc:2=ICC | n_complete | "
            "n_participants=n | note",
            note="n complete: participants with a value in every scene; only they enter the Friedman test.",
            link="../statistics/scene_effects.csv",
            folded=True,
        ),
    ]
    if len(pairs):
        by = ["p_holm", "p", "feature", "scene_a", "scene_b"]
        shown = pairs.sort_values(by, kind="stable", na_position="last").head(100)
        blocks.append(
            table(
                "Scene against scene",
                shown,
                "feature | scene_a | scene_b | median_difference=median difference (b − a) | p | p_holm=p (Holm) | "
                "n_participants=n",
                note=f"Wilcoxon signed-rank, Holm within each feature. The {len(shown)} of {len(pairs)} pairs with the "
                "smallest p; the file has them all.",
                link="../statistics/scene_pairs.csv",
                folded=True,
            )
        )
    return blocks
