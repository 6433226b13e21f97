"""Repeated-measures correlation against the published examples of its authors."""

import numpy as np
import pytest
from myoscene.statistics.estimators import correlation_p, degrees_of_freedom, within_participant
from scipy import stats

# Intramural pH and PaCO2 (kPa) of eight people, Bland & Altman (1995), BMJ 310:446: the first example
# of Bakdash & Marusich (2017).
BLAND_ALTMAN = [
    [(6.68, 3.97), (6.53, 4.12), (6.43, 4.09), (6.33, 3.97)],
    [(6.85, 5.27), (7.06, 5.37), (7.13, 5.41), (7.17, 5.44)],
    [
        (7.4, 5.67),
        (7.42, 3.64),
        (7.41, 4.32),
        (7.37, 4.73),
        (7.34, 4.96),
        (7.35, 5.04),
        (7.28, 5.22),
        (7.3, 4.82),
        (7.34, 5.07),
    ],
    [(7.36, 5.67), (7.33, 5.1), (7.29, 5.53), (7.3, 4.75), (7.35, 5.51)],
    [
        (7.35, 4.28),
        (7.3, 4.44),
        (7.3, 4.32),
        (7.37, 3.23),
        (7.27, 4.46),
        (7.28, 4.72),
        (7.32, 4.75),
        (7.32, 4.99),
    ],
    [(7.38, 4.78), (7.3, 4.73), (7.29, 5.12), (7.33, 4.93), (7.31, 5.03), (7.33, 4.93)],
    [(6.86, 6.85), (6.94, 6.44), (6.92, 6.52)],
    [
        (7.19, 5.28),
        (7.29, 4.56),
        (7.21, 4.34),
        (7.25, 4.32),
        (7.2, 4.41),
        (7.19, 3.69),
        (6.77, 6.09),
        (6.82, 5.58),
    ],
]


def bland_altman():
    """pH and PaCO2 ``(1, people, repeats)`` and which are there."""
    longest = max(map(len, BLAND_ALTMAN))
    values = np.full((2, len(BLAND_ALTMAN), longest), np.nan)
    for person, pairs in enumerate(BLAND_ALTMAN):
        values[:, person, : len(pairs)] = np.transpose(pairs)
    return values[:1], values[1:], ~np.isnan(values[0])


def test_published_example_of_bland_and_altman():
    """rmcorr 0.7.0 prints r -0.5067697, df 38, p 0.0008471081."""
    ph, paco2, mask = bland_altman()
    r = float(within_participant(ph, paco2, mask, np.ones((1, 8)))[0, 0, 0])
    df = degrees_of_freedom(mask)
    assert mask.sum() == 47 and df == 38
    assert r == pytest.approx(-0.5067697, abs=5e-8)
    assert float(correlation_p(r, df)) == pytest.approx(0.0008471081, abs=5e-11)


def test_published_degrees_of_freedom_of_age_and_brain_volume():
    """The second example of Bakdash & Marusich (2017): 72 people twice, r(71) = -0.70, p < 0.001."""
    df = degrees_of_freedom(np.ones((72, 2), dtype=bool))
    assert df == 71
    assert float(correlation_p(-0.70, df)) < 0.001


def test_a_person_with_one_row_adds_no_degree_of_freedom():
    mask = np.ones((4, 3), dtype=bool)
    assert degrees_of_freedom(mask) == 7
    mask[0, 1:] = False
    assert degrees_of_freedom(mask) == 5 == degrees_of_freedom(mask[1:])
    mask[0] = False
    assert degrees_of_freedom(mask) == 5


def test_p_is_scipys():
    generator = np.random.default_rng(1)
    x, y = generator.normal(size=(2, 11))
    for result in (stats.pearsonr(x, y), stats.spearmanr(x, y)):
        assert float(correlation_p(result.statistic, 9)) == pytest.approx(result.pvalue, rel=1e-9)
    assert np.isnan(correlation_p(0.5, 0)) and np.isnan(correlation_p(np.nan, 9))
    assert float(correlation_p(-1.0, 4)) == 0.0
