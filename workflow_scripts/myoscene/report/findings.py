"""The sentences at the head of the page, computed from the tables."""

from collections import Counter
from typing import Any

from myoscene.report.blocks import listed, number, p_value, plural
from myoscene.report.choose import (
    SUBSCALES,
    effects_by_strength,
    modality,
    model_name,
    primary,
    summary_row,
    top,
    words,
)
from myoscene.report.load import Tables
from myoscene.report.sections.eye_models import effect_sentence, modalities_sentence

TWO = number(2)


def subtitle(tables: Tables) -> str:
    """What the data is, in one line."""
    recordings = tables.config.get("recordings") or {}
    dataset = recordings.get("dataset", "")
    name = str((tables.description or {}).get("Name") or "").strip()
    if recordings.get("input") == "eyes":
        what = f"“{name}” ({dataset})" if name else f"the dataset {dataset}"
        seen = f"Eye images of {what}: expressions of people that no model saw"
        return f"{seen}, over each scene." if tables.scene_predictions else f"{seen}."
    if tables.sheet is None:
        table = recordings.get("feature_table") or "a table"
        return f"Ready features with labels from {table}, evaluated on people that no model saw."
    what = f"“{name}” ({dataset})" if name else f"the dataset {dataset}"
    signals = "Facial EMG" if tables.eye_sheet is None else "Facial EMG and eye images"
    return f"{signals} of {what}: from raw recordings to expression in each scene and its relation to workload."


def findings(tables: Tables, options: dict[str, Any]) -> list[str]:
    """Sentences: who, how well, what differs, what goes with workload."""
    sentences = [
        _cohort(tables),
        _learning(tables),
        _personalisation(tables),
        _modalities(tables),
        _scenes(tables),
        _effects(tables),
        _associations(tables, options),
    ]
    return [sentence for sentence in sentences if sentence] or ["There is no result to sum up."]


def _cohort(tables: Tables) -> str:
    sheet, eyes = tables.sheet, tables.eye_sheet
    frames = "" if eyes is None or eyes.empty else f"{int(eyes['frames'].sum())} frames of eye images"
    if sheet is None or sheet.empty:
        if frames and eyes is not None:
            return f"{plural(eyes['participant'].nunique(), 'participant')}, {frames}."
        people = next((len(frame) for frame in tables.people.values()), 0)
        return f"{plural(people, 'participant')} were evaluated." if people else ""
    people = sheet["participant"].nunique()
    calibrations = int((sheet["kind"] == "calibration").sum())
    scenes = int((sheet["kind"] == "scene").sum())
    who = [
        plural(people, "participant"),
        plural(calibrations, "calibration"),
        plural(scenes, "scene recording"),
    ]
    text = ", ".join([*who, frames] if frames else who)
    if tables.quality is not None and len(tables.quality):
        bad = 100 * float(tables.quality["flags"].ne("").mean())
        text += f"; {bad:.0f} % of signals carry a quality flag"
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


def _personalisation(tables: Tables) -> str:
    effect = tables.personalisation_effect
    if effect is None or effect.empty:
        return ""
    return effect_sentence(effect[effect["personalised"] == effect["personalised"].iloc[0]])


def _modalities(tables: Tables) -> str:
    if tables.modalities is None or tables.modalities.empty:
        return ""
    return modalities_sentence(tables.modalities)


def _scenes(tables: Tables) -> str:
    if tables.scores is None or tables.scores.empty:
        return ""
    model = str(tables.scores["model"].iloc[0])
    values = tables.scores.loc[tables.scores["model"] == model, "balanced_accuracy"].astype(float)
    return (
        f"Over labelled stretches of the scenes, continuous predictions of {model_name(model)} reach a balanced "
        f"accuracy of {values.mean():.2f} (mean over {plural(len(values), 'participant')})."
    )


def _effects(tables: Tables) -> str:
    effects = tables.scene_effects
    if effects is None or effects.empty:
        return ""
    found = int(effects["friedman_significant"].fillna(False).astype(bool).sum())
    tested = int(effects["friedman_p"].notna().sum())
    if not tested:
        return ""
    mixed = int(effects["mixed_significant"].fillna(False).astype(bool).sum())
    text = (
        f"{found} of {plural(tested, 'expression feature')} differ between scenes by the Friedman test, {mixed} by the "
        "mixed model"
    )
    if found:
        first = effects_by_strength(effects).iloc[0]
        text += f" (most clearly {words(first['feature'])}, Kendall's W {first['kendall_w']:.2f})"
    return f"{text}."


def _associations(tables: Tables, options: dict[str, Any]) -> str:
    rows = primary(tables.associations)
    if rows.empty:
        return ""
    tested = int(rows["p"].notna().sum())
    kept = rows[rows["significant"].fillna(False).astype(bool)]
    head = f"Of {plural(tested, 'association')} with workload under the primary estimator,"
    if kept.empty:
        return f"{head} none survives the false discovery rate of {options['alpha']:g}."
    scales = Counter(kept["subscale"]).most_common()
    spread = listed([f"{SUBSCALES.get(name, name)} {number}" for name, number in scales], 8)
    first = top(tables.associations, 1).iloc[0]
    return (
        f"{head} {len(kept)} {'survives' if len(kept) == 1 else 'survive'} the false discovery rate of "
        f"{options['alpha']:g} (by subscale: {spread}); the strongest is {words(first['feature'])} with "
        f"{SUBSCALES.get(first['subscale'], first['subscale'])} (r = {TWO(first['estimate'])}, 95 % interval "
        f"{TWO(first['ci_low'])} to {TWO(first['ci_high'])}, p {_p(first['p'])})."
    )


def _p(value: float) -> str:
    text = p_value(value)
    return text if text.startswith("<") else f"= {text}"
