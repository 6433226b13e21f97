"""OpenCV, which only this room needs."""

from typing import Any

from myoscene.core.errors import InputError


def opencv() -> Any:
    """The package, on one thread. InputError where it is not installed."""
    try:
        import cv2
    except ImportError:
        raise InputError(
            "OpenCV, which follows and paints over electrodes, is not installed; `make restore` (or `pip install "
            "'myoscene[restore]'`)"
        ) from None
    cv2.setNumThreads(1)
    return cv2
