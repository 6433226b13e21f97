"""Section on models of eye images: classes, personalisation, EMG and eyes together, learning curve, human raters."""

import pandas as pd

from myoscene.report.blocks import (
    MISSING,
    Picture,
    Section,
    Table,
    Text,
    count,
    limits,
    listed,
    number,
    p_value,
    plain,
    plural,
    span,
    table,
)
from myoscene.report.choose import METRICS, MODELS, modality, model_name, variants, words
from myoscene.report.eyes import curve_points
from myoscene.report.load import Tables
from myoscene.report.scenes import interval
from myoscene.report.sections.learning import comparison_table

TWO, THREE = number(2), number(3)
PEOPLE, FINER = "participants", "participant-session-condition"


def eye_models_section(tables: Tables) -> Section | None:
    """What eye images tell, alone and with the EMG; ``None`` where no model reads them."""
    if all(modality(model) == "emg" for model in tables.models):
        return None
    section = Section("eye-models", "Expressions from eye images")
    if tables.personalisation_effect is not None and len(tables.personalisation_effect):
        section.blocks += _personalisation(tables)
    section.blocks += _class_tables(tables)
    if tables.modalities is not None and len(tables.modalities):
        section.blocks += _modalities(tables)
    if tables.learning_curve is not None and len(tables.learning_curve):
        section.blocks += _curve(tables.learning_curve)
    if tables.raters is not None and len(tables.raters):
        section.blocks += _raters(tables.raters)
    return section


def effect_sentence(rows: pd.DataFrame) -> str:
    """The effect of personalisation on one model: over participants, by the paper's test and by ours."""
    row, finer = (rows[rows["unit"] == unit].iloc[0] for unit in (PEOPLE, FINER))
    change = 100 * float(row["mean_difference"])
    text = (
        f"Personalisation takes {model_name(row['personalised'])} from {100 * row['accuracy_plain']:.1f} % to "
        f"{100 * row['accuracy_personalised']:.1f} % of frames right ({_signed(change)} percentage points; mean over "
        f"{plural(int(row['units']), 'participant')}, the same {int(row['frames'])} frames)"
    )
    if pd.notna(finer["t"]):
        text += (
            f"; paired one-tailed t-test on {int(finer['units'])} participant-session-condition means as in Hickson et "
            f"al. 2019: t({int(finer['df'])}) = {TWO(finer['t'])}, p {_p(finer['p_t'])}"
        )
    return f"{text}; our one-tailed permutation over participants: p {_p(row['p_permutation'])}."


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\u2212")


def _p(value: float) -> str:
    text = p_value(value)
    return text if text.startswith("<") else f"= {text}"


def _personalisation(tables: Tables) -> list:
    effect = tables.personalisation_effect
    assert effect is not None
    blocks: list = [Text(effect_sentence(rows)) for _, rows in effect.groupby("personalised", sort=False)]
    if variants(tables):
        blocks.append(
            Picture(
                "personalisation",
                "With and without personalisation",
                "Accuracy of every held-out participant, with plain images (hollow) and personalised (filled), on "
                "the same "
                "frames; in the shaded band their means. Who has no neutral is predicted from plain images by both.",
                f"Dumbbell plot of accuracy without and with personalisation by participant. {_gains(tables)}",
            )
        )
    frame = effect.assign(
        model=[model_name(name) for name in effect["personalised"]],
        unit=[
            f"{n} {unit}" if unit == PEOPLE else f"{n} {unit} means"
            for n, unit in zip(effect["units"], effect["unit"], strict=True)
        ],
        one=_with_sd(effect, "personalised"),
        other=_with_sd(effect, "plain"),
        t=[MISSING if pd.isna(t) else f"{TWO(t)} ({df:.0f})" for t, df in zip(effect["t"], effect["df"], strict=True)],
    )
    blocks.append(
        table(
            "Effect of personalisation",
            frame,
            [
                ("model", "model", plain),
                ("unit", "units", plain),
                ("other", "plain", span),
                ("one", "personalised", span),
                ("mean_difference", "difference", THREE),
                ("t", "t (df)", span),
                ("p_t", "p (t-test)", p_value),
                ("p_permutation", "p (perm.)", p_value),
            ],
            note="Accuracy, mean ± SD over units; both tests are paired, one-tailed (personalised better). Units of a "
            "person are not independent, as the t-test takes them to be: the permutation turns them together.",
            link="../learn/personalisation.csv",
            folded=False,
        )
    )
    return blocks


def _gains(tables: Tables) -> str:
    """How many people are better with personalisation, in words."""
    parts = []
    for personalised, other in variants(tables):
        one, two = (tables.people[m].set_index("participant")["accuracy"] for m in (personalised, other))
        difference = (one - two).dropna()
        parts.append(f"{int((difference > 0).sum())} of {len(difference)} under {model_name(personalised)}")
    return f"Better with it: {listed(parts)}."


def _with_sd(effect: pd.DataFrame, which: str) -> list[str]:
    pairs = zip(effect[f"accuracy_{which}"], effect[f"sd_{which}"], strict=True)
    return [THREE(mean) if pd.isna(sd) else f"{THREE(mean)} ± {THREE(sd)}" for mean, sd in pairs]


def _class_tables(tables: Tables) -> list[Table]:
    """A table of classes for each eye model, both variants side by side; one for all other models."""
    tables_of, told = [], set()
    pairs = [
        (one, other) for one, other in variants(tables) if one in tables.class_scores and other in tables.class_scores
    ]
    for one, other in pairs:
        told |= {one, other}
        tables_of.append(_variants_table(tables, one, other))
    rest = [tables.class_scores[name] for name in tables.models if name in tables.class_scores and name not in told]
    if rest:
        frame = pd.concat(rest, ignore_index=True)
        frame = frame[frame["participant"] == ""]
        frame = frame.assign(
            model=[model_name(name) for name in frame["model"]], label=[words(name) for name in frame["label"]]
        )
        columns = [("model", "model", plain), ("label", "class", plain), ("support", "support", count)]
        scores = [
            (name, label, THREE) for name, label in (("precision", "precision"), ("recall", "recall"), ("f1", "F1"))
        ]
        tables_of.append(
            table("Scores of classes, other models", frame, [*columns, *scores], note=UNDEFINED, folded=True)
        )
    return tables_of


UNDEFINED = "Pooled over held-out participants. A dash: not defined (a class never predicted has no precision)."


def _variants_table(tables: Tables, personalised: str, other: str) -> Table:
    pooled = [
        tables.class_scores[name]
        .loc[lambda t: t["participant"] == ""]
        .set_index("label")[["precision", "recall", "f1", "support"]]
        for name in (personalised, other)
    ]
    frame = pooled[0].join(pooled[1].drop(columns="support").add_suffix("_plain"))
    frame = frame.assign(gain=frame["f1"] - frame["f1_plain"]).reset_index()
    frame = frame.assign(label=[words(name) for name in frame["label"]])
    return table(
        f"Classes: {model_name(personalised)} with and without personalisation",
        frame,
        [
            ("label", "class", plain),
            ("support", "support", count),
            ("precision", "precision", THREE),
            ("recall", "recall", THREE),
            ("f1", "F1", THREE),
            ("precision_plain", "precision, plain", THREE),
            ("recall_plain", "recall, plain", THREE),
            ("f1_plain", "F1, plain", THREE),
            ("gain", "F1 gained", THREE),
        ],
        note=f"The first three scores are with personalisation. Support counts frames. {UNDEFINED}",
        link=f"../learn/{personalised}/classes.csv",
        folded=False,
    )


def modalities_sentence(modalities: pd.DataFrame) -> str:
    """Mean macro-F1 of every model on the windows that all predict."""
    parts = [
        f"{model_name(str(model))} ({_modality(str(model))}) {own['macro_f1'].mean():.2f}"
        for model, own in modalities.groupby("model", sort=False)
    ]
    first = modalities[modalities["model"] == modalities["model"].iloc[0]]
    return (
        f"On the {int(first['windows'].sum())} windows that all of these models predict "
        f"({plural(len(first), 'participant')}), mean macro-F1: {listed(parts, 8)}."
    )


def _modality(model: str) -> str:
    return {"emg": "EMG alone", "eyes": "eyes alone", "fusion": "EMG and eyes"}[modality(model)]


def _modalities(tables: Tables) -> list:
    modalities, comparison = tables.modalities, tables.modalities_comparison
    assert modalities is not None
    blocks: list = [
        Text(modalities_sentence(modalities)),
        Picture(
            "modalities",
            "EMG, eyes and both on the same windows",
            "Every point is one held-out participant, scored on exactly the windows that EMG, eyes and fusion all "
            "predict; the eye model's probabilities are the mean of the frames inside the window. In the shaded band: "
            "mean with its 95 % t-interval.",
            f"Dot plot by participant and modality. {modalities_sentence(modalities)}",
        ),
        _modalities_table(modalities),
    ]
    if comparison is not None and len(comparison):
        blocks.append(comparison_table("Modality against modality", comparison, "../learn/modalities_comparison.csv"))
    return blocks


def _modalities_table(modalities: pd.DataFrame) -> Table:
    rows = []
    for model, own in modalities.groupby("model", sort=False):
        for metric in ("macro_f1", "balanced_accuracy", "accuracy"):
            mean, low, high = interval(own[metric].to_numpy(dtype=float))
            rows.append(
                {
                    "place": list(METRICS).index(metric),
                    "metric": METRICS[metric],
                    "model": model_name(str(model)),
                    "reads": _modality(str(model)),
                    "windows": int(own["windows"].sum()),
                    "participants": len(own),
                    "mean": mean,
                    "sd": own[metric].std(ddof=1),
                    "low": low,
                    "high": high,
                }
            )
    frame = pd.DataFrame(rows).sort_values("place", kind="stable")
    return table(
        "Modalities on the same windows",
        frame.assign(t=limits(frame, "low", "high")),
        [
            ("metric", "metric", plain),
            ("model", "model", plain),
            ("reads", "reads", plain),
            ("mean", "mean", THREE),
            ("sd", "SD", THREE),
            ("t", "95 % t-interval", span),
            ("windows", "windows", count),
            ("participants", "n", count),
        ],
        link="../learn/modalities.csv",
        folded=False,
    )


def _curve(curve: pd.DataFrame) -> list:
    rows = []
    for model, own in curve.groupby("model", sort=False):
        scores = curve_points(own, "accuracy").merge(curve_points(own, "macro_f1"), on="people", suffixes=("", "_f1"))
        rows.append(scores.assign(model=model_name(str(model))))
    frame = pd.concat(rows, ignore_index=True)
    frame = frame.assign(interval=limits(frame, "low", "high"), interval_f1=limits(frame, "low_f1", "high_f1"))
    first, last = frame.iloc[0], frame[frame["model"] == frame["model"].iloc[0]].iloc[-1]
    sentence = (
        f"With {int(first['people'])} people to train and validate on {first['model']} has {100 * first['mean']:.1f} % "
        f"of frames right, with {int(last['people'])} {100 * last['mean']:.1f} % (mean over held-out participants)."
    )
    return [
        Picture(
            "learning_curve",
            "Learning curve",
            "Scores of held-out participants by the number of people to train and validate on; grey: every "
            "participant; mark and line: mean with its 95 % t-interval. The people of a smaller number are among "
            "those of every larger one.",
            f"Learning curve over the number of training people. {sentence}",
        ),
        table(
            "Learning curve",
            frame,
            [
                ("model", "model", plain),
                ("people", "people", count),
                ("mean", "accuracy", THREE),
                ("interval", "95 % t-interval", span),
                ("mean_f1", "macro-F1", THREE),
                ("interval_f1", "95 % t-interval", span),
                ("participants", "n", count),
            ],
            link="../learn/learning_curve.csv",
            folded=True,
        ),
    ]


def _raters(raters: pd.DataFrame) -> list:
    frame = raters.assign(
        one=[MODELS.get(name, name) for name in raters["rater_a"]],
        other=[MODELS.get(name, name) for name in raters["rater_b"]],
        interval=limits(raters, "bootstrap_low", "bootstrap_high"),
    )
    return [
        table(
            "Agreement with human raters",
            frame,
            [
                ("one", "one", plain),
                ("other", "other", plain),
                ("images", "images", count),
                ("agreement", "agreement", THREE),
                ("kappa", "Cohen's kappa", THREE),
                ("interval", "95 % bootstrap", span),
                ("accuracy_a", "accuracy, one", THREE),
                ("accuracy_b", "accuracy, other", THREE),
            ],
            note="Over the images that both labelled; accuracy is against the labels of the index. The interval "
            "resamples "
            "participants. The majority of raters leaves out images on which they tie.",
            link="../learn/raters.csv",
        )
    ]
