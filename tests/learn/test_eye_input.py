"""What eye networks are given: personalised, standardised and augmented images."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from myoscene.learn.cohort.frames import read_cohort_frames
from myoscene.learn.engine.frames import augment_eyes, transforms
from myoscene.learn.engine.image_input import join_eyes, mean_image, network_input, split_eyes, standardised

from learn import eye_builders as b


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return b.write_eye_cohort(tmp_path_factory.mktemp("eyes"))


def frames_of(folder: Path, people: list[str]):
    return read_cohort_frames(b.cohort(folder), people, b.CLASSES)


def test_the_input_is_the_frame_minus_its_session_s_neutral(folder: Path) -> None:
    table, frames = frames_of(folder, ["p01"])
    raw = frames.batch(0, 5)
    plain_mean = torch.full((b.HEIGHT, 2 * b.WIDTH), 100.0)
    expected = (raw.pixels.float() - raw.neutrals[raw.which]) / 128
    assert torch.allclose(network_input(raw, plain_mean, True, "none")[:, 0], expected, atol=1e-5)
    expected = (raw.pixels.float() - 100) / 128
    assert torch.allclose(network_input(raw, plain_mean, False, "none")[:, 0], expected, atol=1e-5)
    assert raw.pixels.dtype == torch.uint8


def test_without_a_neutral_personalised_input_is_the_plain_one(tmp_path: Path) -> None:
    folder = b.write_eye_cohort(tmp_path, without_neutral=("p03",))
    _, frames = frames_of(folder, ["p03"])
    raw = frames.batch()
    assert raw.neutrals[raw.which].isnan().all()
    mean = torch.rand(b.HEIGHT, 2 * b.WIDTH) * 255
    assert torch.equal(network_input(raw, mean, True, "local"), network_input(raw, mean, False, "local"))


def test_frames_of_several_sessions_get_each_its_own_neutral_together_or_alone(tmp_path: Path) -> None:
    folder = b.write_eye_cohort(tmp_path, without_neutral=("p02",))
    _, frames = frames_of(folder, ["p01", "p02", "p03"])
    frames = frames.take(np.random.default_rng(1).permutation(len(frames))[:40])
    assert len(set(frames.neutral)) > 2 and -1 in frames.neutral
    mean = torch.rand(b.HEIGHT, 2 * b.WIDTH) * 255
    together = network_input(frames.batch(), mean, True, "local")
    alone = [network_input(frames.batch(place, place + 1), mean, True, "local") for place in range(len(frames))]
    assert torch.equal(together, torch.cat(alone))


def test_standardised_input_does_not_see_gain_and_offset_of_the_light(folder: Path) -> None:
    _, frames = frames_of(folder, ["p01"])
    raw = frames.batch(0, 4)
    dim = replace(raw, pixels=raw.pixels.float() * 0.5 + 20, neutrals=raw.neutrals * 0.5 + 20)
    mean = torch.rand(b.HEIGHT, 2 * b.WIDTH) * 255
    for how, most in (("eye", 0.1), ("local", 1.0)):
        near = network_input(raw, mean, True, how) - network_input(dim, mean, True, how)
        assert near.abs().max() < most
        assert network_input(raw, mean, True, how).std() > 0.05
    assert torch.allclose(network_input(raw, mean, True, "none"), 2 * network_input(dim, mean, True, "none"), atol=1e-4)


def test_local_contrast_is_that_of_the_box_around_each_pixel() -> None:
    eyes = 255 * torch.rand(2, 1, 16, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    half = 2  # of 9 / 32 of 16 rows

    def box(image: np.ndarray) -> np.ndarray:
        rows, columns = image.shape
        return np.array(
            [
                [image[max(0, r - half) : r + half + 1, max(0, c - half) : c + half + 1].mean() for c in range(columns)]
                for r in range(rows)
            ]
        )

    for place in range(2):
        image = eyes[place, 0].numpy()
        centred = image - box(image)
        spread = np.sqrt(box(centred**2))
        expected = centred / (spread + 4.0)
        assert np.allclose(standardised(eyes, "local")[place, 0].numpy(), expected)


def test_a_dim_eye_looks_like_a_bright_one() -> None:
    eyes = 200 * torch.rand(1, 1, 24, 24, generator=torch.Generator().manual_seed(4))
    dim = 0.2 * eyes + 20
    assert (standardised(eyes, "local") - standardised(dim, "local")).abs().max() < 0.6
    assert (standardised(eyes, "eye") - standardised(dim, "eye")).abs().max() < 0.2
    assert torch.equal(standardised(torch.full((1, 1, 24, 24), 7.0), "local"), torch.zeros(1, 1, 24, 24))


def test_an_eye_that_is_not_there_is_zero(folder: Path) -> None:
    _, frames = frames_of(folder, ["p01"])
    raw = frames.batch(0, 4)
    raw.has_eyes[:, 0] = False
    left, right = split_eyes(network_input(raw, torch.zeros(b.HEIGHT, 2 * b.WIDTH), True, "local")[:, 0], 2).unbind(1)
    assert (left == 0).all()
    assert (right != 0).any()


def test_the_mean_image_counts_people_alike(folder: Path) -> None:
    table, frames = frames_of(folder, ["p01", "p02"])
    chosen = np.flatnonzero(table["label"] == "neutral")[3:]  # fewer frames of p01
    part, names = frames.take(chosen), table["participant"].to_numpy()[chosen]
    pixels = part.batch().pixels.numpy().astype(float)
    expected = np.mean([pixels[names == name].mean(axis=0) for name in ("p01", "p02")], axis=0)
    assert np.allclose(mean_image(part, names).numpy(), expected, atol=1e-4)


def test_split_and_join_are_inverse() -> None:
    images = torch.rand(3, 4, 10)
    assert torch.equal(join_eyes(split_eyes(images, 2)), images)
    assert torch.equal(split_eyes(images, 2)[:, 0], images[..., :5])


def test_augmentation_stays_within_two_percent_and_never_flips() -> None:
    found = transforms(5000, 0.02, torch.Generator().manual_seed(0))[..., :2]
    determinant = found[:, 0, 0] * found[:, 1, 1] - found[:, 0, 1] * found[:, 1, 0]
    assert (determinant > 0).all(), "a mirror image"
    scale = determinant.sqrt()
    assert 0.98 <= scale.min() < 0.981
    assert 1.019 < scale.max() <= 1.02 + 1e-6
    angle = torch.atan2(found[:, 1, 0], found[:, 0, 0]).abs() / (2 * torch.pi)
    assert 0.019 < angle.max() <= 0.02 + 1e-6
    half = torch.zeros(200, 1, 24, 48)
    half[..., :8] = half[..., 24:32] = 1.0  # the left third of each eye is bright
    moved = split_eyes(augment_eyes(half, 2, 0.02, torch.Generator().manual_seed(1))[:, 0], 2)
    assert (moved[..., :8].mean(dim=(2, 3)) > 0.8).all()
    assert (moved[..., 16:].mean(dim=(2, 3)) < 0.1).all()
    bright = augment_eyes(torch.ones(300, 1, 24, 24), 1, 0.02, torch.Generator().manual_seed(2))[:, 0, 8:16, 8:16]
    assert 0.98 - 1e-4 <= bright.min() < bright.max() <= 1.02 + 1e-4


def test_augmentation_of_zero_changes_nothing() -> None:
    images = torch.rand(2, 1, 8, 16)
    assert torch.equal(augment_eyes(images, 2, 0.0, torch.Generator()), images)
