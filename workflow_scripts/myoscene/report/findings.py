"""The sentences at the head of the page, computed from the tables."""

from collections import Counter
from collections.abc import Iterator

import pandas as pd

from myoscene.report.blocks import TWO, listed, p_is, plural, words
from myoscene.report.choose import effects_by_strength, modality, model_name, subscale_name, summary_row, top
from myoscene.report.eye_models import effect_sentence, modalities_sentence
from myoscene.report.load import Options, Tables


def subtitle(tables: Tables) -> str:
    """What the data is, in one line."""
    dataset = tables.setting("recordings.dataset")
    name = str(tables.description.get("Name") or "").strip()
    what = f"“{name}” ({dataset})" if name else f"the dataset {dataset}"
    if tables.setting("recordings.input") == "eyes":
        over = ", over each scene" if tables.scene_predictions else ""
        return f"Eye images of {what}: expressions of people that no model saw{over}."
    if "sheet" not in tables.given:
        table = tables.setting("recordings.feature_table") or "a table"
        return f"Ready features with labels from {table}, evaluated on people that no model saw."
    signals = "Facial EMG and eye images" if "eye_sheet" in tables.given else "Facial EMG"
    return f"{signals} of {what}: from raw recordings to expression in each scene and its relation to workload."


def findings(tables: Tables, options: Options) -> Iterator[str]:
    """Sentences: who, how well, what differs, what goes with workload."""
    yield from _cohort(tables)
    yield from _learning(tables)
    if tables.has("personalisation_effect"):
        effect = tables.personalisation_effect
        yield effect_sentence(effect[effect["personalised"] == effect["personalised"].iloc[0]])
    if tables.has("modalities"):
        yield modalities_sentence(tables.modalities)
    if tables.has("scores"):
        model = tables.scores["model"].iloc[0]
        values = tables.scores.loc[tables.scores["model"] == model, "balanced_accuracy"]
        yield (
            f"Over labelled stretches of the scenes, continuous predictions of {model_name(model)} reach a balanced "
            f"accuracy of {values.mean():.2f} (mean over {plural(len(values), 'participant')})."
        )
    yield from _effects(tables.scene_effects)
    yield from _associations(tables.associations[tables.associations["primary"]], options.alpha)


def _cohort(tables: Tables) -> Iterator[str]:
    sheet, eyes, quality = tables.sheet, tables.eye_sheet, tables.quality
    who = []
    if len(sheet):
        who = [
            plural(sheet["participant"].nunique(), "participant"),
            plural(int((sheet["kind"] == "calibration").sum()), "calibration"),
            plural(int((sheet["kind"] == "scene").sum()), "scene recording"),
        ]
    elif len(eyes):
        who = [plural(eyes["participant"].nunique(), "participant")]
    elif tables.people:
        yield f"{plural(len(next(iter(tables.people.values()))), 'participant')} were evaluated."
    if len(eyes):
        who.append(f"{eyes['frames'].sum()} frames of eye images")
    flagged = f"; {100 * quality['flags'].ne('').mean():.0f} % of signals carry a quality flag" if len(quality) else ""
    if who:
        yield f"{', '.join(who)}{flagged}."


def _learning(tables: Tables) -> Iterator[str]:
    # Models of eye images have classes and frames of their own: their scores stand beside EMG's only on shared windows.
    models = [m for m in tables.people if modality(m) == "emg"] or list(tables.people)
    rows = [(m, summary_row(tables, m, "macro_f1")) for m in models]
    scored = [(m, row) for m, row in rows if row is not None and row["mean"] == row["mean"]]
    if not scored:
        return
    model, row = max(scored, key=lambda item: (float(item[1]["mean"]), item[0]))
    others = [f"{model_name(m)} {r['mean']:.2f}" for m, r in scored if m != model]
    beside = f"; {listed(others)}" if others else ""
    yield (
        f"On people never seen, {model_name(model)} classifies expressions with a macro-F1 of {row['mean']:.2f} ± "
        f"{row['sd']:.2f} (mean ± SD over {int(row['participants'])} participants, 95 % interval {row['t_low']:.2f} to "
        f"{row['t_high']:.2f}; worst: {row['worst_participant']}, {row['worst']:.2f}{beside})."
    )


def _effects(effects: pd.DataFrame) -> Iterator[str]:
    found, tested = effects["friedman_significant"].sum(), int(effects["friedman_p"].count())
    if not tested:
        return
    first = effects_by_strength(effects).iloc[0]
    clearly = f" (most clearly {words(first['feature'])}, Kendall's W {first['kendall_w']:.2f})" if found else ""
    yield (
        f"{found} of {plural(tested, 'expression feature')} differ between scenes by the Friedman test, "
        f"{effects['mixed_significant'].sum()} by the mixed model{clearly}."
    )


def _associations(rows: pd.DataFrame, alpha: float) -> Iterator[str]:
    if rows.empty:
        return
    kept = rows[rows["significant"]]
    head = f"Of {plural(int(rows['p'].notna().sum()), 'association')} with workload under the primary estimator,"
    if kept.empty:
        yield f"{head} none survives the false discovery rate of {alpha:g}."
        return
    spread = [f"{subscale_name(name)} {number}" for name, number in Counter(kept["subscale"]).most_common()]
    first = top(rows, 1).iloc[0]
    yield (
        f"{head} {len(kept)} {'survives' if len(kept) == 1 else 'survive'} the false discovery rate of {alpha:g} (by "
        f"subscale: {listed(spread, 8)}); the strongest is {words(first['feature'])} with "
        f"{subscale_name(first['subscale'])} (r = {TWO(first['estimate'])}, 95 % interval {TWO(first['ci_low'])} to "
        f"{TWO(first['ci_high'])}, p {p_is(first['p'])})."
    )
