"""Rendered eyes: expressions move what they should, blinks close the lids, sides are mirrored."""

from dataclasses import replace

import numpy as np
import pytest
from myoscene.demo import face
from myoscene.demo.activity import Bout
from myoscene.demo.eye_person import SIDES, EyeLook, EyePerson, Pose, Wearing, draw_eyes, movement_of, poses
from myoscene.demo.eye_render import render
from myoscene.demo.eyes import EyeRecording, clock_offset_s, eye_recordings
from myoscene.demo.people import SimulatedPerson, generate_person
from myoscene.demo.scenes import events_of
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import balanced_accuracy_score
from sklearn.pipeline import make_pipeline

SHAPE = (44, 44)


def eyes(seed: int = 0) -> EyePerson:
    return draw_eyes(np.random.default_rng(seed))


def other(look: EyeLook, **changes: float) -> EyeLook:
    return EyeLook(**vars(look) | changes)


def picture(person: EyePerson, side: str = "left", shape: tuple[int, int] = SHAPE, **changes: float) -> np.ndarray:
    """(height, width) float: the mean of 30 pictures of one pose, so that noise plays no part."""
    rest = dict.fromkeys(Pose._fields, 0.0) | {"pupil": 1.0, "scale": 1.0, "gain": 1.0} | changes
    pose = Pose(**{name: np.full(30, value, dtype=np.float32) for name, value in rest.items()})
    return render(person.looks[side], pose, shape, side, np.random.default_rng(1)).astype(float).mean(axis=0)


def brow_row(person: EyePerson, **pose: float) -> float:
    """Row of the image, from the top, in which the brow is: what is darker than without a brow."""
    without = replace(person, looks={side: other(look, brow_depth=0.0) for side, look in person.looks.items()})
    dark = np.clip(1.0 - picture(person, **pose) / picture(without, **pose), 0.0, None)
    return float((dark.sum(axis=1) * np.arange(len(dark))).sum() / dark.sum())


def opening(image: np.ndarray) -> float:
    """Contrast where iris, pupil and sclera are when the eye is open."""
    return float(image[22:32, 14:30].std())


@pytest.mark.parametrize("seed", range(4))
def test_expressions_move_what_they_should(seed: int) -> None:
    person = eyes(seed)
    person = replace(person, looks={side: other(look, brow_height=14.0) for side, look in person.looks.items()})
    at_rest = brow_row(person)
    assert brow_row(person, lift=0.8) < at_rest - 2.0
    assert brow_row(person, frown=0.8) > at_rest + 1.0
    rest = picture(person)
    smile = picture(person, cheek=1.0)
    below = slice(33, 40), slice(16, 28)
    assert smile[below].mean() > rest[below].mean() + 3.0
    # The lower lid comes up: less of the eye is seen. Raised brows take the upper lid along.
    assert np.abs(smile[26:34] - rest[26:34]).mean() > 3 * np.abs(smile[:12] - rest[:12]).mean()


@pytest.mark.parametrize("seed", range(4))
def test_closed_eyes_hide_iris_and_pupil(seed: int) -> None:
    person = eyes(seed)
    assert opening(picture(person, close=1.0)) < 0.6 * opening(picture(person))


def test_sides_are_mirrored_and_not_the_same() -> None:
    person = eyes(3)
    same = replace(person, looks=dict.fromkeys(SIDES, person.looks["left"]))
    left, right = picture(same, "left"), picture(same, "right")
    # Anatomically mirrored: one look drawn for both sides gives mirror images, apart from the noise.
    assert np.abs(left - right[:, ::-1]).mean() < 1.0 < 4.0 < np.abs(left - right).mean()
    # A frown's furrow is towards the nose: at the right of the left eye's image, at the left of the right one's.
    furrow = [picture(same, side, frown=1.0) - picture(same, side) for side in SIDES]
    assert furrow[0][8:20, 38:].mean() < furrow[0][8:20, :6].mean() - 3
    assert furrow[1][8:20, :6].mean() < furrow[1][8:20, 38:].mean() - 3
    # Both eyes look to the same side of the room, whichever way their images are mirrored.
    dark = other(person.looks["left"], pupil_grey=20.0, iris_grey=60.0, sclera=165.0, place_x=0.0, place_y=0.0)
    for side in SIDES:
        looking = replace(person, looks=dict.fromkeys(SIDES, dark))
        moved = picture(looking, side, gaze_x=3.0) - picture(looking, side, gaze_x=-3.0)
        assert moved[23:28, 26:31].mean() < -10 and moved[23:28, 13:18].mean() > 10
    assert np.abs(picture(person, "left") - picture(person, "right")[:, ::-1]).mean() > 1.5


def test_a_shifted_headset_shifts_both_images_alike() -> None:
    person = eyes(5)
    for side in SIDES:
        rest, moved = picture(person, side), picture(person, side, shift_x=3.0)
        assert np.abs(moved[15:35, 13:33] - rest[15:35, 10:30]).mean() < np.abs(moved - rest)[15:35, 10:30].mean() / 2


def test_muscles_of_a_side_move_that_side() -> None:
    weights = np.zeros(len(face.CHANNELS))
    weights[face.CHANNELS.index("frontalis_left")] = 40.0
    bout = Bout(0.0, 1.0, "brow_raise", weights)
    assert movement_of(bout, "left")["raise"] == pytest.approx(1.0, abs=0.03)
    assert movement_of(bout, "right")["raise"] == 0.0
    stronger = movement_of(bout._replace(weights_uv=2 * weights), "left")["raise"]
    assert 1.0 < stronger < 1.25


def test_movement_follows_the_muscles_and_ends_with_them() -> None:
    person = replace(eyes(1), restless=dict.fromkeys(("cheek", "frown", "raise"), 0.0))
    weights = np.full(len(face.CHANNELS), 40.0)
    times = dict.fromkeys(SIDES, np.arange(0.0, 8.0, 0.01))
    bouts = [Bout(2.0, 3.0, "smile", weights), Bout(6.5, 0.1, "blink", weights)]
    rng = np.random.default_rng(2)
    seen = poses(rng, person, Wearing(rng), bouts, [(7.2, 7.6)], times, 0.0, 2.0)["left"]
    cheek = seen.cheek / seen.cheek.max()
    assert (cheek[:205] == 0).all()
    assert cheek[250:500] == pytest.approx(1.0, abs=1e-6)
    assert (cheek[570:] == 0).all()
    closed = seen.close
    assert closed[:650].max() == 0.0 and closed[650:665].max() > 0.95
    assert closed[690:715].max() == 0.0 and closed[740:760].min() == 1.0


def first_two(number: int, scene_s: float = 5.0) -> tuple[SimulatedPerson, list[EyeRecording]]:
    person = generate_person(number, scene_s=scene_s)
    recordings = eye_recordings(person, number, 1)
    return person, [next(recordings), next(recordings)]


def test_blinks_are_those_of_the_emg() -> None:
    openings: dict[bool, list[float]] = {True: [], False: []}
    for number in (1, 6, 7, 8):
        person, (_, calibration) = first_two(number)
        made = [b for b in person.recordings[0].bouts if b.label == "blink"]
        assert [b.onset_s for b in events_of(calibration.bouts, "blink")] == pytest.approx(
            [b.onset_s for b in made], abs=1e-3
        )
        assert len(made) >= 5
        times = calibration.times_s["left"]
        since = times[:, None] - np.array([b.onset_s for b in made])[None]
        during = ((since > 0.08) & (since < 0.15)).any(axis=1)
        away = ((since < -0.3) | (since > 0.6)).all(axis=1)
        values = np.array([opening(image.astype(float)) for image in calibration.images["left"]])
        openings[True] += list(values[during] / np.median(values))
        openings[False] += list(values[away] / np.median(values))
    assert len(openings[True]) > 15
    assert np.median(openings[True]) < 0.65
    assert np.percentile(openings[False], 5) > np.percentile(openings[True], 75)


def test_adjusting_shows_open_then_closed_eyes() -> None:
    for number in (1, 4, 8):
        _, (adjust, _) = first_two(number)
        times, labels = adjust.times_s["left"], np.array(adjust.labels["left"])
        assert (adjust.task, adjust.run, adjust.session) == ("adjust", "1", "1")
        assert set(labels[times < 8]) == {"neutral"} and set(labels[times >= 8]) == {"closed"}
        values = np.array([opening(image.astype(float)) for image in adjust.images["left"]])
        assert values[times > 9].max() < np.median(values[times < 8]) * 0.75


def trimmed(recording: EyeRecording) -> np.ndarray:
    """Positions of labelled frames at least 0.5 s after the start and 0.1 s before the end of their cue."""
    labels = np.array([*recording.labels["left"], "end"])
    edges = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    runs = [np.arange(a + 5, b - 1) for a, b in zip(edges[:-1], edges[1:], strict=True) if labels[a]]
    return np.concatenate(runs)


def seen(recording: EyeRecording, side: str = "left") -> np.ndarray:
    """(frames, 121): images of one eye as means of 4 x 4 pixels."""
    images = recording.images[side]
    return images.reshape(len(images), 11, 4, 11, 4).mean(axis=(2, 4)).reshape(len(images), -1)


def test_people_differ_and_their_neutral_face_helps() -> None:
    plain, personal, labels = [], [], []
    for number in range(1, 9):
        _, (adjust, calibration) = first_two(number)
        neutral = seen(adjust)[adjust.times_s["left"] - adjust.times_s["left"][0] < 5].mean(axis=0)
        chosen = trimmed(calibration)
        plain.append(standardised(seen(calibration)[chosen]))
        personal.append(standardised(seen(calibration)[chosen] - neutral))
        labels.append(np.array(calibration.labels["left"])[chosen])
    without, with_neutral = across_people(plain, labels), across_people(personal, labels)
    assert 0.3 < without.mean() < 0.75, without
    assert 0.6 < with_neutral.mean() < 0.92, with_neutral
    assert with_neutral.mean() > without.mean() + 0.08
    assert with_neutral.std(ddof=1) > 0.04


def standardised(values: np.ndarray) -> np.ndarray:
    values = values - values.mean(axis=1, keepdims=True)
    return values / values.std(axis=1, keepdims=True)


def across_people(values: list[np.ndarray], labels: list[np.ndarray]) -> np.ndarray:
    """Balanced accuracy of each person by a discriminant of the others."""
    scores = []
    for held in range(len(values)):
        others = [k for k in range(len(values)) if k != held]
        model = make_pipeline(PCA(20, random_state=0), LinearDiscriminantAnalysis())
        model.fit(np.concatenate([values[k] for k in others]), np.concatenate([labels[k] for k in others]))
        scores.append(balanced_accuracy_score(labels[held], model.predict(values[held])))
    return np.array(scores)


def test_clocks() -> None:
    assert [clock_offset_s(number) for number in (1, 2, 3, 4, 11)] == [0.0, 0.0, -1.7, 0.0, -1.7]
