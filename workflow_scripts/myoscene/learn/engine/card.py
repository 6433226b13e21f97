"""What a checkpoint's card says of a training (METHODS 4)."""

import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

from myoscene import __version__
from myoscene.learn.cohort.identity import COHORT
from myoscene.learn.cohort.split import Split, config_hash


def make_card(
    model: str,
    split: Split,
    classes: list[str],
    missing: list[str],
    inputs: dict[str, Any],
    about: dict[str, Any],
    packages: Sequence[str],
    history: list[dict[str, Any]],
) -> dict[str, Any]:
    """The card as plain values.

    Args:
        missing: classes that none of the training people has.
        inputs: what the model reads and its sizes: ``features``, or ``channels`` and sample counts.
        about: ``settings`` (the model's own section), ``seed``, ``rate_hz``, ``windows``, ``conditioning``,
            ``normaliser`` and ``synthetic``. Its hash binds checkpoint and config. Beside them the ``cohort`` (see
            :mod:`myoscene.learn.cohort.identity`), which has a hash of its own.
        packages: distributions whose versions are recorded.
    """
    return {
        "model": model,
        "fold": split.fold,
        "training_participants": list(split.training),
        "validation_participants": list(split.validation),
        "classes": classes,
        "missing_classes": missing,
        **inputs,
        **about,
        "config_sha256": config_hash({"model": model, "classes": classes, **_settings(about)}),
        "versions": {
            "myoscene": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in packages},
        },
        "history": history,
    }


def _settings(about: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in about.items() if name != COHORT}


EVENTS = "windows", "check their calibration events"
FRAMES = (
    "eye frames",
    "check the labels of their eye images, and what was left out (results/eyes/removed.csv, results/learn/blinks)",
)


def require_trainable(labels: Sequence[str], classes: list[str], fold: str, of: tuple[str, str] = EVENTS) -> list[str]:
    """The ``classes`` found in the training ``labels``, in class order; InputError when there are fewer than 2.

    Args:
        of: what has the labels, and what to do about it.
    """
    from myoscene.core.errors import InputError

    found = set(labels)
    trained = [name for name in classes if name in found]
    if len(trained) < 2:
        raise InputError(
            f"the training participants of fold '{fold}' have {of[0]} of {len(trained)} class(es) "
            f"({', '.join(trained) or 'none'}), at least 2 are needed; {of[1]}"
        )
    return trained
