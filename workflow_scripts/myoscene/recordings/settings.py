"""Which recordings, what their tasks and events mean, and where the ratings are."""

import re
from dataclasses import dataclass, field
from typing import Literal

from myoscene.core.errors import InputError
from myoscene.core.settings import DatasetPath, FilePath, Fraction, Text, Texts

# What no class may be called.
RESERVED = ("uncertain",)


@dataclass(frozen=True)
class RatingSettings:
    """NASA-TLX ratings: where they are, and how they were given."""

    source: Literal["beh", "phenotype", "csv", "none"] = "beh"
    """Where NASA-TLX ratings are: `beh` (sub-*/beh/*_beh.tsv; the scene is the task or a column `scene`),
    `phenotype` (one wide row a person, columns `<scene>_<subscale>`), `csv` (one long table with the columns
    participant, scene and the six subscales), or `none`. [BIDS 1.11]"""
    file: DatasetPath | None = None
    """The rating table for `csv` and `phenotype`, relative to the dataset. `null`: phenotype/nasa_tlx.tsv or
    ratings.csv."""
    performance: Literal["good_to_poor", "poor_to_good"] = "good_to_poor"
    """Direction of the performance scale as rated. `poor_to_good` is turned round, so that high always means poor,
    as in NASA-TLX. [Hart & Staveland 1988]"""
    missing: Literal["error", "allow"] = "error"
    """A person or scene without ratings: stop (`error`), or leave it out of the associations and say so (`allow`)."""


@dataclass(frozen=True)
class RecordingsSettings:
    """Which recordings, what their tasks and events mean, and where the ratings are."""

    input: Literal["emg", "eyes", "features", "ratings"] = "emg"
    """What the dataset holds: raw EMG, with or without eye images (`emg`); eye images alone (`eyes`); a table of
    ready features with labels (`features`); or ratings alone (`ratings`)."""
    dataset: FilePath = "demo_cohort"
    """Folder of the BIDS dataset, relative to the working directory. Results never hold where it lies: they name one
    that lies elsewhere by its last part, here as in every path. [BIDS 1.11]"""
    feature_table: FilePath | None = None
    """With input `features`: a CSV with the columns `participant`, `label` and one numeric column a feature,
    relative to the working directory. `null` with the other inputs."""
    classes: Texts = field(default_factory=lambda: ["neutral", "smile", "frown", "brow_raise"])
    """Expression classes: the `trial_type` values of calibration events, in the order of every table. [Meybodi et
    al. 2026 (the four expressions)]"""
    neutral: Text | None = "neutral"
    """The class that is rest. `null` where the recordings have none (then no `neutral_max` normaliser). [Meybodi et
    al. 2026]"""
    calibration_tasks: Texts = field(default_factory=lambda: ["calibration"])
    """BIDS task names of labelled calibration recordings. Empty: nobody has a calibration."""
    scene_tasks: Texts = field(default_factory=list)
    """BIDS task names of scene recordings. Empty: every task that is not a calibration; with input `eyes`, none."""
    scene_events: Texts = field(default_factory=list)
    """`trial_type` values that are scenes, where one recording holds several. Empty: a scene recording is one scene,
    named like its task."""
    ignore_events: Texts = field(default_factory=list)
    """`trial_type` values to leave aside. Any other unknown one is an error."""
    channels: Texts = field(default_factory=list)
    """EMG channels to use, in this order. Empty: all, by name, and they have to be the same in everybody."""
    bad_channels: Literal["error", "keep"] = "error"
    """A channel that `channels.tsv` marks `bad`: stop (`error`), or use it and say so (`keep`)."""
    max_rate_difference: Fraction = 0.01
    """Largest relative difference between two recordings' sampling rates; more stops the run. 1 allows any, as
    everything is resampled to `emg.rate_hz`."""
    exclude_participants: Texts = field(default_factory=list)
    """Participants to leave out, without `sub-`. They are listed in the report."""
    role_column: Text | None = "role"
    """Column of `participants.tsv` that says who trains the models (`train`, or `n/a`, or no such column) and who is
    only predicted, by frozen models (`apply`). `null`: everybody trains, whatever the table says."""
    missing_calibration: Literal["error", "exclude"] = "error"
    """A person without a calibration recording: stop (`error`), or leave the person out and say so (`exclude`)."""
    ratings: RatingSettings = RatingSettings()


def check_recordings(recordings: RecordingsSettings) -> None:
    """Refuse values of the section that contradict each other, by InputErrors that name the keys."""
    classes = recordings.classes
    refuse_class_names(classes, "recordings.classes", f", and not {', '.join(RESERVED)}")
    if len(classes) < 2 and recordings.calibration_tasks:
        raise InputError(f"recordings.classes needs at least two classes, not {classes}")
    if recordings.neutral is not None and recordings.neutral not in classes:
        raise InputError(
            f"recordings.neutral is '{recordings.neutral}', which is not among recordings.classes "
            f"({', '.join(classes)})"
        )
    for one, other, advice in (
        ("ignore_events", "classes", "keep one of them"),
        ("ignore_events", "scene_events", "keep one"),
        ("calibration_tasks", "scene_tasks", "keep one"),
    ):
        both = sorted(set(getattr(recordings, one)) & set(getattr(recordings, other)))
        if both:
            raise InputError(f"recordings.{one} and recordings.{other} both name '{both[0]}': {advice}")
    if recordings.input == "features" and recordings.feature_table is None:
        raise InputError("recordings.input is 'features': name the table in recordings.feature_table")


def refuse_class_names(names: list[str], key: str, more: str = "") -> None:
    """InputError for the first name that cannot be a class's, which ``key`` lists."""
    for name in names:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED:
            raise InputError(
                f"{key}: '{name}' cannot be a class name; use lower-case letters, digits and underscores{more}"
            )
