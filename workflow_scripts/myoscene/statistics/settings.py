"""Scene effects and associations with NASA-TLX."""

from myoscene.core.settings import Key

KEYS = [
    Key(
        "statistics.alpha",
        0.05,
        "number",
        "False discovery rate within a family.",
        "convention of the field",
        above=0,
        maximum=0.5,
    ),
    Key(
        "statistics.permutations",
        50000,
        "integer",
        "Random permutations; every permutation where there are no more than this.",
        "our choice",
        minimum=99,
    ),
    Key(
        "statistics.bootstrap",
        2000,
        "integer",
        "Participant bootstrap samples for 95 % intervals.",
        "our choice",
        minimum=99,
    ),
    Key("statistics.seed", 1, "integer", "Seed of permutations and bootstrap.", "our choice", minimum=0),
    Key(
        "statistics.subscales",
        ["mental", "physical", "temporal", "performance", "effort", "frustration", "raw_tlx"],
        "strings",
        "NASA-TLX columns to associate.",
        "Hart & Staveland 1988; Hart 2006 (raw TLX)",
        choices=(
            "mental",
            "physical",
            "temporal",
            "performance",
            "effort",
            "frustration",
            "raw_tlx",
            "weighted_tlx",
        ),
    ),
    Key(
        "statistics.family",
        "estimator",
        "string",
        "What the false discovery rate is controlled over: all tests of an `estimator`, or of an estimator and "
        "a subscale.",
        "our choice",
        choices=("estimator", "estimator_and_subscale"),
    ),
    Key(
        "statistics.null_check.cohorts",
        20,
        "integer",
        "Number of simulated null cohorts, of the demo's 8 people, on which false positives are counted (seeds 1, 2, "
        "...); only with a synthetic dataset. 0 leaves it out.",
        "our choice",
        minimum=0,
    ),
    Key(
        "statistics.null_check.permutations",
        1999,
        "integer",
        "Random permutations in each null cohort.",
        "our choice",
        minimum=99,
    ),
    Key(
        "statistics.null_check.scene_s",
        30.0,
        "number",
        "Length of each scene of a null cohort, in seconds; shorter than the demo's, to save time.",
        "our choice",
        minimum=10,
    ),
    Key(
        "statistics.simulation.repeats",
        1000,
        "integer",
        "Simulated studies (12 people, 6 scenes) with which the four estimators' false positives and power are "
        "measured; 0 leaves it out.",
        "our choice",
        minimum=0,
    ),
]
