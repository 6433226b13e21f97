"""Ratings: scale, reliability, the planted association in the truth, and its absence in the null variant."""

import numpy as np
import pytest
from myoscene.demo import people as demo
from myoscene.demo.scenes import (
    LOADINGS,
    SCENES,
    SUBSCALES,
    draw_ratings,
    normal_scores,
    planted_associations,
)


def latents(seed: int, people: int, null: bool) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Latent demand (people, scenes) and each subscale's ratings, without making any signal."""
    demand, rows = [], []
    for number in range(1, people + 1):
        made = demo.latent_demand(seed, number, null)
        demand.append(made[0])
        rows.append(draw_ratings(demo.stream(seed, number, demo.RATING_STREAM), made[1]))
    return np.array(demand), {
        s: np.array([[r[s] for r in row.values()] for row in rows], dtype=float) for s in SUBSCALES
    }


def centred(table: np.ndarray) -> np.ndarray:
    return table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()


def association(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.corrcoef(centred(a).ravel(), centred(b).ravel())[0, 1])


def icc(table: np.ndarray) -> float:
    """ICC(C,1) of McGraw & Wong 1996: people against residual, scenes' effects taken out."""
    people, scenes = table.shape
    between = scenes * table.mean(axis=1).var(ddof=1)
    residual = np.square(centred(table)).sum() / ((people - 1) * (scenes - 1))
    return (between - residual) / (between + (scenes - 1) * residual)


def test_steps_and_range() -> None:
    _, ratings = latents(1, 60, null=False)
    values = np.concatenate([table.ravel() for table in ratings.values()])
    assert values.min() >= 0
    assert values.max() <= 100
    assert (values % 5 == 0).all()
    assert ((values == 0) | (values == 100)).mean() < 0.03


@pytest.mark.parametrize("subscale", SUBSCALES)
def test_intraclass_correlation_is_about_06(subscale: str) -> None:
    _, ratings = latents(2, 400, null=False)
    assert icc(ratings[subscale]) == pytest.approx(0.6, abs=0.08)


def test_scene_effects_are_there() -> None:
    _, ratings = latents(3, 200, null=False)
    means = {s: dict(zip(SCENES, table.mean(axis=0), strict=True)) for s, table in ratings.items()}
    assert max(means["physical"], key=means["physical"].__getitem__) == "exertion"
    assert max(means["mental"], key=means["mental"].__getitem__) == "dualtask"
    assert means["mental"]["memory"] > means["mental"]["calm"] + 20


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_planted_associations_of_the_latent_demand(seed: int) -> None:
    demand, ratings = latents(seed, 8, null=False)
    assert association(demand, ratings["physical"]) > 0.8
    assert association(demand, ratings["effort"]) > 0.65


def test_planted_strength_is_what_the_truth_says() -> None:
    demand, ratings = latents(6, 500, null=False)
    ratings["raw_tlx"] = np.mean([ratings[s] for s in SUBSCALES], axis=0)
    said = {planted.subscale: planted.strength for planted in planted_associations()}
    assert set(said) == {*LOADINGS, "raw_tlx"}
    for subscale, strength in said.items():
        assert association(demand, ratings[subscale]) == pytest.approx(strength, abs=0.05)


def test_the_other_subscales_have_no_association() -> None:
    demand, ratings = latents(7, 500, null=False)
    for subscale in set(SUBSCALES) - set(LOADINGS):
        assert abs(association(demand, ratings[subscale])) < 0.06


def test_null_variant_has_no_association_over_many_seeds() -> None:
    found = {s: [] for s in SUBSCALES}
    for seed in range(150):
        demand, ratings = latents(seed, 8, null=True)
        for subscale in SUBSCALES:
            found[subscale].append(association(demand, ratings[subscale]))
    for subscale, values in found.items():
        mean = np.mean(values)
        assert abs(mean) < 3.5 * np.std(values, ddof=1) / np.sqrt(len(values)), subscale
        # 35 degrees of freedom: the spread of a correlation that is not there.
        assert np.std(values) == pytest.approx(1 / np.sqrt(35), rel=0.25), subscale


def test_null_ratings_are_as_reliable_and_as_scene_dependent() -> None:
    _, null = latents(8, 400, null=True)
    _, planted = latents(8, 400, null=False)
    for subscale in SUBSCALES:
        assert icc(null[subscale]) == pytest.approx(0.6, abs=0.08)
        assert null[subscale].mean(axis=0) == pytest.approx(planted[subscale].mean(axis=0), abs=3.0)
    assert planted_associations(null=True) == []


def test_latent_scores() -> None:
    rng = np.random.default_rng(9)
    drawn = np.array([normal_scores(rng) for _ in range(500)])
    assert drawn.shape[1] == len(SCENES)
    assert drawn.mean(axis=1) == pytest.approx(0.0, abs=1e-12)
    assert drawn.std(axis=1, ddof=1) == pytest.approx(1.0)
    assert np.abs(drawn.mean(axis=0)).max() < 0.15
