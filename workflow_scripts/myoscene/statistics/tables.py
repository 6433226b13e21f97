"""Tables of the `statistics` stage."""

from myoscene.core.tables import real, table, text, truth, whole

# Of the participants, who trained models (predicted by the fold that held them out) and who is only predicted.
_PEOPLE = whole("n_participants", "n_train", "n_apply")
_TESTS = whole("tests", "missing", "false_positives") | real("rate?") | whole("bh_discoveries")

SCENE_EFFECTS = table(
    "scene_effects",
    "a feature: Friedman test and mixed model over scenes",
    text("feature"),
    _PEOPLE,
    whole("n_scenes", "n_rows", "n_complete"),
    real("friedman_chi2?"),
    whole("friedman_df"),
    real("friedman_p?", "friedman_p_bh?", "friedman_p_by?"),
    truth("friedman_significant"),
    real("kendall_w?", "mixed_chi2?"),
    whole("mixed_df"),
    real("mixed_p?", "mixed_p_bh?", "mixed_p_by?"),
    truth("mixed_significant"),
    real("icc?"),
    text("note"),
    truth("synthetic"),
)

SCENE_PAIRS = table(
    "scene_pairs",
    "a feature and pair of scenes: Wilcoxon; differences are scene_b - scene_a of the same participant",
    text("feature", "scene_a", "scene_b"),
    _PEOPLE,
    real("median_difference?", "statistic?", "p?", "p_holm?"),
    text("note"),
    truth("synthetic"),
)

TLX_ASSOCIATIONS = table(
    "tlx_associations",
    "an estimator, feature and rating scale: estimate, interval, p, BH, BY",
    text("estimator"),
    truth("primary"),
    text("feature", "subscale"),
    real("estimate?", "ci_low?", "ci_high?", "p?", "p_bh?", "p_by?"),
    truth("significant"),
    _PEOPLE,
    whole("n_scenes", "n_rows"),
    real("loo_max_change?"),
    text("loo_participant"),
    whole("permutations"),
    truth("exact"),
    text("note"),
    truth("synthetic"),
)

FAMILIES = table(
    "families",
    "a family of tests within which the false discovery rate is controlled",
    text("family"),
    whole("tests", "missing", "significant_bh", "significant_by"),
    truth("synthetic"),
)

SIMULATION = table(
    "simulation",
    "an estimator and true association: share of simulated studies with p <= alpha, with a Wilson interval",
    text("estimator"),
    truth("primary"),
    real("association"),
    whole("studies", "rejected"),
    real("rate", "ci_low", "ci_high", "alpha"),
    whole("participants", "scenes"),
    real("icc"),
    truth("synthetic"),
)

NULL_COHORT = table(
    "null_cohort",
    "an estimator, on one simulated cohort whose ratings have nothing to do with its expressions",
    whole("seed"),
    text("estimator"),
    truth("primary"),
    _TESTS,
    whole("participants", "scenes", "features"),
    real("alpha"),
    truth("synthetic"),
)

NULL_CHECK = table(
    "null_check",
    "a null cohort and estimator: how often it finds what is not there; seed -1: all cohorts, with a t-interval",
    whole("seed"),
    text("estimator"),
    truth("primary"),
    whole("cohorts"),
    _TESTS,
    real("ci_low?", "ci_high?", "alpha"),
    truth("synthetic"),
)
