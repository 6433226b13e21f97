"""PSNR, SSIM and MDSI on pictures whose values can be worked out."""

import numpy as np
import pytest
from myoscene.restore.pictures import mdsi, psnr, ssim


def flat(value: float, shape: tuple[int, int] = (32, 40)) -> np.ndarray:
    return np.full((*shape, 3), float(value))


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (24, 24, 3))


def test_the_same_picture_is_as_near_as_can_be() -> None:
    assert psnr(noise(), noise()) == np.inf
    assert ssim(noise(), noise()) == pytest.approx(1)
    assert mdsi(noise(), noise()) == 0
    assert mdsi(noise(), noise(1)) > 0.3 and ssim(noise(), noise(1)) < 0.1


def test_psnr_is_that_of_a_known_difference() -> None:
    assert psnr(flat(100), flat(110)) == pytest.approx(20 * np.log10(255 / 10))
    assert psnr(flat(0).astype(np.uint8), flat(255).astype(np.uint8)) == pytest.approx(0)


def test_ssim_is_the_papers() -> None:
    c1, c2 = 2.55**2, 7.65**2
    # Of flat pictures, only the comparison of brightness is left (the weights of luminance add up to 0.9999).
    one, other = 0.9999 * 50, 0.9999 * 90
    assert ssim(flat(50), flat(90)) == pytest.approx((2 * one * other + c1) / (one**2 + other**2 + c1))
    # One window, worked out pixel by pixel.
    away = np.arange(-5, 6)
    weights = np.exp(-(away[:, None] ** 2 + away**2) / (2 * 1.5**2))
    weights /= weights.sum()
    x, y = (picture[:11, :11] @ [0.2989, 0.5870, 0.1140] for picture in (noise(), noise(1)))
    mx, my = (weights * x).sum(), (weights * y).sum()
    vx, vy = (weights * (x - mx) ** 2).sum(), (weights * (y - my) ** 2).sum()
    both = (weights * (x - mx) * (y - my)).sum()
    whole = (2 * mx * my + c1) * (2 * both + c2) / ((mx**2 + my**2 + c1) * (vx + vy + c2))
    assert ssim(noise()[:11, :11], noise(1)[:11, :11]) == pytest.approx(whole)


def test_mdsi_of_a_change_of_colour_alone_is_worked_out_by_hand() -> None:
    light = np.array([0.2989, 0.5870, 0.1140])
    change = np.array([40.0, 0, -40 * light[0] / light[2]])
    assert change @ light == pytest.approx(0)
    other = flat(120)
    other[:, 20:] += change
    # Gradients are those of the luminance, which did not change: only colours count, in one half of the picture.
    h, m = np.array([0.30, 0.04, -0.35]), np.array([0.34, -0.60, 0.17])
    before, after = np.full(3, 120.0), 120 + change
    top = 2 * ((before @ h) * (after @ h) + (before @ m) * (after @ m)) + 550
    colour = top / (sum((p @ plane) ** 2 for p in (before, after) for plane in (h, m)) + 550)
    apart = abs(1 - complex(0.6 + 0.4 * colour) ** 0.25) / 2
    assert mdsi(flat(120), other) == pytest.approx(apart**0.25)


def test_mdsi_of_an_edge_is_the_papers_pixel_by_pixel() -> None:
    """A grey edge that the other picture lacks; outside the picture is nothing, as in the paper's code."""
    edge = flat(100, (5, 60))
    edge[:, 30:] = 160
    pair = edge, flat(100, (5, 60))

    def gradient(picture: np.ndarray) -> np.ndarray:
        grey, found = np.pad(picture @ [0.2989, 0.5870, 0.1140], 1), np.zeros(picture.shape[:2])
        for y, x in np.ndindex(found.shape):
            box = grey[y : y + 3, x : x + 3]
            found[y, x] = np.hypot((box[:, 0] - box[:, 2]).sum() / 3, (box[0] - box[2]).sum() / 3)
        return found

    def alike(one: np.ndarray, other: np.ndarray, constant: float) -> np.ndarray:
        return (2 * one * other + constant) / (one**2 + other**2 + constant)

    r, d, f = map(gradient, (*pair, sum(pair) / 2))
    gradients = alike(r, d, 140) + alike(d, f, 55) - alike(r, f, 55)
    h, m = ([picture @ plane for picture in pair] for plane in ([0.30, 0.04, -0.35], [0.34, -0.60, 0.17]))
    colours = (2 * (h[0] * h[1] + m[0] * m[1]) + 550) / (h[0] ** 2 + h[1] ** 2 + m[0] ** 2 + m[1] ** 2 + 550)
    pooled = (0.6 * gradients + 0.4 * colours).astype(complex) ** 0.25
    assert mdsi(*pair) == pytest.approx(np.abs(pooled - pooled.mean()).mean() ** 0.25)
    assert mdsi(*pair) > 0.05
