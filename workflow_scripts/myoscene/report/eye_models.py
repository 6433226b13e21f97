"""Models of eye images on the page: classes, personalisation, EMG and eyes together, learning curve, human raters."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from myoscene.drawing import style
from myoscene.learn.models.registry import MODELS
from myoscene.report import choose
from myoscene.report.blocks import THREE, TWO, Block, Picture, limits, listed, p_is, plural, section, shorten, table
from myoscene.report.learning import comparison_table, people_panels
from myoscene.report.load import Options, Tables

PEOPLE, FINER = "participants", "participant-session-condition"
UNDEFINED = "Pooled over held-out participants. A dash: not defined (a class never predicted has no precision)."
BETTER, WORSE = "#0072B2", "#D55E00"
READS = {"emg": "EMG alone", "eyes": "eyes alone", "fusion": "EMG and eyes"}


@section("eye-models", "Expressions from eye images")
def eye_models_section(tables: Tables, options: Options) -> Iterator[Block]:
    if all(choose.modality(model) == "emg" for model in tables.people):
        return
    if tables.has("personalisation_effect"):
        yield from _personalisation(tables)
    yield from _class_tables(tables)
    if tables.has("modalities"):
        yield from _modalities(tables.modalities)
    if tables.has("modalities", "modalities_comparison"):
        link = "../learn/modalities_comparison.csv"
        yield comparison_table("Modality against modality", tables.modalities_comparison, link)
    if tables.has("learning_curve"):
        yield from _curve(tables.learning_curve)
    if tables.has("raters"):
        raters = tables.raters
        # Raters that are not models keep their names.
        names = [[MODELS[n].label if n in MODELS else n for n in raters[rater]] for rater in ("rater_a", "rater_b")]
        yield table(
            "Agreement with human raters",
            raters.assign(one=names[0], other=names[1], interval=limits(raters, "bootstrap_low", "bootstrap_high")),
            "one | other | images | agreement | kappa=Cohen's kappa | interval:right=95 % bootstrap | "
            "accuracy_a=accuracy, one | accuracy_b=accuracy, other",
            note="Over the images that both labelled; accuracy is against the labels of the index. The interval "
            "resamples participants. The majority of raters leaves out images on which they tie.",
            link="../learn/raters.csv",
        )


def effect_sentence(rows: pd.DataFrame) -> str:
    """The effect of personalisation on one model: over participants, by the paper's test and by ours."""
    row, finer = (rows[rows["unit"] == unit].iloc[0] for unit in (PEOPLE, FINER))
    change = f"{100 * float(row['mean_difference']):+.1f}".replace("-", "\u2212")
    text = (
        f"Personalisation takes {choose.model_name(row['personalised'])} from {100 * row['accuracy_plain']:.1f} % to "
        f"{100 * row['accuracy_personalised']:.1f} % of frames right ({change} percentage points; mean over "
        f"{plural(int(row['units']), 'participant')}, the same {int(row['frames'])} frames)"
    )
    if pd.notna(finer["t"]):
        text += (
            f"; paired one-tailed t-test on {int(finer['units'])} participant-session-condition means as in Hickson et "
            f"al. 2019: t({int(finer['df'])}) = {TWO(finer['t'])}, p {p_is(finer['p_t'])}"
        )
    return f"{text}; our one-tailed permutation over participants: p {p_is(row['p_permutation'])}."


def _personalisation(tables: Tables) -> Iterator[Block]:
    effect = tables.personalisation_effect
    yield from (effect_sentence(rows) for _, rows in effect.groupby("personalised", sort=False))
    if pairs := choose.variants(tables):
        gains = []
        for model, plain in pairs:
            own = choose.accuracies(tables, model, plain)
            gains.append(f"{(own['personalised'] > own['plain']).sum()} of {len(own)} under {choose.model_name(model)}")
        yield Picture(
            "personalisation",
            "With and without personalisation",
            "Accuracy of every held-out participant, with plain images (hollow) and personalised (filled), on the same "
            "frames; in the shaded band their means. Who has no neutral is predicted from plain images by both.",
            "Dumbbell plot of accuracy without and with personalisation by participant. Better with it: "
            f"{listed(gains)}.",
        )
    units = zip(effect["units"], effect["unit"], strict=True)
    tests = zip(effect["t"], effect["df"], strict=True)
    frame = effect.assign(
        model=[choose.model_name(name) for name in effect["personalised"]],
        unit=[f"{n} {unit}" if unit == PEOPLE else f"{n} {unit} means" for n, unit in units],
        one=_with_sd(effect, "personalised"),
        other=_with_sd(effect, "plain"),
        t=[TWO(t) if pd.isna(t) else f"{TWO(t)} ({df:.0f})" for t, df in tests],
    )
    yield table(
        "Effect of personalisation",
        frame,
        "model | unit=units | other:right=plain | one:right=personalised | mean_difference=difference | "
        "t:right=t (df) | p_t=p (t-test) | p_permutation=p (perm.)",
        note="Accuracy, mean ± SD over units; both tests are paired, one-tailed (personalised better). Units of a "
        "person are not independent, as the t-test takes them to be: the permutation turns them together.",
        link="../learn/personalisation.csv",
        folded=False,
    )


def _with_sd(effect: pd.DataFrame, which: str) -> list[str]:
    pairs = zip(effect[f"accuracy_{which}"], effect[f"sd_{which}"], strict=True)
    return [THREE(mean) if pd.isna(sd) else f"{THREE(mean)} ± {THREE(sd)}" for mean, sd in pairs]


def _class_tables(tables: Tables) -> Iterator[Block]:
    """A table of classes for each eye model, both variants side by side; one for all other models."""
    scores = {model: own[own["participant"] == ""] for model, own in tables.class_scores.items()}
    rest = [name for name in tables.people if name in scores]
    columns = ["label", "support", "precision", "recall", "f1"]
    for model, plain in choose.variants(tables):
        if {model, plain} <= set(scores):
            rest = [name for name in rest if name not in (model, plain)]
            both = scores[model][columns], scores[plain][columns]
            frame = pd.merge(*both, how="left", on="label", suffixes=("", "_plain"))
            yield table(
                f"Classes: {choose.model_name(model)} with and without personalisation",
                choose.named(frame.assign(gain=frame["f1"] - frame["f1_plain"])),
                "label=class | support | precision | recall | f1=F1 | precision_plain=precision, plain | "
                "recall_plain=recall, plain | f1_plain=F1, plain | gain=F1 gained",
                note=f"The first three scores are with personalisation. Support counts frames. {UNDEFINED}",
                link=f"../learn/{model}/classes.csv",
                folded=False,
            )
    if rest:
        frame = choose.named(pd.concat([scores[name] for name in rest], ignore_index=True))
        shown = "model | label=class | support | precision | recall | f1=F1"
        yield table("Scores of classes, other models", frame, shown, note=UNDEFINED, folded=True)


def modalities_sentence(modalities: pd.DataFrame) -> str:
    """Mean macro-F1 of every model on the windows that all predict."""
    by_model = {str(model): own for model, own in modalities.groupby("model", sort=False)}
    means = {model: f"{own['macro_f1'].mean():.2f}" for model, own in by_model.items()}
    parts = [f"{choose.model_name(model)} ({READS[choose.modality(model)]}) {mean}" for model, mean in means.items()]
    first = next(iter(by_model.values()))
    return (
        f"On the {int(first['windows'].sum())} windows that all of these models predict "
        f"({plural(len(first), 'participant')}), mean macro-F1: {listed(parts, 8)}."
    )


def _modalities(modalities: pd.DataFrame) -> Iterator[Block]:
    sentence = modalities_sentence(modalities)
    yield sentence
    yield Picture(
        "modalities",
        "EMG, eyes and both on the same windows",
        "Every point is one held-out participant, scored on exactly the windows that EMG, eyes and fusion all predict; "
        "the eye model's probabilities are the mean of the frames inside the window. In the shaded band: mean with its "
        "95 % t-interval.",
        f"Dot plot by participant and modality. {sentence}",
    )
    rows = [
        (metric, model, READS[choose.modality(str(model))], own["windows"].sum(), len(own), own[metric].std())
        + choose.interval(own[metric])
        for metric in ("macro_f1", "balanced_accuracy", "accuracy")
        for model, own in modalities.groupby("model", sort=False)
    ]
    columns = ["metric", "model", "reads", "windows", "participants", "sd", "mean", "low", "high"]
    frame = pd.DataFrame(rows, columns=columns)
    yield table(
        "Modalities on the same windows",
        choose.named(frame).assign(t=limits(frame, "low", "high")),
        "metric | model | reads | mean | sd=SD | t:right=95 % t-interval | windows | participants=n",
        link="../learn/modalities.csv",
        folded=False,
    )


def _curve(curve: pd.DataFrame) -> Iterator[Block]:
    rows = []
    for model, own in curve.groupby("model", sort=False):
        scores, f1 = (choose.curve_points(own, metric) for metric in ("accuracy", "macro_f1"))
        scores = scores.merge(f1, on="people", suffixes=("", "_f1"))
        rows.append(scores.assign(model=choose.model_name(str(model))))
    frame = pd.concat(rows, ignore_index=True)
    frame = frame.assign(interval=limits(frame, "low", "high"), interval_f1=limits(frame, "low_f1", "high_f1"))
    first, last = frame.iloc[0], rows[0].iloc[-1]
    yield Picture(
        "learning_curve",
        "Learning curve",
        "Scores of held-out participants by the number of people to train and validate on; grey: every participant; "
        "mark and line: mean with its 95 % t-interval. The people of a smaller number are among those of every larger "
        "one.",
        f"Learning curve over the number of training people. With {int(first['people'])} people to train and validate "
        f"on {first['model']} has {100 * first['mean']:.1f} % of frames right, with {int(last['people'])} "
        f"{100 * last['mean']:.1f} % (mean over held-out participants).",
    )
    yield table(
        "Learning curve",
        frame,
        "model | people | mean=accuracy | interval:right=95 % t-interval | mean_f1=macro-F1 | "
        "interval_f1:right=95 % t-interval | participants=n",
        link="../learn/learning_curve.csv",
        folded=True,
    )


def draw_personalisation(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Accuracy of every participant without (hollow) and with personalisation (filled), a panel a model."""
    pairs = choose.variants(tables)
    if not pairs:
        return style.notice("No eye model was evaluated with and without personalisation.", frame)
    scores = [choose.accuracies(tables, *pair) for pair in pairs]
    width = frame.width_in if len(pairs) > 1 else min(frame.width_in, 6.6)
    row = 0.21 * (max(map(len, scores)) + 1) + 0.9
    figure, grid = style.panels(len(pairs), frame.columns(len(pairs)), width, row, 0.35)
    lowest = min(float(table.to_numpy().min(initial=1.0)) for table in scores)
    for panel, (model, _), own in zip(grid, pairs, scores, strict=True):
        _dumbbells(panel, own, choose.without_neutral(tables.eye_personalisation))
        panel.set_xlim(style.floor_tenth(lowest) - 0.02, 1.02)
        if len(pairs) > 1:
            panel.set_title(choose.model_name(model))
    handles = [
        Line2D([], [], marker="o", ls="", mfc="white", mec=style.INK, ms=5.5, label="plain"),
        Line2D([], [], marker="o", ls="", mfc=style.INK, mec=style.INK, ms=5.5, label="personalised"),
        Line2D([], [], color=BETTER, lw=2, label="better"),
        Line2D([], [], color=WORSE, lw=2, label="worse"),
    ]
    style.legend_above(figure, 4, handles, handlelength=1.4)
    return figure


def _dumbbells(axes: Axes, scores: pd.DataFrame, fallback: set[str]) -> None:
    names = [f"{shorten(name, 16)}{' (no neutral)' if name in fallback else ''}" for name in scores.index]
    axes.axhspan(-0.5, 0.5, color="#F4F6F8", lw=0)
    values = pd.concat([scores.mean().to_frame().T, scores], ignore_index=True)
    places = np.array([0.0, *(1.3 + np.arange(len(scores)))])
    for place, plain, personalised in zip(places, values["plain"], values["personalised"], strict=True):
        colour = BETTER if personalised > plain else WORSE if personalised < plain else style.MUTED
        large = 1.3 if place == 0 else 1.0
        axes.axhline(place, color=style.GRID, lw=0.8, zorder=0)
        axes.plot([plain, personalised], [place, place], color=colour, lw=2 * large, zorder=2)
        axes.plot(plain, place, "o", mfc="white", mec=colour, ms=5.5 * large, mew=1.3, zorder=3)
        axes.plot(personalised, place, "o", color=colour, ms=5.5 * large, mew=1.3, zorder=4)
    axes.set_yticks(places, ["mean", *names])
    axes.set(ylim=(places[-1] + 0.6, -0.6), xlabel="accuracy")
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def draw_modalities(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Every participant under EMG, eyes and fusion on the same windows; above them the means, 95 % t-intervals."""
    if tables.modalities.empty:
        return style.notice("No window was predicted from EMG and from eye images.", frame)
    people = {str(model): own for model, own in tables.modalities.groupby("model", sort=False)}
    return people_panels(people, lambda model, metric: choose.interval(people[model][metric].dropna()), frame)


def draw_learning_curve(tables: Tables, frame: style.Frame, options: Options) -> Figure:
    """Scores by number of training people: participants in grey, mean with its 95 % t-interval."""
    curve = tables.learning_curve
    if curve.empty:
        return style.notice("There is no learning curve.", frame)
    figure, grid = style.panels(2, frame.columns(2), frame.width_in, 2.7, 0.2)
    for panel, metric in zip(grid, ("accuracy", "macro_f1"), strict=True):
        for number, (model, of_model) in enumerate(curve.groupby("model", sort=False)):
            (colour, marker), points = style.series(number), choose.curve_points(of_model, metric)
            for _, own in of_model.sort_values("people").groupby("participant", sort=True):
                panel.plot(own["people"], own[metric], color="#AAB4BF", lw=0.8, alpha=0.7, zorder=1)
            x, mean = points["people"], points["mean"]
            panel.vlines(x, points["low"], points["high"], color=colour, lw=2.2, zorder=3)
            panel.plot(x, mean, color=colour, lw=1.6, zorder=3)
            panel.plot(x, mean, marker, color=colour, ms=7, mec="white", zorder=4, label=choose.model_name(str(model)))
        lowest = style.floor_tenth(float(curve[metric].min())) - 0.02
        panel.set(ylim=(lowest, 1.02), xticks=sorted(set(curve["people"])), ylabel=choose.METRICS[metric])
        panel.set_xlabel("people to train and validate on")
        panel.grid(axis="y")
    if curve["model"].nunique() > 1:
        grid[0].legend(loc="lower right")
    return figure
