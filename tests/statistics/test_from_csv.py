"""Each statistic, recomputed from the CSV files as a user would, is the one in the tables."""

import importlib

import numpy as np
import pandas as pd
import pytest
from myoscene.core.tables import read_csv_table, read_table, write_table
from myoscene.emg.tables import ENVELOPES
from myoscene.learn.scores.compare import permutation_p
from myoscene.recordings.ratings import write_ratings
from myoscene.recordings.tables import EVENTS, PARTICIPANT_RECORDINGS, RATINGS
from myoscene.scenes.expression import SummarySettings, expression_features
from myoscene.scenes.tables import EXPRESSION_FEATURES, PREDICTIONS
from myoscene.statistics.estimators import ESTIMATORS
from myoscene.statistics.scene_effects import scene_effects, wilcoxon
from myoscene.statistics.tlx import TlxSettings, tlx_associations
from recordings.builders import SUBSCALES, write_tsv
from scenes import builders

PEOPLE, SCENES, HOPS, HOP_S = 7, 4, 60, 0.1
CLASSES = ["neutral", "smile"]
RATED = [SUBSCALES[0], SUBSCALES[3], "raw_tlx", "weighted_tlx"]
SETTINGS = TlxSettings(RATED, 0.05, "estimator", 200, 20, 1, [])


def recompute(results):
    return importlib.import_module("recompute").recompute(results)


def write_person(folder, person, rng):
    """What the summary of one participant reads: short bouts, whose lengths come again and again, and coarse levels."""
    names, tables = [f"scene{s}" for s in range(SCENES)], {}
    tables["recordings"] = builders.recordings(names, participant=person), PARTICIPANT_RECORDINGS
    happenings = [(name, 0.0, HOPS * HOP_S, name, "scene") for name in names]
    tables["events"] = builders.events(happenings, person), EVENTS
    lengths = [rng.integers(1, 5, HOPS) for _ in names]
    states = np.stack([np.repeat(rng.integers(0, 3, HOPS), of)[:HOPS] for of in lengths]).ravel()
    time = np.tile(np.arange(HOPS) * HOP_S, SCENES)
    place = {"participant": person, "session": "", "scene": np.repeat(names, HOPS), "recording": np.repeat(names, HOPS)}
    frame = pd.DataFrame(place).assign(segment=0, stretch=0, start_s=time, time_s=time)
    frame["expression"] = np.array([*CLASSES, "uncertain"])[states]
    for kind in ("p", "smooth"):
        for index, name in enumerate(CLASSES):
            frame[f"{kind}_{name}"] = np.where(states == index, 0.9, 0.1).astype(np.float32)
    tables["predictions"] = frame, PREDICTIONS
    level = {f"envelope__{c}": rng.integers(0, 4, len(time)).astype(np.float32) / 4 for c in builders.CHANNELS}
    signal = {"recording": np.repeat(names, HOPS), "segment": 0, "time_s": time}
    tables["envelopes"] = pd.DataFrame(signal | level), ENVELOPES
    for name, (table, schema) in tables.items():
        write_table(folder / f"{name}_{person}.parquet", table, schema)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """A results folder with all statistics, made by the jobs of the rules."""
    folder, rng = tmp_path_factory.mktemp("results"), np.random.default_rng(8)
    for name in ("scenes", "recordings", "statistics"):
        (folder / name).mkdir()
    people = [f"{number:02d}" for number in range(1, PEOPLE + 1)]
    raw = []
    header = ("scene", *SUBSCALES, *(f"weight_{name}" for name in SUBSCALES))
    for person in people:
        write_person(folder, person, rng)
        # Scales of one decimal in coarse steps, so that the same mean comes of other sums.
        values = [
            (f"scene{s}", *(rng.integers(0, 5, 6) * 12.3).round(1), *rng.permutation(range(6))) for s in range(SCENES)
        ]
        raw.append(str(write_tsv(folder / f"sub-{person}_task-ride_beh.tsv", header, values)))
    given = [
        [folder / f"{name}_{person}.parquet" for person in people]
        for name in ("recordings", "events", "envelopes", "predictions")
    ]
    tables = [folder / f"scenes/{name}" for name in ("expression_features.parquet", "expression_features.csv", "d.csv")]
    expression_features(*given, *tables, SummarySettings(CLASSES, HOP_S, True))
    rated = [str(folder / f"recordings/{name}") for name in ("ratings.parquet", "ratings.csv", "rating_notes.csv")]
    about = {"performance": "good_to_poor", "missing": "error", "participants": people, "synthetic": True}
    write_ratings(raw, [], [], *rated, source="beh", **about)
    statistics(folder, folder / "statistics")
    return folder


def statistics(given, made):
    """Both jobs on the tables of the folder ``given``, into the folder ``made``."""
    features = given / "scenes/expression_features.parquet"
    names = ("scene_effects", "scene_pairs", "scene_families", "tlx_associations", "families")
    paths = [made / f"{name}.csv" for name in names]
    scene_effects(features, *paths[:3], alpha=0.05)
    tlx_associations(features, given / "recordings/ratings.parquet", *paths[3:], SETTINGS)


def test_every_statistic_is_that_of_pandas_and_scipy(results):
    found = recompute(results)
    assert len(found) == 4 + 2 * len(ESTIMATORS) - 1
    features = pd.read_csv(results / "scenes/expression_features.csv")["feature"].nunique()
    assert len(found["tlx_associations.csv, pooled_spearman"]) == features * len(RATED)
    assert {what: sum(differ) for what, differ in found.items()} == dict.fromkeys(found, 0)


def test_the_cohort_has_ties(results):
    """Else the tests here would see nothing."""
    table = read_table(results / "scenes/expression_features.parquet", EXPRESSION_FEATURES).dropna()
    tied = table.groupby("feature")["value"].nunique() < table.groupby("feature").size()
    assert tied.mean() > 0.7
    rated = read_table(results / "recordings/ratings.parquet", RATINGS)
    assert rated["raw_tlx"].nunique() < len(rated) and rated["weighted_tlx"].nunique() < len(rated)


def test_tables_and_their_csv_hold_the_same_numbers(results):
    for name, schema in (("scenes/expression_features", EXPRESSION_FEATURES), ("recordings/ratings", RATINGS)):
        table = read_table(results / f"{name}.parquet", schema)
        read = pd.read_csv(results / f"{name}.csv", dtype={"participant": str})
        for column in table.select_dtypes("float64"):
            np.testing.assert_array_equal(read[column], table[column], err_msg=column)


def test_statistics_of_the_csv_are_the_tables_byte_for_byte(results, tmp_path):
    for name in ("scenes", "recordings", "statistics"):
        (tmp_path / name).mkdir()
    for name, schema in (("scenes/expression_features", EXPRESSION_FEATURES), ("recordings/ratings", RATINGS)):
        write_table(tmp_path / f"{name}.parquet", read_csv_table(results / f"{name}.csv", schema), schema)
    statistics(tmp_path, tmp_path / "statistics")
    made = sorted((tmp_path / "statistics").iterdir())
    assert len(made) == 5
    for path in made:
        assert path.read_bytes() == (results / "statistics" / path.name).read_bytes(), path.name


def test_differences_that_are_equal_are_tied():
    """0.3 - 0.2, 0.2 - 0.1 and 0.1 - 0 are one step each, though not to the last bit."""
    before, after = np.array([0.2, 0.1, 0.0, 0.3, 0.5]), np.array([0.3, 0.2, 0.1, 0.2, 0.8])
    assert len(set(np.abs(after - before))) > 2
    assert wilcoxon(after - before)["statistic"] == 2.5
    assert wilcoxon(np.array([0.3, 0.1 + 0.2, 0.5, 0.7]) - np.array([0.1 + 0.2, 0.3, 0.4, 0.6]))["p"] == 0.5


def test_a_table_of_scores_gives_the_p_of_the_scores_themselves():
    """Scores are read with ten digits, which break ties among sums of thirds."""
    rng = np.random.default_rng(2)
    for _ in range(40):
        difference = rng.integers(-3, 4, 8) / 3
        read = np.array([float(f"{value:.10g}") for value in difference])
        assert permutation_p(read, 10_000, 1)[0] == permutation_p(difference, 10_000, 1)[0]
        # Thirds as the difference of two rounded scores.
        scores = rng.integers(0, 4, (2, 8)) / 3
        rounded = np.array([[float(f"{value:.10g}") for value in row] for row in scores])
        expected = permutation_p(scores[0] - scores[1], 10_000, 1)[0]
        assert permutation_p(rounded[0] - rounded[1], 10_000, 1)[0] == expected
