"""The last sections: the dictionary of features, methods in short, versions and configuration."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pandas as pd
import yaml

from myoscene import __version__
from myoscene.report.blocks import Block, Listing, Text, section, table
from myoscene.report.load import Options, Tables

PACKAGES = ("snakemake", "numpy", "scipy", "pandas", "pyarrow", "edfio", "matplotlib", "jinja2")


@section("dictionary", "Expression features", "dictionary")
def dictionary_section(tables: Tables, options: Options) -> list[Block]:
    """What each expression feature is."""
    return [
        Text("Each feature has one value a participant and scene. An undefined value is missing, never 0."),
        table(
            "Feature dictionary",
            tables.dictionary,
            "feature | kind | definition | unit | minimum:1 | maximum:1 | needs",
            link="../scenes/feature_dictionary.csv",
            folded=True,
        ),
    ]


@section("methods", "Methods in short", otherwise=lambda tables: "")
def methods_section(tables: Tables, options: Options) -> list[Block]:
    """What was done, in a few sentences with this run's own values."""
    sentences = [
        _signal(tables.setting("emg", {})) if tables.given("sheet") else "",
        _eyes(tables.setting("eyes", {})) if tables.given("eye_sheet") else "",
        _learning(tables) if tables.people else "",
        _scenes(tables.setting("scenes", {})) if tables.scene_predictions else "",
        _statistics(tables.setting("statistics", {})) if tables.given("associations") else "",
    ]
    return [Text(sentence) for sentence in sentences if sentence]


def _signal(emg: Mapping[str, Any]) -> str:
    filters, windows = emg.get("filters") or {}, emg.get("windows") or {}
    if not filters or not windows:
        return ""
    phase = "zero phase" if filters["phase"] == "zero" else "causal"
    notch = ", notches at the mains frequency and its harmonics" if filters["notch"] else ", no mains notch"
    return (
        f"Signal: Butterworth band-pass {filters['low_cut_hz']:g}–{filters['high_cut_hz']:g} Hz of order "
        f"{filters['order']}, {phase}{notch}; resampled to {emg['rate_hz']:g} Hz; never filtered across a gap. Windows "
        f"of {windows['length_s']:g} s every {windows['hop_s']:g} s, each inside one event, whose first "
        f"{windows['trim_start_s']:g} s and last {windows['trim_end_s']:g} s are left out."
    )


def _eyes(eyes: Mapping[str, Any]) -> str:
    frames, personalise, blinks = (eyes.get(name) or {} for name in ("frames", "personalise", "blinks"))
    if "height_px" not in frames or "seconds" not in personalise:
        return ""
    which = "both eyes side by side" if frames["eyes"] == "both" else f"the {frames['eyes']} eye"
    cleaned = (
        f" Blinks (probability of closed eyes of {blinks['threshold']:g} or more) leave the classes with open eyes."
        if blinks.get("clean")
        else ""
    )
    return (
        f"Eye images: {which}, {frames['width_px']} × {frames['height_px']} pixels an eye, grey.{cleaned} "
        f"Personalised: each frame minus the mean of the first {personalise['seconds']:g} s of neutral frames of its "
        "person and session, which neither train nor are scored; plain: minus the training people's mean neutral image."
    )


def _learning(tables: Tables) -> str:
    return (
        "Models: participants are split before anything is fitted, early stopping uses participants of the training "
        "side, and the held-out participant changes no byte of a fold's weights. Seed "
        f"{tables.setting('learn.seed')}. Scores are computed per participant first and summarised over participants."
    )


def _scenes(scenes: Mapping[str, Any]) -> str:
    if "smoothing_s" not in scenes:
        return ""
    return (
        f"Scenes: class probabilities at every hop, exponentially smoothed (time constant {scenes['smoothing_s']:g} "
        f"s); a state lasts at least {scenes['minimum_dwell_s']:g} s and is uncertain below a probability of "
        f"{scenes['probability_floor']:g}."
    )


def _statistics(statistics: Mapping[str, Any]) -> str:
    if "permutations" not in statistics:
        return ""
    family = str(statistics["family"]).replace("_", " ")
    return (
        f"Statistics: p by permuting whole participants ({statistics['permutations']} random permutations, or every "
        f"one where there are fewer); intervals from {statistics['bootstrap']} bootstrap samples of participants; "
        f"Benjamini-Hochberg at {statistics['alpha']:g} within each {family}, Benjamini-Yekutieli beside it."
    )


@section("software", "Versions and configuration")
def software_section(tables: Tables, options: Options) -> list[Block]:
    """Versions and the merged configuration."""
    return [
        table("Software", versions(tables), "package | version | where=used for", folded=True),
        Listing(
            "Configuration of this run, defaults included",
            yaml.safe_dump(tables.config, sort_keys=False, allow_unicode=True, width=100),
        ),
    ]


def versions(tables: Tables) -> pd.DataFrame:
    """Package, version, and whether the report's environment or the training said so."""
    rows = [("myoscene", __version__, "report")]
    for name in PACKAGES:
        try:
            rows.append((name, version(name), "report"))
        except PackageNotFoundError:
            continue
    trained: dict[str, set[str]] = {}
    for card in tables.cards:
        for name, value in (card.get("versions") or {}).items():
            trained.setdefault(str(name), set()).add(str(value))
    rows += [(name, ", ".join(sorted(values)), "training") for name, values in sorted(trained.items())]
    return pd.DataFrame(rows, columns=["package", "version", "where"])
