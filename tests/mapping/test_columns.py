"""What a table of a face says of its rows is no target, and is named once."""

import logging

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.mapping.columns import measured

ROWS = pd.DataFrame({"participant": "01", "time_s": np.arange(4) / 30, "jawOpen": [0.1, 0.2, 0.1, 0.3]})


def test_what_says_how_a_row_came_about_is_no_target(caplog: pytest.LogCaptureFixture) -> None:
    aside = ["frame", "faces", "presence", "is_face", "is_frozen", "yaw_deg", "pitch_deg", "roll_deg", "_neutral"]
    face = ROWS.assign(
        **dict.fromkeys(aside, 1), jawOpen_mirror_mean=0.5, browDownLeft=0.2, browDownLeft_mirror_mean=0.1
    )
    with caplog.at_level(logging.WARNING):
        assert measured("face.parquet", face) == ("jawOpen", "browDownLeft")
    assert len(caplog.records) == 1
    said = caplog.text
    assert all(name in said for name in aside) and "2 mirror means" in said


def test_angles_of_other_tables_and_means_without_their_parameter_are_measured(caplog) -> None:
    wrist = ROWS.assign(yaw_deg=[1.0, 2.0, 3.0, 4.0], smile_mirror_mean=0.5)
    assert measured("wrist.csv", wrist) == ("jawOpen", "yaw_deg", "smile_mirror_mean")
    assert not caplog.records


def test_a_table_of_nothing_but_these_is_refused() -> None:
    with pytest.raises(InputError, match="no column of numbers"):
        measured("face.csv", ROWS[["participant", "time_s"]].assign(frame=1, is_face=True, presence=0.5))
