"""The section ``mapping``: continuous targets from signals."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from myoscene.core.settings import Count, Fraction, NotNegative, Positive, Within

Share = Annotated[float, Within(gt=0, le=0.95)]
Direction = Literal["emg2exp", "exp2emg"]
ModelName = Literal["mean", "ridge", "extra_trees", "tcn"]


@dataclass(frozen=True)
class TcnSettings:
    """The causal convolutional network on the signals' recent past."""

    channels: Count = 24
    """Channels of each of its layers."""
    epochs: Count = 40
    """Most passes over the training data."""
    patience: Count = 6
    """Passes without a smaller error in nested validation after which training ends."""
    learning_rate: Positive = 0.003
    """Peak of the learning rate, which falls to 0 over the passes."""


@dataclass(frozen=True)
class MappingSettings:
    """From muscles to face parameters, and to any other target that has a clock."""

    directions: list[Direction] = field(default_factory=lambda: ["emg2exp", "exp2emg"])
    """What the workflow predicts where faces were recorded, too: face parameters from muscles (`emg2exp`), muscles from
    the face (`exp2emg`). Empty: nothing. [Buechner et al. 2025]"""
    scene_model: ModelName = "extra_trees"
    """The model that predicts over the scenes, from each person's own calibration where there is one."""
    models: list[ModelName] = field(default_factory=lambda: ["mean", "ridge", "extra_trees"])
    """What predicts: the mean of the training data (the floor, always there), a ridge on lagged signals, extremely
    randomised trees, a causal convolutional network (`tcn`)."""
    rate_hz: Positive = 30.0
    """Most rows a second: what comes faster is averaged. Adjacent rows of more nearly repeat. [Buechner et al. 2025]"""
    envelope_s: Positive = 0.2
    """Window of the RMS envelope that is taken of a raw signal; envelopes are used as they are."""
    causal: bool = False
    """Envelopes and lags look back only, for online use."""
    lag_max_s: NotNegative = 0.5
    """Longest lag between signals and targets that is looked for, to either side; in causal use behind only."""
    history_s: list[NotNegative] = field(default_factory=lambda: [0.0, 0.1, 0.2, 0.35, 0.5])
    """How far behind the estimated lag the signals are read, for each prediction."""
    train_fraction: Share = 0.6
    """Beginning of each person's recording that trains in the own calibration; the rest of everybody is what all
    protocols are scored on."""
    curve: list[Share] = field(default_factory=lambda: [0.1, 0.2, 0.4, 0.6])
    """Beginnings of the recording for the learning curve."""
    calibration_s: list[Positive] = field(default_factory=lambda: [10.0, 30.0, 60.0])
    """Seconds of an unseen person's beginning that are added to everybody else's data."""
    guard_s: NotNegative = 2.0
    """Gap between what trains and what is predicted: rows next to each other nearly repeat."""
    block_s: Positive = 10.0
    """Length of the blocks that are left out together in nested validation, and drawn together for intervals."""
    alphas: list[Positive] = field(default_factory=lambda: [0.1, 1.0, 10.0, 100.0, 1000.0, 10000.0])
    """Strengths of the ridge penalty that nested validation chooses from."""
    trees: Count = 30
    """Number of extremely randomised trees; `myoscene map-continuous` grows 200. [Geurts et al. 2006]"""
    tree_features: Fraction = 0.1
    """Share of the signals and times that each split of a tree chooses from; `myoscene map-continuous` takes half."""
    tree_rows: Annotated[int, Within(ge=100)] = 4000
    """Rows that trees are grown on, at most, evenly spread: neighbours nearly repeat, and time grows with rows;
    `myoscene map-continuous` takes 20000."""
    tcn: TcnSettings = TcnSettings()
    one_euro_hz: NotNegative = 0.0
    """Least cutoff of a one-euro filter over what is predicted; 0: none. [Casiez et al. 2012]"""
    one_euro_gain: NotNegative = 1.0
    """By how many Hz that cutoff rises for each standard deviation a second by which what is predicted moves."""
    bootstrap: Annotated[int, Within(ge=99)] = 999
    """Random draws of people (of blocks, where there is one person) for the intervals."""
    confidence: Fraction = 0.95
    """Confidence of the intervals, over people or blocks."""
    seed: int = 1
    """Seed of the trees, the network, the draws and the random split that is shown as a leak."""
