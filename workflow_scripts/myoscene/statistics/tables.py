"""Tables of the `statistics` stage."""

import pyarrow as pa

from myoscene.core.tables import Schema

SCENE_EFFECTS = Schema(
    name="scene_effects",
    grain="expression feature: does it differ between scenes",
    columns={
        "feature": pa.string(),
        "n_participants": pa.int64(),
        # Of them, who trained models (predicted by the fold that held them out) and who is only predicted.
        "n_train": pa.int64(),
        "n_apply": pa.int64(),
        "n_scenes": pa.int64(),
        "n_rows": pa.int64(),
        "n_complete": pa.int64(),
        "friedman_chi2": pa.float64(),
        "friedman_df": pa.int64(),
        "friedman_p": pa.float64(),
        "friedman_p_bh": pa.float64(),
        "friedman_p_by": pa.float64(),
        "friedman_significant": pa.bool_(),
        "kendall_w": pa.float64(),
        "mixed_chi2": pa.float64(),
        "mixed_df": pa.int64(),
        "mixed_p": pa.float64(),
        "mixed_p_bh": pa.float64(),
        "mixed_p_by": pa.float64(),
        "mixed_significant": pa.bool_(),
        "icc": pa.float64(),
        "note": pa.string(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset(
        {
            "friedman_chi2",
            "friedman_p",
            "friedman_p_bh",
            "friedman_p_by",
            "kendall_w",
            "mixed_chi2",
            "mixed_p",
            "mixed_p_bh",
            "mixed_p_by",
            "icc",
        }
    ),
)

SCENE_PAIRS = Schema(
    name="scene_pairs",
    grain="expression feature x pair of scenes; differences are scene_b - scene_a of the same participant",
    columns={
        "feature": pa.string(),
        "scene_a": pa.string(),
        "scene_b": pa.string(),
        "n_participants": pa.int64(),
        # Of them, who trained models (predicted by the fold that held them out) and who is only predicted.
        "n_train": pa.int64(),
        "n_apply": pa.int64(),
        "median_difference": pa.float64(),
        "statistic": pa.float64(),
        "p": pa.float64(),
        "p_holm": pa.float64(),
        "note": pa.string(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"median_difference", "statistic", "p", "p_holm"}),
)

TLX_ASSOCIATIONS = Schema(
    name="tlx_associations",
    grain="estimator x expression feature x NASA-TLX subscale",
    columns={
        "estimator": pa.string(),
        "primary": pa.bool_(),
        "feature": pa.string(),
        "subscale": pa.string(),
        "estimate": pa.float64(),
        "ci_low": pa.float64(),
        "ci_high": pa.float64(),
        "p": pa.float64(),
        "p_bh": pa.float64(),
        "p_by": pa.float64(),
        "significant": pa.bool_(),
        "n_participants": pa.int64(),
        # Of them, who trained models (predicted by the fold that held them out) and who is only predicted.
        "n_train": pa.int64(),
        "n_apply": pa.int64(),
        "n_scenes": pa.int64(),
        "n_rows": pa.int64(),
        "loo_max_change": pa.float64(),
        "loo_participant": pa.string(),
        "permutations": pa.int64(),
        "exact": pa.bool_(),
        "note": pa.string(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"estimate", "ci_low", "ci_high", "p", "p_bh", "p_by", "loo_max_change"}),
)

FAMILIES = Schema(
    name="families",
    grain="family of tests within which the false discovery rate is controlled",
    columns={
        "family": pa.string(),
        "tests": pa.int64(),
        "missing": pa.int64(),
        "significant_bh": pa.int64(),
        "significant_by": pa.int64(),
        "synthetic": pa.bool_(),
    },
)

SIMULATION = Schema(
    name="simulation",
    grain="estimator x true association: share of simulated studies with p <= alpha, with a Wilson interval",
    columns={
        "estimator": pa.string(),
        "primary": pa.bool_(),
        "association": pa.float64(),
        "studies": pa.int64(),
        "rejected": pa.int64(),
        "rate": pa.float64(),
        "ci_low": pa.float64(),
        "ci_high": pa.float64(),
        "alpha": pa.float64(),
        "participants": pa.int64(),
        "scenes": pa.int64(),
        "icc": pa.float64(),
        "synthetic": pa.bool_(),
    },
)

_COUNTS = {
    "tests": pa.int64(),
    "missing": pa.int64(),
    "false_positives": pa.int64(),
    "rate": pa.float64(),
    "bh_discoveries": pa.int64(),
}

NULL_COHORT = Schema(
    name="null_cohort",
    grain="estimator, on one simulated cohort whose ratings have nothing to do with its expressions",
    columns={
        "seed": pa.int64(),
        "estimator": pa.string(),
        "primary": pa.bool_(),
        **_COUNTS,
        "participants": pa.int64(),
        "scenes": pa.int64(),
        "features": pa.int64(),
        "alpha": pa.float64(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"rate"}),
)

NULL_CHECK = Schema(
    name="null_check",
    grain="null cohort x estimator; seed -1: all cohorts of an estimator, with a t-interval of the rate",
    columns={
        "seed": pa.int64(),
        "estimator": pa.string(),
        "primary": pa.bool_(),
        "cohorts": pa.int64(),
        **_COUNTS,
        "ci_low": pa.float64(),
        "ci_high": pa.float64(),
        "alpha": pa.float64(),
        "synthetic": pa.bool_(),
    },
    nullable=frozenset({"rate", "ci_low", "ci_high"}),
)
