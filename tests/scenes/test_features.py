"""Expression features against values worked out by hand, and their properties."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from myoscene.core.errors import InputError
from myoscene.pipeline.summary import entropy_bits, envelope_features, model_features, temporal_features
from myoscene.scenes.expression import feature_dictionary

CLASSES = ["neutral", "smile", "frown"]
N, S, F, U = 0, 1, 2, 3


def one_hot(states):
    return np.eye(4)[np.asarray(states)][:, :3]


def features(states, probabilities=None, stretch=None, hop_s=0.5, classes=CLASSES):
    states = np.asarray(states, dtype=np.int64)
    probabilities = one_hot(states) if probabilities is None else probabilities
    stretch = np.zeros(len(states), dtype=int) if stretch is None else np.asarray(stretch)
    return model_features(states, probabilities, classes) | temporal_features(
        states, probabilities, stretch, classes, hop_s
    )


def test_a_sequence_worked_out_by_hand():
    # 12 hops of 0.5 s: 6 s = 0.1 min. Bouts: N2 S3 N1 F2 U1 S3; 5 switches.
    found = features([N, N, S, S, S, N, F, F, U, S, S, S])
    expected = {
        "occupancy_neutral": 0.25,
        "occupancy_smile": 0.5,
        "occupancy_frown": 2 / 12,
        "uncertain_share": 1 / 12,
        "occupancy_entropy_bits": 0.25 * 2 + 0.5 + math.log2(6) / 6 + math.log2(12) / 12,
        "bouts_per_minute_neutral": 20.0,
        "bouts_per_minute_smile": 20.0,
        "bouts_per_minute_frown": 10.0,
        "bout_mean_s_neutral": 0.75,
        "bout_median_s_neutral": 0.75,
        "bout_longest_s_neutral": 1.0,
        "bout_mean_s_smile": 1.5,
        "bout_longest_s_smile": 1.5,
        "latency_s_neutral": 0.0,
        "latency_s_smile": 1.0,
        "latency_s_frown": 3.0,
        "switches_per_minute": 50.0,
        # N -> S, N -> F; S -> N; F -> U; U -> S
        "transition_neutral_to_smile": 0.5,
        "transition_neutral_to_frown": 0.5,
        "transition_neutral_to_uncertain": 0.0,
        "transition_smile_to_neutral": 1.0,
        "transition_frown_to_uncertain": 1.0,
        "transition_uncertain_to_smile": 1.0,
        "transition_entropy_rate_bits": 2 / 5 * 1.0,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_a_gap_ends_bouts_switches_and_lagged_pairs():
    whole = features([S, S, S, N, N, N])
    cut = features([S, S, S, N, N, N], stretch=[0, 0, 1, 1, 1, 1])
    assert whole["bouts_per_minute_smile"] == 20.0 and cut["bouts_per_minute_smile"] == 40.0
    assert whole["bout_longest_s_smile"] == 1.5 and cut["bout_longest_s_smile"] == 1.0
    split = features([S, S, S, N, N, N], stretch=[0, 0, 0, 1, 1, 1])
    assert split["switches_per_minute"] == 0.0 and whole["switches_per_minute"] == 20.0
    assert math.isnan(split["transition_smile_to_neutral"])
    assert math.isnan(split["transition_entropy_rate_bits"])
    # lag 1 s = 2 hops: one pair a stretch of three, too few
    assert math.isnan(split["autocorrelation_1s_smile"])
    assert not math.isnan(whole["autocorrelation_1s_smile"])


def test_lagged_correlation_by_scipy_and_across_a_gap():
    from scipy.stats import pearsonr

    x = np.random.default_rng(3).random((20, 3))
    stretch = np.repeat([0, 1], 10)
    found = features(np.zeros(20, dtype=int), x, stretch)
    before = np.concatenate([x[:8, 1], x[10:18, 1]])
    after = np.concatenate([x[2:10, 1], x[12:, 1]])
    assert found["autocorrelation_1s_smile"] == pytest.approx(pearsonr(before, after).statistic)


def test_trend_by_polyfit():
    x = np.random.default_rng(4).random((31, 3))
    found = features(np.zeros(31, dtype=int), x)
    assert found["trend_frown"] == pytest.approx(np.polyfit(np.arange(31) * 0.5 / 60, x[:, 2], 1)[0])
    ramp = np.linspace(0.2, 0.8, 13)[:, None] * [1, 0, 0]
    assert features(np.zeros(13, dtype=int), ramp)["trend_neutral"] == pytest.approx(0.6 / 0.1)


def test_no_hop_gives_no_value():
    found = features(np.zeros(0, dtype=int), np.zeros((0, 3)))
    assert all(math.isnan(value) for value in found.values())


def test_one_hop():
    found = features([S])
    assert found["occupancy_smile"] == 1.0 and found["occupancy_entropy_bits"] == 0.0
    assert found["bouts_per_minute_smile"] == 120.0 and found["bout_longest_s_smile"] == 0.5
    assert found["bouts_per_minute_frown"] == 0.0 and math.isnan(found["bout_mean_s_frown"])
    assert all(math.isnan(found[name]) for name in ("switches_per_minute", "trend_smile", "latency_s_frown"))


def test_all_uncertain():
    found = features([U] * 10, np.full((10, 3), 1 / 3))
    assert found["uncertain_share"] == 1.0 and found["occupancy_smile"] == 0.0
    assert found["bouts_per_minute_smile"] == 0.0 and found["switches_per_minute"] == 0.0
    for name in (
        "bout_mean_s_smile",
        "latency_s_smile",
        "transition_smile_to_frown",
        "autocorrelation_1s_smile",
    ):
        assert math.isnan(found[name])


def test_a_single_class():
    found = features([N] * 10)
    assert found["bout_longest_s_neutral"] == 5.0 and found["latency_s_neutral"] == 0.0
    assert math.isnan(found["transition_entropy_rate_bits"]) and math.isnan(found["latency_s_smile"])


def test_envelope_by_hand():
    channels = ["brow_right", "brow_left", "chin_center", "cheek_left"]
    envelope = np.array([[0.0, 3.0], [1.0, 1.0], [-1.0, 0.0], [0.2, 0.4]])
    found = envelope_features(envelope, channels)
    assert found["envelope_mean_brow_right"] == 1.5
    assert found["envelope_p95_brow_right"] == pytest.approx(2.85)
    assert found["envelope_mean_chin_center"] == -0.5
    assert found["asymmetry_brow"] == pytest.approx((1.5 - 1) / 2.5)
    assert [name for name in found if name.startswith("asymmetry")] == ["asymmetry_brow"]
    rest = envelope_features(-np.ones((2, 3)), ["brow_right", "brow_left"])
    assert math.isnan(rest["asymmetry_brow"]) and rest["envelope_mean_brow_left"] == -1
    assert all(math.isnan(value) for value in envelope_features(np.zeros((4, 0)), channels).values())


SCENES = st.integers(1, 50).flatmap(
    lambda hops: st.tuples(
        hnp.arrays(np.int64, hops, elements=st.integers(0, 3)),
        hnp.arrays(np.float32, (hops, 3), elements=st.floats(0, 1, width=32)),
        hnp.arrays(np.int64, hops, elements=st.integers(0, 2)).map(np.sort),
        st.sampled_from([0.1, 0.25, 0.5, 1.0, 3.0]),
    )
)


@given(SCENES)
def test_features_and_dictionary_agree_and_stay_in_range(scene):
    states, probabilities, stretch, hop_s = scene
    channels = ["brow_right", "brow_left", "chin_center"]
    envelope = np.vstack([probabilities.T[:2] - 0.3, probabilities.T[2:]])
    found = features(states, probabilities, stretch, hop_s) | envelope_features(envelope, channels)
    table = feature_dictionary(CLASSES, channels, hop_s).set_index("feature")
    assert set(table.index) == set(found) and table.index.is_unique
    for name, value in found.items():
        low, high = table.loc[name, "minimum"], table.loc[name, "maximum"]
        assert math.isnan(value) or not (value < low - 1e-9 or value > high + 1e-9), (name, value, low, high)


@given(SCENES)
def test_occupancies_sum_to_one_and_entropy_is_bounded(scene):
    states, probabilities, _, _ = scene
    found = model_features(states, probabilities, CLASSES)
    assert sum(found[f"occupancy_{name}"] for name in CLASSES) + found["uncertain_share"] == pytest.approx(1)
    assert 0 <= found["occupancy_entropy_bits"] <= 2 + 1e-12
    assert (found["occupancy_entropy_bits"] == 0) == (len(set(states.tolist())) == 1)


def test_entropy_is_largest_where_all_states_are_equal():
    assert entropy_bits(np.full(4, 0.25)) == 2.0
    assert entropy_bits(np.array([0.5, 0.5, 0, 0])) == 1.0


@given(SCENES, st.randoms())
def test_static_features_do_not_depend_on_the_order(scene, random):
    states, probabilities, _, _ = scene
    order = list(range(len(states)))
    random.shuffle(order)
    channels = ["brow_right", "brow_left", "chin_center"]

    def static(index):
        return model_features(states[index], probabilities[index], CLASSES) | envelope_features(
            probabilities[index].T, channels
        )

    assert static(order) == pytest.approx(static(slice(None)), nan_ok=True, abs=1e-12)


@given(SCENES)
def test_reversed_time(scene):
    states, probabilities, stretch, hop_s = scene
    forward = features(states, probabilities, stretch, hop_s)
    backward = features(states[::-1], probabilities[::-1], stretch[::-1], hop_s)
    for name in CLASSES:
        for stem in ("bouts_per_minute", "bout_mean_s", "bout_median_s", "bout_longest_s"):
            assert backward[f"{stem}_{name}"] == pytest.approx(forward[f"{stem}_{name}"], nan_ok=True)
        assert backward[f"trend_{name}"] == pytest.approx(-forward[f"trend_{name}"], nan_ok=True, abs=1e-9)
        assert backward[f"autocorrelation_1s_{name}"] == pytest.approx(
            forward[f"autocorrelation_1s_{name}"], nan_ok=True, abs=1e-6
        )
    assert backward["switches_per_minute"] == pytest.approx(forward["switches_per_minute"], nan_ok=True)


@given(SCENES)
def test_rows_of_the_transition_matrix_sum_to_one_or_are_missing(scene):
    found = features(*scene)
    states = [*CLASSES, "uncertain"]
    for source in states:
        row = np.array([found[f"transition_{source}_to_{target}"] for target in states if target != source])
        assert np.isnan(row).all() or row.sum() == pytest.approx(1)
    assert math.isnan(found["transition_entropy_rate_bits"]) == (not found["switches_per_minute"] > 0)


@given(SCENES)
def test_bouts_add_up_to_occupancy(scene):
    states, probabilities, stretch, hop_s = scene
    found = features(states, probabilities, stretch, hop_s)
    minutes = len(states) * hop_s / 60
    for name in CLASSES:
        bouts = found[f"bouts_per_minute_{name}"] * minutes
        seconds = 0.0 if bouts == 0 else bouts * found[f"bout_mean_s_{name}"]
        assert seconds == pytest.approx(found[f"occupancy_{name}"] * minutes * 60)


def test_dictionary_without_classes_has_envelope_features_only():
    table = feature_dictionary([], ["brow_right", "brow_left"], 0.1)
    assert set(table["needs"]) == {"envelope"} and "asymmetry_brow" in set(table["feature"])
    full = feature_dictionary(CLASSES, ["brow_right"], 0.1)
    assert set(full["kind"]) == {"static", "temporal"}
    assert full["definition"].str.len().min() > 20 and full["unit"].str.len().min() > 0


@pytest.mark.parametrize("classes", [["smile", "uncertain"], ["a", "b_to_c", "a_to_b", "c"]])
def test_class_names_that_cannot_be_told_apart_are_refused(classes):
    with pytest.raises(InputError, match="uncertain|transition_a_to_b_to_c"):
        feature_dictionary(classes, [], 0.1)
