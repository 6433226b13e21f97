"""The stage: recordings of a person on one clock, predictions over scenes by models that never saw them, Live Link."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mapping.builders import CALIBRATION_S, Cohort
from mapping.cohort import LAG_S
from myoscene.core.errors import InputError
from myoscene.core.tables import read_csv_table, read_table
from myoscene.face.live_link import read_live_link
from myoscene.machinery.provenance import source_files
from myoscene.mapping.export import write_live_link
from myoscene.mapping.jobs import MapSettings, map_people
from myoscene.mapping.people import GAP_S, read_people
from myoscene.mapping.protocols import OWN
from myoscene.mapping.scenes import OTHERS
from myoscene.mapping.settings import MappingSettings
from myoscene.mapping.tables import COEFFICIENTS, CONTINUOUS, EXAMPLE, STAGE_LAGS, STAGE_SUMMARY

QUICK = MappingSettings(models=["ridge"], scene_model="ridge", curve=[0.6], calibration_s=[], bootstrap=99)


def settings(cohort: Cohort, direction: str = "emg2exp") -> MapSettings:
    return MapSettings(direction, QUICK, cohort.names, synthetic=True)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Cohort:
    """Mapped once, from muscles to the face; the third person's face was not recorded."""
    found = Cohort(tmp_path_factory.mktemp("stage"))
    map_people(*found.write(without_face=("03",)), found.made(), settings(found))
    return found


def predictions(cohort: Cohort, name: str, folder: str = "made") -> pd.DataFrame:
    return read_table(f"{cohort.root}/{folder}/{name}.parquet", CONTINUOUS)


def test_calibrations_come_first_on_a_clock_without_overlaps(cohort: Cohort) -> None:
    person, *_ = read_people(*cohort.write())
    assert [place.recording for place in person.places] == ["task-calibration", "task-a_scene"]
    assert person.places[1].start_s == CALIBRATION_S + GAP_S and person.scenes == [person.places[1]]
    assert (np.diff(person.muscles["time_s"]) > 0).all() and set(person.muscles) >= {"m0", "m1", "m2"}
    assert person.face is not None
    assert person.calibration(person.face["time_s"].to_numpy()).sum() == 30 * CALIBRATION_S


def test_scenes_are_predicted_by_own_calibration_or_by_others(cohort: Cohort) -> None:
    """Without a camera, too; and what is predicted is what was planted."""
    for name, learnt_from, least in (("01", OWN, 0.9), ("03", OTHERS, 0.6)):
        found = predictions(cohort, name)
        assert set(found["learnt_from"]) == {learnt_from} and set(found["recording"]) == {"task-a_scene"}
        truth = cohort.faces[cohort.faces["participant"] == name]
        at = np.interp(found["time_s"] + CALIBRATION_S, truth["time_s"], truth["smile"])
        assert np.corrcoef(found["smile"], at)[0, 1] > least
    example = read_table(f"{cohort.root}/made/example.parquet", EXAMPLE)
    assert np.corrcoef(example["predicted__smile"], example["measured__smile"])[0, 1] > 0.9


def test_planted_lags_and_links_come_back(cohort: Cohort) -> None:
    lags = read_csv_table(f"{cohort.root}/made/lags.csv", STAGE_LAGS)
    own = lags[lags["protocol"] == OWN]
    assert len(own) == 2 and (own["lag_s"] - LAG_S).abs().max() < 0.02
    matrix = read_csv_table(f"{cohort.root}/made/coefficients.csv", COEFFICIENTS).pivot(
        index="signal", columns="target", values="coefficient"
    )
    assert matrix["smile"].idxmax() == "m0" and matrix["brow"].idxmax() == "m2" and matrix.loc["m2", "brow"] > 0.6
    summary = read_csv_table(f"{cohort.root}/made/summary.csv", STAGE_SUMMARY).set_index(["protocol", "model"])
    assert summary.loc[(OWN, "ridge"), "r2"] > 0.8 > summary.loc[(OWN, "mean"), "r2"]
    assert summary["synthetic"].all()


def test_nothing_of_a_stranger_reaches_the_models_that_predict_the_person(cohort: Cohort, tmp_path: Path) -> None:
    """The third person's face changes nothing that others' models say of anybody; the first person's does."""
    changed = Cohort(tmp_path)
    third = changed.faces["participant"] == "03"
    changed.faces.loc[third, ["smile", "brow"]] = changed.faces.loc[third, ["smile", "brow"]].to_numpy()[::-1] * 2 + 1
    # Who only applies models teaches nobody, whether there is a face or not.
    told = replace(settings(changed), training=["01", "02"])
    map_people(*changed.write(), changed.made(), told)
    for name in changed.names:
        assert predictions(changed, name).equals(predictions(cohort, name)), name
    first = changed.faces["participant"] == "01"
    changed.faces.loc[first, "smile"] = changed.faces.loc[first, "smile"].to_numpy()[::-1]
    map_people(*changed.write(), changed.made("other"), told)
    assert not predictions(changed, "03", "other").equals(predictions(cohort, "03"))


def test_the_scene_itself_teaches_nothing_of_it(cohort: Cohort, tmp_path: Path) -> None:
    changed = Cohort(tmp_path)
    late = changed.faces["time_s"] >= CALIBRATION_S
    changed.faces.loc[late, "smile"] = changed.faces.loc[late, "smile"].to_numpy()[::-1]
    map_people(*changed.write(without_face=("03",)), changed.made(), settings(changed))
    assert predictions(changed, "01").equals(predictions(cohort, "01"))
    assert not predictions(changed, "03").equals(predictions(cohort, "03")), "others' scenes do teach"


def test_muscles_come_from_faces_and_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    cohort = Cohort(tmp_path)
    found = []
    for folder in ("one", "two"):
        map_people(*cohort.write(), cohort.made(folder), settings(cohort, "exp2emg"))
        found.append({path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()})
    assert found[0] == found[1] and len(found[0]) == 8
    assert {"m0", "m1", "m2"} <= set(predictions(cohort, "01", "one"))


def test_predictions_as_live_link_face_writes_them(cohort: Cohort, tmp_path: Path) -> None:
    from myoscene.core.tables import write_table

    table = predictions(cohort, "01").rename(columns={"smile": "mouthSmileLeft"})
    write_table(tmp_path / "p.parquet", table, CONTINUOUS)
    write_live_link(tmp_path / "p.parquet", tmp_path / "p.csv")
    with pytest.raises(InputError, match="no blendshape"):
        write_live_link(f"{cohort.root}/made/01.parquet", tmp_path / "no.csv")
    assert not (tmp_path / "no.csv").exists()
    found = read_live_link(tmp_path / "p.csv")
    assert np.allclose(found["mouthSmileLeft"], table["mouthSmileLeft"], atol=1e-6)
    assert np.allclose(found["time_s"], table["time_s"], atol=1e-3)


def test_nobody_with_both_is_refused(tmp_path: Path) -> None:
    cohort = Cohort(tmp_path, people=1)
    with pytest.raises(InputError, match="nobody of those who train"):
        map_people(*cohort.write(without_face=("01",)), cohort.made(), settings(cohort))


def test_an_edit_of_regressors_reruns_the_stage_alone(repository: Path) -> None:
    scripts = [path.stem for path in repository.glob("workflow_scripts/*.py")]
    built = {name for name in scripts if "myoscene/mapping/regressors.py" in source_files(name)}
    assert built == {"map_emg2exp", "map_exp2emg"}
