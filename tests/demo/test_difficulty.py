"""The demo cohort is neither trivial nor hopeless, and its planted associations can be found."""

from itertools import permutations

import numpy as np
import pytest
from myoscene.demo import face
from myoscene.demo.people import SimulatedPerson, generate_cohort

from demo.lopo import Lopo


@pytest.fixture(scope="module")
def lopo(cohort: list[SimulatedPerson]) -> Lopo:
    return Lopo(cohort)


def assert_hard_enough(scores: np.ndarray) -> None:
    assert 0.6 <= scores.mean() <= 0.9, scores
    assert scores.std(ddof=1) >= 0.05, scores


def test_discriminant_on_default_cohort(lopo: Lopo) -> None:
    assert_hard_enough(lopo.macro_f1())


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_discriminant_on_other_seeds(seed: int) -> None:
    assert_hard_enough(Lopo(generate_cohort(seed=seed, scene_s=5.0)).macro_f1())


def test_no_single_person_makes_the_spread(lopo: Lopo) -> None:
    scores = lopo.macro_f1()
    assert np.delete(scores, scores.argmin()).std(ddof=1) >= 0.05, scores


def centred(table: np.ndarray) -> np.ndarray:
    return table - table.mean(axis=0) - table.mean(axis=1, keepdims=True) + table.mean()


def exact_p(feature: np.ndarray, ratings: np.ndarray) -> tuple[float, float]:
    """Correlation of doubly centred tables (people, scenes) and its exact p over permuted people."""
    products = centred(feature) @ centred(ratings).T
    orders = np.array(list(permutations(range(len(products)))))
    sums = products[np.arange(len(products)), orders].sum(axis=1)
    size = np.linalg.norm(centred(feature)) * np.linalg.norm(centred(ratings))
    return float(sums[0] / size), float(np.mean(np.abs(sums) >= abs(sums[0]) * (1 - 1e-12)))


def rating_table(people: list[SimulatedPerson], subscale: str) -> np.ndarray:
    return np.array([[row[subscale] for row in person.ratings.values()] for person in people], dtype=float)


def expressed(lopo: Lopo) -> dict[str, np.ndarray]:
    """Tables (people, scenes) of three expressed features."""
    frown, corrugator = face.CLASSES.index("frown"), face.CHANNELS.index("corrugator_center")
    scenes = [list(lopo.scenes(index).values()) for index in range(len(lopo.people))]
    return {
        "occupancy": np.array([[np.mean(p.argmax(axis=1) == frown) for p, _ in row] for row in scenes]),
        "probability": np.array([[p[:, frown].mean() for p, _ in row] for row in scenes]),
        "envelope": np.array([[e[corrugator] for _, e in row] for row in scenes]),
    }


def test_planted_association_is_found_with_an_imperfect_model(lopo: Lopo) -> None:
    # Benjamini-Hochberg over 70 features x 7 subscales; 10 planted tests share the family's rejections.
    threshold = 0.05 * 10 / (70 * 7)
    for name, table in expressed(lopo).items():
        estimate, p = exact_p(table, rating_table(lopo.people, "physical"))
        assert estimate > 0.4, name
        assert p < threshold, name


def test_unplanted_subscales_show_nothing(lopo: Lopo) -> None:
    table = expressed(lopo)["occupancy"]
    found = [
        exact_p(table, rating_table(lopo.people, s))[1] for s in ("mental", "temporal", "performance", "frustration")
    ]
    assert min(found) > 0.01, found
