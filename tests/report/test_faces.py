"""Faces on the page: coverage in words, no picture of anybody, and nothing where a run has no faces."""

from pathlib import Path

from myoscene.core.tables import read_table
from myoscene.face.tables import PARTICIPANT_FACES
from myoscene.report.faces import first_recording, moving

from report.conftest import Written


def test_the_page_says_how_much_of_the_faces_was_seen(with_eyes: Written, whole: Written) -> None:
    assert 'id="faces"' in with_eyes.html and 'id="faces"' not in whole.html
    section = with_eyes.html.split('id="faces"')[1].split("</section>")[0]
    for told in ("participants with a face", "30 Hz", "../face/sheet.csv", "there is no video and no face behind"):
        assert told in section
    last = with_eyes.run.participants[-1]
    assert f"Less than 80% of the frames can be used in 2 recordings: {last} task-calibration and {last} " in section
    assert 'id="figure-face_traces"' in section and "<img" not in section


def test_parameters_that_move_most_are_drawn(with_eyes: Written) -> None:
    path = with_eyes.run.paths["face_parameters"][0]
    own = first_recording(path)
    assert own.equals(read_table(path, PARTICIPANT_FACES))
    assert moving([own]) == ["jawOpen", "mouthSmileLeft", "mouthSmileRight", "browInnerUp"], "and not one that is still"
    svg = Path(next(path for path in with_eyes.wide if Path(path).stem == "face_traces")).read_text()
    assert "jawOpen" in svg and "cheekPuff" not in svg
