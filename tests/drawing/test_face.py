"""The drawn face: what moves with which name, on which side, and what its drawings say."""

import json
import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from myoscene.core.errors import InputError
from myoscene.drawing import face, face_names
from myoscene.drawing.face import animation, face_canvas, face_svg
from myoscene.drawing.face_muscles import MUSCLES, muscles_of
from myoscene.drawing.face_names import NAMES, STEPS, WHOLE, mirrored_name, steps_over
from myoscene.drawing.face_parts import GREY, GREY_LINE, PARTS
from myoscene.drawing.face_shape import face_shape, half_moves, half_points
from myoscene.face.names import BLENDSHAPES, LACKING

# Where each unit shows: every part that it moves by more than 2 is of these, and the first one moves by more than 4.
BROWS, LIDS, MOUTH = "brow", "lid eyeball crease", "lip mouth line corner dimple philtrum bulge pouch"
SHOWS = {
    "AU01": f"{BROWS} forehead, crease",
    "AU02": f"{BROWS} forehead, crease",
    "AU04": f"{BROWS} between crease lid eyeball",
    "AU05": LIDS,
    "AU06": f"{LIDS} cheek below {BROWS} nasolabial",
    "AU07": f"{LIDS} below",
    "AU09": f"wing nostril tip nose nasolabial philtrum {BROWS} {LIDS} {MOUTH}",
    "AU10": f"{MOUTH} nasolabial wing nostril cheek",
    "AU12": f"{MOUTH} nasolabial cheek {LIDS} below face lips",
    "AU15": f"{MOUTH} below nasolabial",
    "AU16": f"{MOUTH} below",
    "AU17": f"{MOUTH} below chin face",
    "AU18": f"{MOUTH} nasolabial below lines",
    "AU20": f"{MOUTH} nasolabial below face",
    "AU24": f"{MOUTH} below",
    "AU26": f"{MOUTH} face chin below nasolabial teeth tongue",
    "AU45": LIDS,
    "AU61": "iris pupil glint",
}


def moved(parameters: dict[str, float]) -> dict[str, float]:
    """Curve -> how far its furthest point goes."""
    shape = face_shape()
    steps = {step: float(values[0]) for step, values in steps_over(parameters).items()}
    far = np.abs(shape.points(steps) - shape.rest).max(axis=1)
    return {curve.name: float(far[list(curve.points)].max()) for curve in shape.curves}


def points(parameters: dict[str, float]) -> np.ndarray:
    return face_shape().points({step: float(values[0]) for step, values in steps_over(parameters).items()})


def mirror(found: np.ndarray) -> np.ndarray:
    """The mirror image's points, under the names of the other side."""
    index = face_shape().index
    other = {"Left": "Right", "Right": "Left"}
    swapped = np.empty_like(found)
    for name, place in index.items():
        side = next((one for one in other if name.endswith(one)), "")
        swapped[index[name.removesuffix(side) + other[side]] if side else place] = found[place] * (-1, 1)
    return swapped


def test_every_blendshape_and_unit_has_its_movements() -> None:
    assert {name for name in NAMES if not name.startswith("AU")} == {*BLENDSHAPES, *LACKING}
    assert {f"AU{number:02d}" for number in (1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 20, 23, 25, 26, 45)} <= set(NAMES)
    moves = half_moves()
    assert {step.partition(".")[0] for step in STEPS} == set(moves)
    assert {name for move in moves.values() for name in move} <= set(half_points()), "a movement of no point"
    for part in PARTS:
        assert set(part.shown) <= set(moves) and len(part.points) % 3 == 1, part.name


@pytest.mark.parametrize("unit", SHOWS)
def test_a_unit_moves_what_it_should_and_nothing_else(unit: str) -> None:
    far = moved({unit: 1.0})
    words = SHOWS[unit].replace(",", "").split()
    strange = {name: way for name, way in far.items() if way > 2 and not any(word in name for word in words)}
    assert not strange
    assert max(way for name, way in far.items() if words[0] in name) > 4


@pytest.mark.parametrize("name", [name for name in NAMES if mirrored_name(name) != name])
def test_a_side_moves_its_own_half_and_its_mirror_image_the_other(name: str) -> None:
    own, shape = points({name: 0.7}), face_shape()
    assert np.allclose(mirror(own), points({mirrored_name(name): 0.7}))
    if name in ("AU61", "AU62") or NAMES[name][0][0] in WHOLE:  # both eyes, and the whole jaw, go to one side
        return
    side = "Left" if name.endswith(("Left", "L")) else "Right"
    other = "Right" if side == "Left" else "Left"
    far = np.abs(own - shape.rest).max(axis=1)
    assert far.max() > 0 or name in ("AU11L", "AU11R")
    assert all(far[place] == 0 for point, place in shape.index.items() if point.endswith(other)), "the other half moves"


def test_both_sides_are_the_sum_of_each() -> None:
    for unit in ("AU01", "AU12", "AU17", "AU45", "AU10"):
        both = points({unit: 0.5})
        assert np.allclose(both, points({f"{unit}L": 0.5, f"{unit}R": 0.5}))
        assert np.allclose(mirror(both), both)


def test_left_is_on_the_viewers_right() -> None:
    rest, index = face_shape().rest, face_shape().index
    for parameters, point, way in (
        ({"mouthSmileLeft": 1.0}, "cornerLeft", 1),
        ({"jawLeft": 1.0}, "chin", 1),
        ({"AU30R": 1.0}, "chin", -1),
        ({"AU61": 1.0}, "iris1Left", 1),
        ({"AU61": 1.0}, "iris1Right", 1),
    ):
        assert way * (points(parameters)[index[point], 0] - rest[index[point], 0]) > 5, (parameters, point)
    assert rest[index["cornerLeft"], 0] > 0


def test_lids_and_lips_touch_instead_of_crossing() -> None:
    for parameters in (
        {"AU45": 1.0, "AU07": 1.0, "AU06": 1.0},
        {"AU17": 1.0, "AU24": 1.0, "AU28": 1.0},
        {"mouthClose": 1.0},
    ):
        found = points(parameters)
        for first, second, _ in face_shape().above:
            assert found[first, 1] <= found[second, 1] + 12, "one passes far below the other"
        for first, second, share in face_shape().above:
            if share == 0.5:
                assert found[first, 1] <= found[second, 1] + 1e-9
    index, shut = face_shape().index, points({"AU45": 1.0})
    assert abs(shut[index["u1Left"], 1] - shut[index["l1Left"], 1]) < 1, "an eye that blinks is shut"


def test_what_goes_beyond_its_end_stops_there() -> None:
    assert np.array_equal(points({"AU12": 3.0, "mouthSmileLeft": 1.0}), points({"AU12": 1.0}))
    assert np.array_equal(points({"AU12": -1.0}), face_shape().rest)


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ({"mouthSmileleft": 1.0}, "mouthSmileLeft"),
        ({"AU12LL": 1.0}, "AU12L"),
        ({"mouthSmil": 1.0}, "mouthSmileLeft"),
        ({"jawOpen": math.inf}, "infinite"),
    ],
)
def test_what_the_face_does_not_know_is_refused_by_name(parameters: dict[str, float], told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        face_svg(parameters)
    assert next(iter(parameters)) in str(error.value)


def test_muscles_have_the_names_of_channels() -> None:
    assert muscles_of("zygomaticus_left") == [("zygomaticus_major", "Left")]
    assert muscles_of("Corrugator supercilii") == [
        ("corrugator_supercilii", "Left"),
        ("corrugator_supercilii", "Right"),
    ]
    assert len(muscles_of("frontalis_right")) == 2 and len(muscles_of("corrugator_center")) == 2
    with pytest.raises(InputError, match="zygomatikus_left.*did you mean 'zygomaticus'"):
        muscles_of("zygomatikus_left")


def test_a_missing_parameter_is_grey_where_it_moves_and_nowhere_else() -> None:
    nan = float("nan")
    plain, missing = (paths(face_svg({"eyeBlinkLeft": value})) for value in (0.0, nan))
    shape = face_shape()
    changed = {
        shape.curves[place].name for place, (one, other) in enumerate(zip(plain, missing, strict=True)) if one != other
    }
    assert {"upper lid, left", "eyeball, left"} <= changed and all(name.endswith("left") for name in changed)
    assert all(one["d"] == other["d"] for one, other in zip(plain, missing, strict=True)), "drawn at rest"
    greys = {value for path in missing for value in (path["fill"], path.get("stroke", ""))}
    assert {GREY, GREY_LINE} <= greys
    assert "1 parameters missing" in face_svg({"eyeBlinkLeft": nan})
    assert "missing" in face_svg({}, activity={"zygomaticus_left": nan})


def paths(svg: str) -> list[dict[str, str]]:
    """Attributes of the face's paths; the text has to be well-formed XML."""
    root = ET.fromstring(svg)
    return [child.attrib for child in root if child.tag.endswith("path")]


def test_the_same_face_has_the_same_bytes_and_holds_nothing_raw() -> None:
    told = {"AU12": 0.4, "AU04L": 0.3}
    one = face_svg(told, activity={"corrugator_left": 0.5}, sites=True, name="a", label='<script>"&')
    assert one == face_svg(told, activity={"corrugator_left": 0.5}, sites=True, name="a", label='<script>"&')
    root = ET.fromstring(one)
    assert root.attrib["aria-label"] == '<script>"&'
    ids = re.findall(r' id="([^"]*)"', one)
    assert ids and all(name.startswith("a-") for name in ids) and len(set(ids)) == len(ids)
    assert set(re.findall(r"url\(#([^)]*)\)", one)) <= set(ids)
    assert one.count("<circle") == 4 * len(MUSCLES)
    tints = re.findall(r'stroke-opacity="([\d.]+)"', one)
    assert len(tints) == 1 and float(tints[0]) == pytest.approx(0.46)


TIMES = np.array([0.0, 0.04, 0.09, 0.12])
CLIP = {
    "mouthSmileLeft": np.array([0.0, 0.333, 0.7777, 1.2]),
    "jawLeft": np.array([0.0, 0.5, 0.1, 0.0]),
    "AU45": np.array([0.0, np.nan, 1.0, 0.25]),
    "AU23": np.array([0.1, 0.2, 0.7, 0.9]),
}


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to run the page's script with")
def test_a_browser_draws_the_same_paths() -> None:
    script = Path(face.__file__).with_name("face.js")
    code = (
        "const data = JSON.parse(require('fs').readFileSync(0, 'utf8')); const frame = require(process.argv[1]);"
        "console.log(JSON.stringify(data.time_s.map((_, number) => frame(data, number))));"
    )
    data = animation(TIMES, CLIP)
    done = subprocess.run(["node", "-e", code, script], input=json.dumps(data), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for number, drawn in enumerate(json.loads(done.stdout)):
        fine = {step: np.floor(values * 1000 + 0.5) / 1000 for step, values in steps_over(CLIP).items()}
        at = {step: float(values[number] if len(values) > 1 else values[0]) for step, values in fine.items()}
        mine = paths(face._drawn(at, None, False, "face", ""))
        for here, there, curve in zip(mine, drawn, face_shape().curves, strict=True):
            assert here["d"] == there["d"], (number, curve.name)
            assert here.get("opacity", "1") == there["opacity"], (number, curve.name)
            assert [here["fill"], here.get("stroke", "none")] == there["colours"], (number, curve.name)


def test_a_moving_face_is_one_piece_with_nothing_raw_in_it() -> None:
    html = face_canvas(TIMES, CLIP, name="x", label="</figure><script>")
    assert "</figure><script>" not in html.replace("</script></figure>", "")
    assert html.count("<script") == 2 and not re.search(r"https?://(?!www\.w3\.org/2000/svg)|\b(?:src|href)=", html)
    assert "prefers-reduced-motion" in html and 'aria-label="&lt;/figure&gt;&lt;script&gt;: frame"' in html
    assert html == face_canvas(TIMES, CLIP, name="x", label="</figure><script>")


def test_times_that_cannot_be_played_are_refused() -> None:
    for times, told in (([], "at least one"), ([0, 1, 1, 2], "grow"), ([0, 1], "mouthSmileLeft")):
        with pytest.raises(InputError, match=told):
            animation(times, CLIP)


def test_units_have_words() -> None:
    assert face_names.meaning("AU12L") == "lip corner puller" and face_names.meaning("jawOpen") == ""
