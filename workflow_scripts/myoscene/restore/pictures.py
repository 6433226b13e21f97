"""How far two pictures lie apart: PSNR, SSIM (Wang et al. 2004) and MDSI (Nafchi et al. 2016)."""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate, gaussian_filter, uniform_filter

Picture = NDArray[np.floating] | NDArray[np.uint8]
Values = NDArray[np.float64]
_LUMINANCE = np.array([0.2989, 0.5870, 0.1140])
# Of MDSI: the two planes of colour, the constants of gradients (between pictures, and with their mean) and of colours,
# the weight of gradients, and the power of pooling.
_H, _M = np.array([0.30, 0.04, -0.35]), np.array([0.34, -0.60, 0.17])
_C1, _C2, _C3, _ALPHA, _POWER = 140.0, 55.0, 550.0, 0.6, 0.25


def psnr(one: Picture, other: Picture) -> float:
    """Peak signal-to-noise ratio in dB of pictures from 0 to 255; infinite where they are the same."""
    apart = float(np.mean((one.astype(np.float64) - other.astype(np.float64)) ** 2))
    return float(10 * np.log10(255**2 / apart)) if apart else float("inf")


def ssim(one: Picture, other: Picture) -> float:
    """Mean structural similarity of the luminance of ``(height, width, 3)`` from 0 to 255; 1 where they are the same.

    With the paper's Gaussian window of 11 pixels (sigma 1.5), where it lies within the picture.
    """
    x, y = (picture.astype(np.float64) @ _LUMINANCE for picture in (one, other))

    def mean(values: Values) -> Values:
        return gaussian_filter(values, 1.5, radius=5)[5:-5, 5:-5]

    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mx, my = mean(x), mean(y)
    vx, vy, both = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    return float(np.mean((2 * mx * my + c1) * (2 * both + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))))


def mdsi(reference: Picture, other: Picture) -> float:
    """Mean deviation similarity index of ``(height, width, 3)`` from 0 to 255, red first; 0 where they are the same.

    Pictures are first averaged to about 256 pixels a side, as the paper does.
    """
    factor = max(1, round(min(reference.shape[:2]) / 256))
    r, d = (_smaller(picture.astype(np.float64), factor) for picture in (reference, other))
    light = [picture @ _LUMINANCE for picture in (r, d)]
    gr, gd, gf = (_gradient(values) for values in (light[0], light[1], (light[0] + light[1]) / 2))
    gradients = _similar(gr, gd, _C1) + _similar(gd, gf, _C2) - _similar(gr, gf, _C2)
    h, m = ([picture @ plane for picture in (r, d)] for plane in (_H, _M))
    colours = (2 * (h[0] * h[1] + m[0] * m[1]) + _C3) / (h[0] ** 2 + h[1] ** 2 + m[0] ** 2 + m[1] ** 2 + _C3)
    # Below 0 here and there, of which the paper's code, too, takes the complex root.
    pooled = (_ALPHA * gradients + (1 - _ALPHA) * colours).astype(np.complex128) ** _POWER
    return float(np.abs(pooled - pooled.mean()).mean() ** _POWER)


def _similar(one: Values, other: Values, constant: float) -> Values:
    return (2 * one * other + constant) / (one**2 + other**2 + constant)


def _gradient(values: Values) -> Values:
    """Magnitude, by Prewitt's operator."""
    across = np.array([[1, 0, -1]] * 3) / 3
    return np.hypot(*(correlate(values, kernel, mode="constant") for kernel in (across, across.T)))


def _smaller(picture: Values, factor: int) -> Values:
    if factor == 1:
        return picture
    return uniform_filter(picture, (factor, factor, 0), mode="constant")[::factor, ::factor]
