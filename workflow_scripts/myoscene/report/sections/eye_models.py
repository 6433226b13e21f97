"""Section on models of eye images: classes, personalisation, EMG and eyes together, learning curve, human raters."""

import pandas as pd

from myoscene.learn.models.registry import MODELS
from myoscene.report.blocks import (
    MISSING,
    THREE,
    TWO,
    Block,
    Picture,
    Table,
    Text,
    limits,
    listed,
    p_is,
    plural,
    section,
    table,
)
from myoscene.report.choose import METRICS, modality, model_name, named, variants
from myoscene.report.eyes import curve_points
from myoscene.report.load import Options, Tables
from myoscene.report.scenes import interval
from myoscene.report.sections.learning import comparison_table

PEOPLE, FINER = "participants", "participant-session-condition"
UNDEFINED = "Pooled over held-out participants. A dash: not defined (a class never predicted has no precision)."


@section("eye-models", "Expressions from eye images")
def eye_models_section(tables: Tables, options: Options) -> list[Block]:
    """What eye images tell, alone and with the EMG."""
    if all(modality(model) == "emg" for model in tables.models):
        return []
    return [
        *(_personalisation(tables) if tables.has("personalisation_effect") else []),
        *_class_tables(tables),
        *(_modalities(tables) if tables.has("modalities") else []),
        *(_curve(tables.learning_curve) if tables.has("learning_curve") else []),
        *([_raters(tables.raters)] if tables.has("raters") else []),
    ]


def effect_sentence(rows: pd.DataFrame) -> str:
    """The effect of personalisation on one model: over participants, by the paper's test and by ours."""
    row, finer = (rows[rows["unit"] == unit].iloc[0] for unit in (PEOPLE, FINER))
    change = f"{100 * float(row['mean_difference']):+.1f}".replace("-", "\u2212")
    text = (
        f"Personalisation takes {model_name(row['personalised'])} from {100 * row['accuracy_plain']:.1f} % to "
        f"{100 * row['accuracy_personalised']:.1f} % of frames right ({change} percentage points; mean over "
        f"{plural(int(row['units']), 'participant')}, the same {int(row['frames'])} frames)"
    )
    if pd.notna(finer["t"]):
        text += (
            f"; paired one-tailed t-test on {int(finer['units'])} participant-session-condition means as in Hickson et "
            f"al. 2019: t({int(finer['df'])}) = {TWO(finer['t'])}, p {p_is(finer['p_t'])}"
        )
    return f"{text}; our one-tailed permutation over participants: p {p_is(row['p_permutation'])}."


def _personalisation(tables: Tables) -> list[Block]:
    effect = tables.personalisation_effect
    blocks: list[Block] = [Text(effect_sentence(rows)) for _, rows in effect.groupby("personalised", sort=False)]
    if variants(tables):
        blocks.append(
            Picture(
                "personalisation",
                "With and without personalisation",
                "Accuracy of every held-out participant, with plain images (hollow) and personalised (filled), on the "
                "same frames; in the shaded band their means. Who has no neutral is predicted from plain images by "
                "both.",
                f"Dumbbell plot of accuracy without and with personalisation by participant. {_gains(tables)}",
            )
        )
    units = zip(effect["units"], effect["unit"], strict=True)
    tests = zip(effect["t"], effect["df"], strict=True)
    frame = effect.assign(
        model=[model_name(name) for name in effect["personalised"]],
        unit=[f"{n} {unit}" if unit == PEOPLE else f"{n} {unit} means" for n, unit in units],
        one=_with_sd(effect, "personalised"),
        other=_with_sd(effect, "plain"),
        t=[MISSING if pd.isna(t) else f"{TWO(t)} ({df:.0f})" for t, df in tests],
    )
    return [
        *blocks,
        table(
            "Effect of personalisation",
            frame,
            "model | unit=units | other:right=plain | one:right=personalised | mean_difference=difference | "
            "t:right=t (df) | p_t=p (t-test) | p_permutation=p (perm.)",
            note="Accuracy, mean ± SD over units; both tests are paired, one-tailed (personalised better). Units of a "
            "person are not independent, as the t-test takes them to be: the permutation turns them together.",
            link="../learn/personalisation.csv",
            folded=False,
        ),
    ]


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
    scores = {model: own[own["participant"] == ""] for model, own in tables.class_scores.items()}
    pairs = [pair for pair in variants(tables) if set(pair) <= set(scores)]
    told = {name for pair in pairs for name in pair}
    rest = [scores[name] for name in tables.models if name in scores and name not in told]
    found = [_variants_table(scores, *pair) for pair in pairs]
    if rest:
        columns = "model | label=class | support | precision | recall | f1=F1"
        frame = named(pd.concat(rest, ignore_index=True))
        found.append(table("Scores of classes, other models", frame, columns, note=UNDEFINED, folded=True))
    return found


def _variants_table(scores: dict[str, pd.DataFrame], personalised: str, other: str) -> Table:
    one, two = (
        scores[name].set_index("label")[["precision", "recall", "f1", "support"]] for name in (personalised, other)
    )
    frame = one.join(two.drop(columns="support").add_suffix("_plain")).reset_index()
    return table(
        f"Classes: {model_name(personalised)} with and without personalisation",
        named(frame.assign(gain=frame["f1"] - frame["f1_plain"])),
        "label=class | support | precision | recall | f1=F1 | precision_plain=precision, plain | "
        "recall_plain=recall, plain | f1_plain=F1, plain | gain=F1 gained",
        note=f"The first three scores are with personalisation. Support counts frames. {UNDEFINED}",
        link=f"../learn/{personalised}/classes.csv",
        folded=False,
    )


def modalities_sentence(modalities: pd.DataFrame) -> str:
    """Mean macro-F1 of every model on the windows that all predict."""
    parts = [
        f"{model_name(str(model))} ({_reads(str(model))}) {own['macro_f1'].mean():.2f}"
        for model, own in modalities.groupby("model", sort=False)
    ]
    first = modalities[modalities["model"] == modalities["model"].iloc[0]]
    return (
        f"On the {int(first['windows'].sum())} windows that all of these models predict "
        f"({plural(len(first), 'participant')}), mean macro-F1: {listed(parts, 8)}."
    )


def _reads(model: str) -> str:
    return {"emg": "EMG alone", "eyes": "eyes alone", "fusion": "EMG and eyes"}[modality(model)]


def _modalities(tables: Tables) -> list[Block]:
    modalities, comparison = tables.modalities, tables.modalities_comparison
    blocks: list[Block] = [
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
    if len(comparison):
        blocks.append(comparison_table("Modality against modality", comparison, "../learn/modalities_comparison.csv"))
    return blocks


def _modalities_table(modalities: pd.DataFrame) -> Table:
    rows = [
        (metric, model, _reads(str(model)), own["windows"].sum(), len(own), own[metric].std(), *interval(own[metric]))
        for metric in sorted(("macro_f1", "balanced_accuracy", "accuracy"), key=list(METRICS).index)
        for model, own in modalities.groupby("model", sort=False)
    ]
    columns = ["metric", "model", "reads", "windows", "participants", "sd", "mean", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns)
    return table(
        "Modalities on the same windows",
        named(frame).assign(t=limits(frame, "low", "high")),
        "metric | model | reads | mean | sd=SD | t:right=95 % t-interval | windows | participants=n",
        link="../learn/modalities.csv",
        folded=False,
    )


def _curve(curve: pd.DataFrame) -> list[Block]:
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
            "participant; mark and line: mean with its 95 % t-interval. The people of a smaller number are among those "
            "of every larger one.",
            f"Learning curve over the number of training people. {sentence}",
        ),
        table(
            "Learning curve",
            frame,
            "model | people | mean=accuracy | interval:right=95 % t-interval | mean_f1=macro-F1 | "
            "interval_f1:right=95 % t-interval | participants=n",
            link="../learn/learning_curve.csv",
            folded=True,
        ),
    ]


def _raters(raters: pd.DataFrame) -> Table:
    return table(
        "Agreement with human raters",
        raters.assign(
            one=[MODELS[name].label if name in MODELS else name for name in raters["rater_a"]],
            other=[MODELS[name].label if name in MODELS else name for name in raters["rater_b"]],
            interval=limits(raters, "bootstrap_low", "bootstrap_high"),
        ),
        "one | other | images | agreement | kappa=Cohen's kappa | interval:right=95 % bootstrap | "
        "accuracy_a=accuracy, one | accuracy_b=accuracy, other",
        note="Over the images that both labelled; accuracy is against the labels of the index. The interval resamples "
        "participants. The majority of raters leaves out images on which they tie.",
        link="../learn/raters.csv",
    )
