"""The last sections: what was left out, the dictionary of features, methods in short, versions and configuration."""

from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version

import pandas as pd
import yaml

from myoscene import __version__
from myoscene.report.blocks import Block, Listing, listed, plural, section, table
from myoscene.report.cohort import no_recordings
from myoscene.report.load import Options, Tables

PACKAGES = ("snakemake", "numpy", "scipy", "pandas", "pyarrow", "edfio", "matplotlib", "jinja2")


@section("exclusions", "What was left out, and why", otherwise=no_recordings)
def exclusions_section(tables: Tables, options: Options) -> Iterator[Block]:
    if not {"exclusions", "sheet"} & tables.given:
        return
    if tables.has("exclusions"):
        columns, link = "participant | recording | channel | reason", "../recordings/exclusions.csv"
        yield table("Left out or incomplete", tables.exclusions, columns, link=link)
    else:
        yield "No participant, recording or channel was left out."
    if missing := int(tables.expression_features["value"].isna().sum()):
        yield (
            f"{missing} of {len(tables.expression_features)} expression feature values are undefined (the latency of "
            "a bout that never came, say) and count as missing, never as 0."
        )
    if missing := int(tables.families["missing"].sum()):
        yield (
            f"{plural(missing, 'test')} had no p-value (a constant feature, too few rows) and left the family before "
            "the correction for multiple tests."
        )
    notes = [
        f"{participant}, {model}: {note}"
        for model, people in tables.people.items()
        for participant, note in zip(people["participant"], people["note"], strict=True)
        if note
    ]
    if notes:
        yield f"Scores with a reservation: {listed(notes, 8)}."


@section("dictionary", "Expression features", "dictionary")
def dictionary_section(tables: Tables, options: Options) -> Iterator[Block]:
    yield "Each feature has one value a participant and scene. An undefined value is missing, never 0."
    yield table(
        "Feature dictionary",
        tables.dictionary,
        "feature | kind | definition | unit | minimum:1 | maximum:1 | needs",
        link="../scenes/feature_dictionary.csv",
        folded=True,
    )


@section("methods", "Methods in short", otherwise="")
def methods_section(tables: Tables, options: Options) -> Iterator[Block]:
    if "sheet" in tables.given:
        emg = tables.setting("emg")
        filters, windows = emg["filters"], emg["windows"]
        phase = "zero phase" if filters["phase"] == "zero" else "causal"
        notch = ", notches at the mains frequency and its harmonics" if filters["notch"] else ", no mains notch"
        yield (
            f"Signal: Butterworth band-pass {filters['low_cut_hz']:g}–{filters['high_cut_hz']:g} Hz of order "
            f"{filters['order']}, {phase}{notch}; resampled to {emg['rate_hz']:g} Hz; never filtered across a gap. "
            f"Windows of {windows['length_s']:g} s every {windows['hop_s']:g} s, each inside one event, whose first "
            f"{windows['trim_start_s']:g} s and last {windows['trim_end_s']:g} s are left out."
        )
    if "eye_sheet" in tables.given:
        frames, personalise, blinks = (tables.setting(f"eyes.{name}") for name in ("frames", "personalise", "blinks"))
        which = "both eyes side by side" if frames["eyes"] == "both" else f"the {frames['eyes']} eye"
        closed = f"probability of closed eyes of {blinks['threshold']:g} or more"
        cleaned = f" Blinks ({closed}) leave the classes with open eyes." if blinks["clean"] else ""
        yield (
            f"Eye images: {which}, {frames['width_px']} × {frames['height_px']} pixels an eye, grey.{cleaned} "
            f"Personalised: each frame minus the mean of the first {personalise['seconds']:g} s of neutral frames of "
            "its person and session, which neither train nor are scored; plain: minus the training people's mean "
            "neutral image."
        )
    if tables.people:
        yield (
            "Models: participants are split before anything is fitted, early stopping uses participants of the "
            "training side, and the held-out participant changes no byte of a fold's weights. Seed "
            f"{tables.setting('learn.seed')}. Scores are computed per participant first and summarised over "
            "participants."
        )
    if tables.scene_predictions:
        scenes = tables.setting("scenes")
        yield (
            "Scenes: class probabilities at every hop, exponentially smoothed (time constant "
            f"{scenes['smoothing_s']:g} s); a state lasts at least {scenes['minimum_dwell_s']:g} s and is uncertain "
            f"below a probability of {scenes['probability_floor']:g}."
        )
    if "associations" in tables.given:
        statistics = tables.setting("statistics")
        yield (
            f"Statistics: p by permuting whole participants ({statistics['permutations']} random permutations, or "
            f"every one where there are fewer); intervals from {statistics['bootstrap']} bootstrap samples of "
            f"participants; Benjamini-Hochberg at {statistics['alpha']:g} within each "
            f"{statistics['family'].replace('_', ' ')}, Benjamini-Yekutieli beside it."
        )


@section("software", "Versions and configuration")
def software_section(tables: Tables, options: Options) -> Iterator[Block]:
    rows = [("myoscene", __version__, "report")]
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            rows.append((name, version(name), "report"))
    trained: dict[str, set[str]] = {}
    for card in tables.cards:
        for name, value in card.get("versions", {}).items():
            trained.setdefault(name, set()).add(value)
    rows += [(name, ", ".join(sorted(values)), "training") for name, values in sorted(trained.items())]
    versions = pd.DataFrame(rows, columns=["package", "version", "where"])
    yield table("Software", versions, "package | version | where=used for", folded=True)
    yield Listing(
        "Configuration of this run, defaults included",
        yaml.safe_dump(tables.config, sort_keys=False, allow_unicode=True, width=100),
    )
