"""The sentences at the head of the page, computed from the tables."""

from collections import Counter

from myoscene.report.blocks import TWO, listed, p_is, plural, words
from myoscene.report.choose import (
    SUBSCALES,
    effects_by_strength,
    modality,
    model_name,
    primary,
    summary_row,
    top,
)
from myoscene.report.load import Options, Tables
from myoscene.report.sections.eye_models import effect_sentence, modalities_sentence


def subtitle(tables: Tables) -> str:
    """What the data is, in one line."""
    dataset = tables.setting("recordings.dataset", "")
    name = str(tables.description.get("Name") or "").strip()
    what = f"“{name}” ({dataset})" if name else f"the dataset {dataset}"
    if tables.setting("recordings.input") == "eyes":
        over = ", over each scene" if tables.scene_predictions else ""
        return f"Eye images of {what}: expressions of people that no model saw{over}."
    if not tables.given("sheet"):
        table = tables.setting("recordings.feature_table") or "a table"
        return f"Ready features with labels from {table}, evaluated on people that no model saw."
    signals = "Facial EMG and eye images" if tables.given("eye_sheet") else "Facial EMG"
    return f"{signals} of {what}: from raw recordings to expression in each scene and its relation to workload."


def findings(tables: Tables, options: Options) -> list[str]:
    """Sentences: who, how well, what differs, what goes with workload."""
    effect = tables.personalisation_effect
    first = effect[effect["personalised"] == effect["personalised"].iloc[0]] if len(effect) else effect
    sentences = [
        _cohort(tables),
        _learning(tables),
        effect_sentence(first) if len(effect) else "",
        modalities_sentence(tables.modalities) if tables.has("modalities") else "",
        _scenes(tables) if tables.has("scores") else "",
        _effects(tables) if tables.has("scene_effects") else "",
        _associations(tables, options),
    ]
    return [sentence for sentence in sentences if sentence] or ["There is no result to sum up."]


def _cohort(tables: Tables) -> str:
    sheet, eyes = tables.sheet, tables.eye_sheet
    frames = [f"{eyes['frames'].sum()} frames of eye images"] if len(eyes) else []
    if sheet.empty:
        if frames:
            return f"{plural(eyes['participant'].nunique(), 'participant')}, {frames[0]}."
        people = next((len(frame) for frame in tables.people.values()), 0)
        return f"{plural(people, 'participant')} were evaluated." if people else ""
    who = [
        plural(sheet["participant"].nunique(), "participant"),
        plural(int((sheet["kind"] == "calibration").sum()), "calibration"),
        plural(int((sheet["kind"] == "scene").sum()), "scene recording"),
    ]
    text = ", ".join([*who, *frames])
    if tables.has("quality"):
        text += f"; {100 * tables.quality['flags'].ne('').mean():.0f} % of signals carry a quality flag"
    return f"{text}."


def _learning(tables: Tables) -> str:
    # Models of eye images have classes and frames of their own: their scores stand beside EMG's only on shared windows.
    models = [m for m in tables.models if modality(m) == "emg"] or tables.models
    rows = [(m, summary_row(tables, m, "macro_f1")) for m in models]
    scored = [(m, row) for m, row in rows if row is not None and row["mean"] == row["mean"]]
    if not scored:
        return ""
    model, row = max(scored, key=lambda item: (float(item[1]["mean"]), item[0]))
    others = [f"{model_name(m)} {r['mean']:.2f}" for m, r in scored if m != model]
    beside = f"; {listed(others)}" if others else ""
    return (
        f"On people never seen, {model_name(model)} classifies expressions with a macro-F1 of {row['mean']:.2f} ± "
        f"{row['sd']:.2f} (mean ± SD over {int(row['participants'])} participants, 95 % interval {row['t_low']:.2f} to "
        f"{row['t_high']:.2f}; worst: {row['worst_participant']}, {row['worst']:.2f}{beside})."
    )


def _scenes(tables: Tables) -> str:
    model = tables.scores["model"].iloc[0]
    values = tables.scores.loc[tables.scores["model"] == model, "balanced_accuracy"]
    return (
        f"Over labelled stretches of the scenes, continuous predictions of {model_name(model)} reach a balanced "
        f"accuracy of {values.mean():.2f} (mean over {plural(len(values), 'participant')})."
    )


def _effects(tables: Tables) -> str:
    effects = tables.scene_effects
    found, tested = effects["friedman_significant"].sum(), int(effects["friedman_p"].count())
    if not tested:
        return ""
    text = (
        f"{found} of {plural(tested, 'expression feature')} differ between scenes by the Friedman test, "
        f"{effects['mixed_significant'].sum()} by the mixed model"
    )
    if found:
        first = effects_by_strength(effects).iloc[0]
        text += f" (most clearly {words(first['feature'])}, Kendall's W {first['kendall_w']:.2f})"
    return f"{text}."


def _associations(tables: Tables, options: Options) -> str:
    rows = primary(tables.associations)
    if rows.empty:
        return ""
    tested = int(rows["p"].notna().sum())
    kept = rows[rows["significant"]]
    head = f"Of {plural(tested, 'association')} with workload under the primary estimator,"
    if kept.empty:
        return f"{head} none survives the false discovery rate of {options.alpha:g}."
    scales = Counter(kept["subscale"]).most_common()
    spread = listed([f"{SUBSCALES.get(name, name)} {number}" for name, number in scales], 8)
    first = top(tables.associations, 1).iloc[0]
    return (
        f"{head} {len(kept)} {'survives' if len(kept) == 1 else 'survive'} the false discovery rate of "
        f"{options.alpha:g} (by subscale: {spread}); the strongest is {words(first['feature'])} with "
        f"{SUBSCALES.get(first['subscale'], first['subscale'])} (r = {TWO(first['estimate'])}, 95 % interval "
        f"{TWO(first['ci_low'])} to {TWO(first['ci_high'])}, p {p_is(first['p'])})."
    )
