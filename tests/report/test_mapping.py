"""What the page says of muscles and faces."""

import re

from report.builders import Run
from report.conftest import Written, write


def section_of(written: Written) -> str:
    return re.search(r'<section id="mapping".*?</section>', written.html, re.S)[0]


def test_both_directions_stand_beside_their_floor(with_eyes: Written) -> None:
    said = section_of(with_eyes)
    assert said.count("<table") == 2
    assert "unseen person" in said and "\u22120.60" in said, "an R2 below 0 is shown"
    assert "Synthetic" in said


def test_the_leak_is_fenced_and_the_curve_is_no_row(with_eyes: Written) -> None:
    said = section_of(with_eyes)
    rows = re.sub(r"<tfoot.*|<p class=.note.*", "", said)
    assert "Not a result: rows drawn at random" in said
    assert not re.search(r"<td[^>]*>random rows", rows) and not re.search(r"<td[^>]*>own calibration, first", rows)
    assert "behind signals by 80 to 80 ms" in said


def test_a_run_without_it_has_no_section(whole: Written) -> None:
    assert 'id="mapping"' not in whole.html


def test_nothing_is_said_of_synthetic_data_where_there_is_none(tmp_path) -> None:
    run = Run(tmp_path, synthetic=False, models=[])
    run.write_config()
    run.write_recordings()
    run.write_emg()
    run.write_mapping()
    assert "Synthetic" not in section_of(write(run, phone=False))
