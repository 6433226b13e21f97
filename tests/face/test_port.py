"""The networks and what is around them, against MediaPipe's own figures."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from myoscene.face import detector
from myoscene.face.geometry import Canonical, angles_deg, excursions, rotation
from myoscene.face.mesh import Networks, Seen, Tracker, smoother
from myoscene.face.names import BLENDSHAPES, EXCURSIONS, MIRRORED, PARAMETERS, other_side
from myoscene.face.region import Region, sample
from myoscene.face.video import Picture, read_video

# What mediapipe 0.10.21 (no part of this project) says with the same model file: FaceLandmarker in the mode VIDEO, of
# one face, with the container's times in milliseconds and as pictures RGB of PyAV 18.1, the second video enlarged by
# `frame.reformat(1920, 1080, "rgb24", interpolation="BICUBIC")`. Every 6th and every 5th frame, blendshapes in the
# order of the rows.
ROWS = "jawOpen mouthSmileLeft eyeBlinkLeft eyeBlinkRight browInnerUp eyeLookInLeft mouthPressRight browOuterUpRight"
SINGLE_FACE = """
0.023 0.024 0.022 0.003 0.070 0.060 0.068 0.074 0.066 0.068 0.065 0.063
0.000 0.000 0.000 0.105 0.861 0.859 0.877 0.894 0.882 0.872 0.860 0.864
0.050 0.104 0.099 0.112 0.176 0.310 0.172 0.169 0.161 0.155 0.139 0.140
0.024 0.071 0.052 0.058 0.154 0.308 0.147 0.150 0.133 0.130 0.112 0.114
0.463 0.254 0.305 0.263 0.130 0.171 0.130 0.117 0.094 0.093 0.094 0.100
0.121 0.107 0.137 0.178 0.161 0.087 0.100 0.147 0.121 0.108 0.111 0.138
0.019 0.018 0.015 0.137 0.159 0.186 0.210 0.251 0.187 0.234 0.218 0.238
0.227 0.115 0.130 0.086 0.043 0.063 0.049 0.046 0.044 0.050 0.055 0.053
"""
ENLARGED = """
0.001 0.001 0.001 0.001 0.001 0.000 0.001 0.000 0.000
0.541 0.659 0.703 0.755 0.936 0.941 0.897 0.895 0.795
0.694 0.745 0.773 0.800 0.850 0.837 0.825 0.799 0.805
0.368 0.408 0.416 0.507 0.625 0.639 0.621 0.651 0.616
0.421 0.205 0.214 0.226 0.320 0.184 0.119 0.093 0.074
0.260 0.159 0.144 0.075 0.147 0.111 0.076 0.112 0.067
0.025 0.011 0.010 0.009 0.029 0.023 0.017 0.016 0.008
0.572 0.201 0.141 0.147 0.271 0.137 0.091 0.076 0.046
"""


def followed(pictures: Iterator[Picture], networks: Networks) -> list[Seen]:
    tracker = Tracker(networks)
    faces = [tracker.follow(picture.pixels, picture.time_s)[1] for picture in pictures]
    return [face for face in faces if face]


def enlarged(path: Path) -> Iterator[Picture]:
    import av

    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            large = frame.reformat(1920, 1080, "rgb24", interpolation="BICUBIC")
            yield Picture(large.to_ndarray(format="rgba"), frame.time)


@pytest.mark.parametrize("name", ["single_face.mp4", "WolfgangLanger_Pexels.mp4"])
def test_blendshapes_are_those_of_mediapipe(name: str, videos: Path, networks: Networks) -> None:
    single = name == "single_face.mp4"
    faces = followed(read_video(videos / name) if single else islice(enlarged(videos / name), 41), networks)
    assert len(faces) == (72 if single else 41)
    text, every = (SINGLE_FACE, 6) if single else (ENLARGED, 5)
    expected = np.array([line.split() for line in text.strip().splitlines()], float)
    places = [BLENDSHAPES.index(row) for row in ROWS.split()]
    found = np.array([face.blendshapes for face in faces])[::every, places].T
    assert np.abs(found - expected).mean() < 0.005
    assert np.abs(found - expected).max() < 0.03
    moved = expected.std(axis=1) > 0.01
    assert moved.sum() >= 6
    for one, other in zip(found[moved], expected[moved], strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.99


def test_no_face_is_seen_where_there_is_none(videos: Path, networks: Networks) -> None:
    assert not followed(islice(read_video(videos / "no_face.mp4"), 0, 98, 7), networks)


def test_what_is_sampled_of_a_large_frame_is_not_averaged() -> None:
    """Each pixel is a mean of at most four neighbours, by 32nds: stripes of one pixel stay stripes."""
    frame = np.zeros((400, 400, 4), np.uint8)
    frame[:, ::2] = 255
    found = sample(frame, Region(200, 200, 400, 400), 100)
    assert set(np.unique(found)) == {255}
    ramp = np.repeat(np.arange(100, dtype=np.uint8)[None, :, None], 100, 0).repeat(4, 2)
    quarter = sample(ramp, Region(50, 50, 25, 25), 100)
    assert np.array_equal(quarter[50, :9, 0], np.rint(37.5 + np.arange(9) / 4 + 1e-9))


def test_outside_the_frame_is_its_border_or_black() -> None:
    frame = np.full((40, 60, 4), 200, np.uint8)
    region = Region(0, 20, 40, 40)
    assert (sample(frame, region, 20) == 200).all()
    black = sample(frame, region, 20, zero_border=True)
    assert (black[:, :9] == 0).all() and (black[:, 11:] == 200).all()


def test_a_turned_region_and_its_way_back() -> None:
    region = Region(100, 80, 60, 60, 0.3)
    middle, corner = region.to_frame(np.array([[0.5, 0.5, 0.0], [1.0, 0.5, 0.5]]))
    assert np.allclose(middle, [100, 80, 0])
    assert np.allclose(corner, [100 + 30 * np.cos(0.3), 80 + 30 * np.sin(0.3), 30])


def test_the_detector_has_its_896_anchors_and_merges_overlapping_boxes() -> None:
    cells = detector.anchors()
    assert cells.shape == (896, 2) and np.allclose(cells[0], 1 / 32) and np.allclose(cells[-1], 15 / 16)

    def network(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        raw, scores = np.zeros((896, 16), np.float32), np.full(896, -9, np.float32)
        raw[:, 2:4] = 32
        scores[[272, 273]] = (2.0, 1.0)  # two anchors of one cell
        raw[273, 0] = 3
        scores[10] = 0.5
        return raw, scores

    one, other = detector.detect(np.zeros((128, 128, 4), np.uint8), network, 0.5)
    assert one.score > other.score
    weights = 1 / (1 + np.exp(-np.array([2.0, 1.0])))
    middle = cells[272] * 128
    assert np.allclose(one.points[:2].mean(axis=0), [middle[0] + 3 * weights[1] / weights.sum(), middle[1]])


def test_smoothing_keeps_a_still_face_still_and_follows_a_fast_one() -> None:
    rng = np.random.default_rng(0)
    face = rng.uniform(100, 300, (478, 3))
    smooth, size = smoother(), float(np.ptp(face[:, :2], axis=0).mean())
    shaken = [smooth(face + rng.normal(0, 0.2, face.shape), k / 30, size) for k in range(60)]
    assert np.std([points[0, 0] for points in shaken[20:]]) < 0.12
    jumped = [smooth(face + 50, 2 + k / 30, size) for k in range(4)]
    assert np.abs(jumped[-1] - face - 50).max() < 5


def test_head_and_excursions_of_the_models_own_face(canonical: Canonical) -> None:
    """Turned by known angles, before a far camera: the angles come back, and excursions hardly change."""
    assert canonical.points.shape == (468, 3) and (canonical.weights > 0).sum() == 33
    found = []
    for yaw, pitch, roll in ((0, 0, 0), (20, 0, 0), (0, -15, 0), (10, 5, 25)):
        y, p, r = np.deg2rad([yaw, -pitch, roll])
        about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
        about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
        about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
        turned = about_y @ about_x @ about_z
        points = canonical.points @ turned.T * (4, -4, -4) + (500, 500, 0)
        points = np.vstack([points, np.zeros((10, 3))])
        seen = rotation(points, (1000, 1000), canonical)
        assert np.allclose(angles_deg(seen), (yaw, pitch, roll), atol=2.5)
        found.append(excursions(points, turned))
    assert np.allclose(found, found[0], atol=1e-6)
    assert np.allclose(found[0][::2], found[0][1::2], atol=1e-3), "the model's own face is the same on both sides"
    # A corner of the mouth that moves out and up, and a lid that closes: on its own side alone.
    still = np.vstack([canonical.points * (4, -4, -4) + 500, np.zeros((10, 3))])
    for point, move, name in ((291, (4, -4, 0), "mouth_left"), (159, (0, 4, 0), "lid_right")):
        moved = still.copy()
        moved[point] += move
        changed = dict(zip(EXCURSIONS, excursions(moved, np.eye(3)) - found[0], strict=True))
        assert {key for key, value in changed.items() if abs(value) > 1e-6} == {name}
        assert (changed[name] > 0) == (name == "mouth_left")


def test_sides_are_exchanged_and_come_back() -> None:
    assert other_side("mouthSmileLeft") == "mouthSmileRight" and other_side("lid_right") == "lid_left"
    assert other_side("jawOpen") == "jawOpen" and len(PARAMETERS) == 58
    assert np.array_equal(MIRRORED[MIRRORED], np.arange(58)) and (np.arange(58) != MIRRORED).sum() == 46
