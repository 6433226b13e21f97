"""NASA-TLX from every place where it may stand, and every rating that is refused."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.recordings.bids import index_dataset, raw_files
from myoscene.recordings.describe import describe_participant
from myoscene.recordings.ratings import write_ratings
from myoscene.recordings.ratings_tables import Rating, classify, read_ratings_file
from myoscene.recordings.tables import RATINGS
from recordings.builders import SUBSCALES, write_emg, write_rating, write_tsv

ONE = (10, 20, 30, 40, 50, 60)
TWO = (15, 25, 35, 45, 55, 65)


def values(rating: Rating) -> tuple[Any, ...]:
    return tuple(rating.values[name] for name in SUBSCALES)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("mental", ("value", "mental")),
        ("MentalDemand", ("value", "mental")),
        ("mental_demand", ("value", "mental")),
        ("Physical Demand", ("value", "physical")),
        ("NASA-TLX Temporal", ("value", "temporal")),
        ("tlx_effort", ("value", "effort")),
        ("Frustration level", ("value", "frustration")),
        ("own performance", ("value", "performance")),
        ("weight_mental", ("weight", "mental")),
        ("EffortWeight", ("weight", "effort")),
        ("weight_physical_demand", ("weight", "physical")),
        ("weight", None),
        ("age", None),
        ("mentality", None),
        ("body_weight", None),
    ],
)
def test_columns_are_recognised(column: str, expected: tuple[str, str] | None) -> None:
    assert classify(column) == expected


def test_one_file_a_scene(tmp_path: Path) -> None:
    path = write_rating(tmp_path, "01", "calm", ONE, session="2")
    (found,), others = read_ratings_file(str(path), "beh", ["01"])
    assert (found.participant, found.session, found.scene) == ("01", "2", "calm")
    assert values(found) == ONE
    assert others == set()


def test_rows_with_a_scene_column(tmp_path: Path) -> None:
    path = write_tsv(tmp_path / "sub-01_task-ride_beh.tsv", ("scene", *SUBSCALES), [("calm_sea", *ONE), ("hard", *TWO)])
    found, _ = read_ratings_file(str(path), "beh", ["01"])
    assert [(rating.scene, values(rating)) for rating in found] == [("calm_sea", ONE), ("hard", TWO)]


def test_behaviour_of_another_kind_is_left_aside(tmp_path: Path) -> None:
    path = write_tsv(tmp_path / "sub-01_task-stroop_beh.tsv", ("reaction_time",), [(1,), (2,)])
    assert read_ratings_file(str(path), "beh", ["01"]) == ([], set())


def test_one_wide_row_a_person(tmp_path: Path) -> None:
    header = ["participant_id", "age"]
    header += [
        f"{scene}_{name}_demand" if name == "mental" else f"{scene}_{name}"
        for scene in ("calm", "dual_task")
        for name in SUBSCALES
    ]
    path = write_tsv(
        tmp_path / "nasa.tsv", header,
        [("sub-01", 30, *ONE, *TWO), ("sub-02", 31, *TWO, *["n/a"] * 6), ("sub-03", 1, *ONE, *TWO)],
    )  # fmt: skip
    found, others = read_ratings_file(str(path), "phenotype", ["01", "02"])
    assert [(rating.participant, rating.scene, values(rating)) for rating in found] == [
        ("01", "calm", ONE), ("01", "dual_task", TWO), ("02", "calm", TWO),
    ]  # fmt: skip
    assert others == {"03"}


def test_one_wide_row_without_scenes(tmp_path: Path) -> None:
    path = write_tsv(tmp_path / "nasa.tsv", ("participant_id", *SUBSCALES), [("sub-01", *ONE)])
    (found,), _ = read_ratings_file(str(path), "phenotype", ["01"])
    assert (found.scene, values(found)) == ("", ONE)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_one_long_table(tmp_path: Path, delimiter: str) -> None:
    rows = [
        ("Participant ID", "Scene", "Session", "Age", *SUBSCALES),
        ("7Q5SI", "calm", "ses-1", 30, *ONE),
        ("AB", "calm", "1", 30, *TWO),
    ]
    path = tmp_path / "long.csv"
    path.write_text("\n".join(delimiter.join(map(str, row)) for row in rows) + "\n")
    found, others = read_ratings_file(str(path), "csv", ["7Q5SI"])
    assert [(r.participant, r.session, r.scene, values(r)) for r in found] == [("7Q5SI", "1", "calm", ONE)]
    assert others == {"AB"}


LONG = ("participant", "scene", *SUBSCALES)
WIDE = ("participant", *(f"calm_{name}" for name in SUBSCALES[:5]))
WEIGHTED = (*LONG, *(f"weight_{name}" for name in SUBSCALES))


@pytest.mark.parametrize(
    ("header", "rows", "says"),
    [
        (LONG, [("01", "calm", *ONE[:5], 101)], "row 2: participant 01 has 101 in column 'frustration'"),
        (LONG, [("01", "calm", *ONE), ("01", "hard", -1, *ONE[1:])], "row 3: participant 01 has -1 in"),
        (LONG, [("01", "calm", "high", *ONE[1:])], "row 2, column 'mental': 'high' is not a number"),
        (LONG, [("a b", "calm", *ONE)], "row 2: participant 'a b' is not a BIDS label"),
        (LONG, [("a/b", "calm", *ONE)], "row 2: participant 'a/b' is not a BIDS label"),
        (LONG[:-1], [("01", "calm", *ONE[:5])], "row 1: the subscale 'frustration' has no column"),
        ((*LONG, "MentalDemand"), [("01", "calm", *ONE, 1)], "'mental' and 'MentalDemand' both are 'mental'"),
        (("participant", "scene"), [("01", "calm")], "there are no NASA-TLX columns"),
        (LONG[1:], [("calm", *ONE)], "row 1: there is no column 'participant'"),
        (WEIGHTED, [("01", "calm", *ONE, 5, 4, 3, 2, 1, 1)], "row 2: the weights (mental 5, physical 4"),
        (WEIGHTED, [("01", "calm", *ONE, 6, 3, 3, 2, 1, 0)], "are not the counts of 15 pairs"),
        (WEIGHTED, [("01", "calm", *ONE, 5, 4, 3, 2, 1, "n/a")], "are not the counts of 15 pairs"),
        (WEIGHTED, [("01", "calm", *ONE, 4.5, 4.5, 3, 2, 1, 0)], "are not the counts of 15 pairs"),
        (WEIGHTED[:-1], [("01", "calm", *ONE, 5, 4, 3, 2, 1)], "the weight 'frustration' has no column"),
        (WIDE, [("01", *ONE[:5])], "the subscale of scene 'calm' 'frustration' has no column"),
    ],
)  # fmt: skip
def test_a_wrong_table_is_refused_with_file_and_row(tmp_path: Path, header: Any, rows: Any, says: str) -> None:
    path = write_tsv(tmp_path / "r.tsv", header, rows)
    with pytest.raises(InputError) as raised:
        read_ratings_file(str(path), "phenotype" if "calm_mental" in header else "csv", ["01"])
    assert str(raised.value).startswith(str(path))
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_scene_file_with_two_rows_is_refused(tmp_path: Path) -> None:
    path = write_tsv(tmp_path / "sub-01_task-calm_beh.tsv", SUBSCALES, [ONE, TWO])
    with pytest.raises(InputError, match="row 3: 2 rows in the file of one scene"):
        read_ratings_file(str(path), "beh", ["01"])
    write_tsv(path, SUBSCALES, [])
    with pytest.raises(InputError, match="row 1: 0 rows"):
        read_ratings_file(str(path), "beh", ["01"])


class Cohort:
    """Described recordings of a dataset, and one call that reads its ratings."""

    def __init__(self, folder: Path, scene_events: tuple[str, ...] = ()) -> None:
        self.folder = folder
        self.recordings: list[str] = []
        self.events: list[str] = []
        found = index_dataset(str(folder / "ds"))
        self.people = sorted({recording.participant for recording in found})
        for name in self.people:
            raw = raw_files(str(folder / "ds"), [r for r in found if r.participant == name])
            self.recordings.append(str(folder / "p" / f"{name}.parquet"))
            self.events.append(str(folder / "e" / f"{name}.parquet"))
            describe_participant(
                raw, self.recordings[-1], self.events[-1], calibration_tasks=["calibration"],
                classes=["neutral", "smile", "frown", "brow_raise"], neutral="neutral",
                scene_events=scene_events, ignore_events=[], channels=[], synthetic=False,
            )  # fmt: skip

    def read(
        self, files: list[str], source: str, missing: str = "error", **more: Any
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        out = self.folder
        write_ratings(
            files, self.recordings, self.events, str(out / "r.parquet"), str(out / "r.csv"),
            str(out / "n.csv"), source=source, performance="good_to_poor", missing=missing,
            **{"participants": self.people, "synthetic": False, **more},
        )  # fmt: skip
        notes = pd.read_csv(out / "n.csv", dtype=str, keep_default_na=False)
        return read_table(out / "r.parquet", RATINGS), notes


def long_table(folder: Path, rows: list[tuple[Any, ...]], header: tuple[str, ...] = LONG) -> list[str]:
    return [str(write_tsv(folder / "long.tsv", header, rows))]


@pytest.fixture
def cohort(dataset: Path) -> Cohort:
    return Cohort(dataset.parent)


def complete() -> list[tuple[Any, ...]]:
    return [(person, scene, *ONE) for person in ("01", "02", "03") for scene in ("calm", "hard")]


def test_a_complete_cohort(cohort: Cohort) -> None:
    files = sorted(map(str, cohort.folder.glob("ds/sub-*/beh/*_beh.tsv")))
    found, notes = cohort.read(files, "beh")
    assert list(zip(found["participant"], found["scene"], strict=True)) == [row[:2] for row in complete()]
    assert notes.empty
    assert (cohort.folder / "r.csv").read_text().startswith("participant,session,scene,mental,")


def test_the_order_of_rows_changes_nothing(cohort: Cohort) -> None:
    first, _ = cohort.read(long_table(cohort.folder, complete()), "csv")
    second, _ = cohort.read(long_table(cohort.folder, complete()[::-1]), "csv")
    pd.testing.assert_frame_equal(first, second)


def test_a_person_without_ratings(cohort: Cohort) -> None:
    files = long_table(cohort.folder, complete()[:4])
    with pytest.raises(InputError, match="participant 03 has no NASA-TLX rating of any recorded scene"):
        cohort.read(files, "csv")
    assert not (cohort.folder / "r.parquet").exists()
    found, notes = cohort.read(files, "csv", "allow")
    assert set(found["participant"]) == {"01", "02"}
    assert set(notes["participant"]) == {"03"}
    assert "scene 'calm' has no NASA-TLX rating" in list(notes["reason"])


def test_nobody_is_rated(cohort: Cohort) -> None:
    with pytest.raises(InputError, match="there is no NASA-TLX rating of these participants.*set the source to `none`"):
        cohort.read([], "beh")
    found, notes = cohort.read([], "beh", "allow")
    assert found.empty
    assert len(notes) == 6


def test_a_scene_without_ratings(cohort: Cohort) -> None:
    files = long_table(cohort.folder, [*complete()[:5], ("03", "hrad", *ONE)])
    with pytest.raises(
        InputError, match="participant 03 has no NASA-TLX rating of scene 'hard'.*'hrad'.*has no recording"
    ):
        cohort.read(files, "csv")
    found, notes = cohort.read(files, "csv", "allow")
    assert len(found) == 5
    assert any("rating of scene 'hrad' has no recording" in reason for reason in notes["reason"])
    assert not notes["reason"].str.contains("/").any(), "files without their folders"


def test_ratings_of_people_who_were_not_recorded_are_listed(cohort: Cohort) -> None:
    found, notes = cohort.read(long_table(cohort.folder, [*complete(), ("77", "calm", 500, *ONE[1:])]), "csv")
    assert len(found) == 6
    assert list(notes["participant"]) == ["77"]
    assert "has ratings, but is not among the participants used" in notes["reason"][0]


def test_a_value_that_is_missing(cohort: Cohort) -> None:
    files = long_table(cohort.folder, [*complete()[:5], ("03", "hard", "n/a", *ONE[1:])])
    with pytest.raises(InputError, match=r"long\.tsv, row 7: participant 03 has no value for 'mental'"):
        cohort.read(files, "csv")
    found, notes = cohort.read(files, "csv", "allow")
    assert len(found) == 5
    assert any("left out: no value for mental" in reason for reason in notes["reason"])
    assert not notes["reason"].str.contains("/").any(), "files without their folders"


def test_a_second_row_of_the_same_scene(cohort: Cohort) -> None:
    files = long_table(cohort.folder, [*complete(), ("02", "calm", *TWO)])
    for missing in ("error", "allow"):
        with pytest.raises(
            InputError,
            match=r"row 8: participant 02 is rated a second time for scene 'calm' \(first in .*row 4\)",
        ):
            cohort.read(files, "csv", missing)


def test_a_rating_of_no_scene_fits_who_has_one_scene_only(tmp_path: Path) -> None:
    for person in ("01", "02"):
        write_emg(tmp_path / "ds", person, "calm")
    cohort = Cohort(tmp_path)
    files = long_table(tmp_path, [("01", *ONE), ("02", *TWO)], ("participant", *SUBSCALES))
    found, _ = cohort.read(files, "csv")
    assert list(found["scene"]) == ["calm", "calm"]


def test_a_rating_of_no_scene_is_refused_where_there_are_several(cohort: Cohort) -> None:
    files = long_table(cohort.folder, [(p, *ONE) for p in cohort.people], ("participant", *SUBSCALES))
    with pytest.raises(InputError, match="row 2: the rating of participant 01 fits 2 recorded scenes"):
        cohort.read(files, "csv")
    found, notes = cohort.read(files, "csv", "allow")
    assert found.empty
    assert any("fits several recorded scenes" in reason for reason in notes["reason"])
    assert not notes["reason"].str.contains("/").any(), "files without their folders"


def test_the_session_is_found_where_only_one_fits(tmp_path: Path) -> None:
    write_emg(tmp_path / "ds", "01", "calm", session="a")
    write_emg(tmp_path / "ds", "01", "hard", session="b")
    cohort = Cohort(tmp_path)
    found, _ = cohort.read(long_table(tmp_path, complete()[:2]), "csv")
    assert list(zip(found["session"], found["scene"], strict=True)) == [("a", "calm"), ("b", "hard")]


def test_scenes_by_events_are_rated_by_their_names(tmp_path: Path) -> None:
    write_emg(tmp_path / "ds", "01", "ride", events=[(0, 2, "calm"), (3, 2, "hard"), (6, 2, "calm")])
    cohort = Cohort(tmp_path, ("calm", "hard"))
    found, notes = cohort.read(long_table(tmp_path, complete()[:2]), "csv")
    assert list(found["scene"]) == ["calm", "hard"]
    assert notes.empty


def test_ratings_alone_need_no_recordings(tmp_path: Path) -> None:
    cohort = Cohort.__new__(Cohort)
    cohort.folder, cohort.recordings, cohort.events, cohort.people = tmp_path, [], [], ["01", "02"]
    files = long_table(tmp_path, [("02", *TWO), ("01", *ONE), ("99", *ONE)], ("participant", *SUBSCALES))
    found, notes = cohort.read(files, "csv", synthetic=True)
    assert list(found["participant"]) == ["01", "02"]
    assert set(found["scene"]) == {""}
    assert found["synthetic"].all()
    assert list(notes["participant"]) == ["99"]
    with pytest.raises(InputError, match="participant 03 has no NASA-TLX rating"):
        cohort.read(files, "csv", participants=["01", "02", "03"])


@pytest.mark.real
def test_a_published_table_of_ratings(real_data: Path, tmp_path: Path) -> None:
    """30 people, performance from 0 = perfect to 100 = failure; checked against pandas."""
    path = real_data / "queue_tlx" / "nasatlx.csv"
    plain = pd.read_csv(path).set_index("Participant ID").sort_index()
    cohort = Cohort.__new__(Cohort)
    cohort.folder, cohort.recordings, cohort.events, cohort.people = tmp_path, [], [], list(plain.index)
    found, notes = cohort.read([str(path)], "csv")
    assert notes.empty
    assert list(found["participant"]) == list(plain.index)
    columns = ["MentalDemand", "PhysicalDemand", "TemporalDemand", "Performance", "Effort", "Frustration"]
    assert found[list(SUBSCALES)].to_numpy().tolist() == plain[columns].astype(float).to_numpy().tolist()
    assert found["raw_tlx"].tolist() == pytest.approx(plain[columns].mean(axis=1).tolist())
