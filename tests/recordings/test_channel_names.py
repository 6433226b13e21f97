"""Names of channels: one spelling for each, in an order that people expect."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from myoscene.core.errors import InputError
from myoscene.recordings.names import canonical_channel, natural_order


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("RightFrontalis", "frontalis_right"),
        ("LeftOrbicularis", "orbicularis_left"),
        ("CenterCorrugator", "corrugator_center"),
        ("zygomaticus_right", "zygomaticus_right"),
        ("Zyg-L", "zyg_left"),
        ("R masseter", "masseter_right"),
        ("channel1", "channel1"),
        ("EMG 3", "emg_3"),
        ("7", "channel_7"),
        ("L", "l"),
        ("L:L", "l_left"),
        ("l_left", "l_left"),
        ("left frontalis medial", "frontalis_medial_left"),
    ],
)
def test_channel_names_become_canonical(name: str, expected: str) -> None:
    assert canonical_channel(name, "x") == expected


@example("R:R")
@given(st.text(max_size=20))
def test_a_canonical_name_is_one_and_stays(name: str) -> None:
    try:
        once = canonical_channel(name, "here")
    except InputError as error:
        assert "here" in str(error)
        return
    assert once.isascii() and once.replace("_", "a").isalnum() and once[0].isalpha() and once == once.lower()
    assert canonical_channel(once, "here") == once


def test_numbers_in_names_are_ordered_as_numbers() -> None:
    assert sorted(["c10", "c2", "b", "c1"], key=natural_order) == ["b", "c1", "c2", "c10"]
