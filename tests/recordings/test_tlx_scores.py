"""Raw and weighted TLX of six ratings, by hand and within their range."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from myoscene.recordings.ratings import score
from myoscene.recordings.ratings_tables import Rating
from recordings.builders import SUBSCALES


def rating(numbers: tuple[float, ...], weights: tuple[int, ...] = ()) -> Rating:
    return Rating(
        "01", "", "calm", dict(zip(SUBSCALES, numbers, strict=True)),
        dict(zip(SUBSCALES, weights, strict=True)) if weights else {},
    )  # fmt: skip


def test_scores_by_hand() -> None:
    row = score([rating((10, 20, 30, 40, 50, 60), (5, 4, 3, 2, 1, 0))], "good_to_poor", False).iloc[0]
    assert row["raw_tlx"] == 35.0
    assert row["weighted_tlx"] == pytest.approx((50 + 80 + 90 + 80 + 50 + 0) / 15)
    turned = score([rating((10, 20, 30, 40, 50, 60), (5, 4, 3, 2, 1, 0))], "poor_to_good", False).iloc[0]
    assert turned["performance"] == 60.0
    assert turned["raw_tlx"] == pytest.approx((10 + 20 + 30 + 60 + 50 + 60) / 6)
    assert turned["weighted_tlx"] == pytest.approx((50 + 80 + 90 + 120 + 50 + 0) / 15)
    assert pd.isna(score([rating((10, 20, 30, 40, 50, 60))], "good_to_poor", False)["weighted_tlx"].iloc[0])


@given(st.tuples(*[st.floats(0, 100)] * 6))
def test_scores_stay_in_range_and_turning_twice_is_nothing(numbers: tuple[float, ...]) -> None:
    row = score([rating(numbers, (0, 1, 2, 3, 4, 5))], "poor_to_good", False).iloc[0]
    assert -1e-9 <= row["raw_tlx"] <= 100 + 1e-9
    assert -1e-9 <= row["weighted_tlx"] <= 100 + 1e-9
    back = score([rating(tuple(row[name] for name in SUBSCALES))], "poor_to_good", False).iloc[0]
    assert back["performance"] == pytest.approx(numbers[3], abs=1e-9)
