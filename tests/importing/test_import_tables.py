"""Ratings and feature tables."""

import json

import numpy as np
import pandas as pd
import pytest
from importing.import_sources import (
    text_mapping,
    text_rows,
    validator_errors,
    write_mapping,
    write_text,
)
from myoscene.core.errors import InputError
from myoscene.importing.run import import_dataset
from scipy.io import savemat

SUBSCALES = ["mental", "physical", "temporal", "performance", "effort", "frustration"]
HEADER = "Person,Scene,M,P,T,Perf,E,F,Comment"
RATINGS = {
    "file": "tlx.csv",
    "participant": {"column": "Person"},
    "columns": {
        "M": "mental",
        "P": "physical",
        "T": "temporal",
        "Perf": "performance",
        "E": "effort",
        "F": "frustration",
    },
}
LONG = RATINGS | {"scene": {"column": "Scene", "clean": True}}


def run(tmp_path, rows, ratings, header=HEADER, **more):
    (tmp_path / "src").mkdir(exist_ok=True)
    (tmp_path / "src/tlx.csv").write_text("\n".join([header, *rows]) + "\n")
    return import_dataset(
        write_mapping(tmp_path / "m", {"ratings": ratings, **more}), tmp_path / "src", tmp_path / "out"
    )


def test_one_row_a_person_becomes_a_phenotype_table(tmp_path):
    report = run(tmp_path, ["007,x,10,20,30,40,50,60,fine", "2,x,0,100,0,,0,0,"], RATINGS)
    frame = pd.read_csv(tmp_path / "out/phenotype/nasa_tlx.tsv", sep="\t", dtype=str, keep_default_na=False)
    assert list(frame.columns) == ["participant_id", *SUBSCALES]
    assert frame.values.tolist() == [
        ["sub-007", "10", "20", "30", "40", "50", "60"],
        ["sub-2", "0", "100", "0", "n/a", "0", "0"],
    ]
    about = json.loads((tmp_path / "out/phenotype/nasa_tlx.json").read_text())
    assert "0 perfect to 100 failure" in about["performance"]["Description"] and set(SUBSCALES) < set(about)
    assert report.unmapped["columns"] == {"Comment": 1, "Scene": 1}
    assert validator_errors(tmp_path / "out") == []


def test_rows_that_name_scenes_become_beh_files(tmp_path):
    rows = ["1,Dark room,10,20,30,40,50,60,", "1,Sea,0,0,0,0,0,0,"]
    run(tmp_path, rows, LONG | {"performance": "poor_to_good"})
    frame = pd.read_csv(tmp_path / "out/sub-1/beh/sub-1_task-Darkroom_beh.tsv", sep="\t")
    assert frame.to_dict("records") == [dict(zip(SUBSCALES, [10, 20, 30, 60, 50, 60], strict=True))]
    assert validator_errors(tmp_path / "out") == []


def test_the_direction_of_performance_is_told_when_turned(tmp_path):
    assert not run(tmp_path, ["1,x,1,2,3,4,5,6,"], RATINGS).findings
    (tmp_path / "out").rename(tmp_path / "other")
    report = run(tmp_path, ["1,x,1,2,3,4,5,6,"], RATINGS | {"performance": "poor_to_good"})
    assert any("written turned round" in text for text in report.findings)


def test_other_ranges_become_0_to_100(tmp_path):
    run(tmp_path, ["1,x,1,21,11,6,1,1,"], RATINGS | {"range": [1, 21], "performance": "poor_to_good"})
    frame = pd.read_csv(tmp_path / "out/phenotype/nasa_tlx.tsv", sep="\t")
    assert frame.loc[0, SUBSCALES].tolist() == [0, 100, 50, 75, 0, 0]


@pytest.mark.parametrize(
    ("rows", "ratings", "message"),
    [
        (["1,x,1,2,3,4,5,101,"], RATINGS, "tlx.csv, row 2, column 'F' holds the rating 101, outside 0 to "
            "100"),
        (["1,x,1,2,3,4,5,-1,"], RATINGS, "rating -1"),
        (["1,x,1,2,3,4,5,high,"], RATINGS, "tlx.csv, row 2, column 'F' holds 'high', which is not a number"),
        (["1,x,1,2,3,4,5,6,", "1,y,1,2,3,4,5,6,"], RATINGS, "tlx.csv, row 3 rates participant '1' again "
            ".first in row 2.*scene"),
        (["1,x,1,2,3,4,5,6,", "1,x,1,2,3,4,5,6,"], LONG, "row 3 rates participant '1', scene 'x' again"),
        (["a b,x,1,2,3,4,5,6,"], RATINGS, "tlx.csv, row 2: 'a b' is not a participant label.*rename"),
        ([",x,1,2,3,4,5,6,"], RATINGS, "tlx.csv, row 2: '' is not a participant label"),
        (["1,x,1,2,3,4,5,6,"], RATINGS | {"columns": {"M": "mental"}}, "lack the subscale.s. physical, "
            "temporal"),
        (["1,x,1,2,3,4,5,6,"], RATINGS | {"participant": {"column": "ID"}}, "tlx.csv has no column 'ID'"),
        (["1,x,1,2,3,4,5,6,"], RATINGS | {"file": "no.csv"}, "there is no ratings file 'no.csv'"),
        (["1,x,1,2,3,4,5,6,"], RATINGS | {"range": [100, 0]}, "second end is above the first"),
    ],
)  # fmt: skip
def test_ratings_that_cannot_be_used_are_refused_by_row(tmp_path, rows, ratings, message):
    with pytest.raises(InputError, match=message):
        run(tmp_path, rows, ratings)
    assert not (tmp_path / "out").exists()


def test_people_with_ratings_or_recordings_only_are_told(tmp_path):
    write_text(tmp_path / "src/p1_scene.csv", text_rows())
    mapping = text_mapping()
    mapping["source"]["files"] = "{participant}_scene.csv"
    mapping["identifiers"] = {"task": {"value": "scene"}}
    report = run(tmp_path, ["p2,x,1,2,3,4,5,6,"], RATINGS, **mapping)
    assert "participant 'p1': has recordings and no ratings" in report.findings
    assert "participant 'p2': has ratings and no recordings" in report.findings
    assert validator_errors(tmp_path / "out") == []


FEATURES = {
    "format": "matlab",
    "files": "{participant}.mat",
    "matlab": {"variable": "data"},
    "columns": [{"column": 1, "name": "forehead"}, {"column": 2, "name": "cheek"}],
    "label": {"column": 3, "values": {1: "neutral", 2: "smile"}},
}


def features(tmp_path, tables, **changes):
    (tmp_path / "src").mkdir(exist_ok=True)
    for name, table in tables.items():
        savemat(tmp_path / f"src/{name}.mat", {"data": np.asarray(table, dtype=float)})
    mapping = write_mapping(tmp_path / "m", {"features": FEATURES | changes})
    return import_dataset(mapping, tmp_path / "src", tmp_path / "out")


def test_feature_tables_keep_every_digit(tmp_path):
    values = np.random.default_rng(0).lognormal(0, 5, (4, 2))
    table = np.column_stack([values, [1, 2, 9, 1], [7, 7, 7, 7]])
    report = features(tmp_path, {"S02": table, "S01": table[::-1]})
    frame = pd.read_csv(tmp_path / "out/derivatives/features/features.csv", dtype={"participant": str})
    assert list(frame.columns) == ["participant", "label", "forehead", "cheek"]
    assert list(frame["participant"]) == ["S01"] * 3 + ["S02"] * 3
    assert list(frame["label"][3:]) == ["neutral", "smile", "neutral"]
    assert np.array_equal(frame.loc[3:, ["forehead", "cheek"]].to_numpy(), values[[0, 1, 3]])
    assert report.unmapped == {"columns": {"4": 2}, "events": {"9": 2}} and report.feature_rows == 6
    assert validator_errors(tmp_path / "out") == []


@pytest.mark.parametrize(
    ("table", "changes", "message"),
    [
        ([[1, np.nan, 1]], {}, "S01.mat, sample 1, feature 'cheek' has no value"),
        ([[1, 2, np.nan]], {}, "S01.mat, sample 1 has no label"),
        ([[1, 2]], {}, "has 2 columns, so there is no column 3"),
        (
            [[1, 2, 1]],
            {"columns": [{"column": 1, "name": "label"}]},
            "feature 'label' stands twice or is taken",
        ),
        ([[1, 2, 1]], {"files": "{participant}.csv"}, "no file below .* matches"),
    ],
)
def test_feature_tables_that_cannot_be_used_are_refused(tmp_path, table, changes, message):
    with pytest.raises(InputError, match=message):
        features(tmp_path, {"S01": table}, **changes)
    assert not (tmp_path / "out").exists()
