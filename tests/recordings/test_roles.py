"""Who trains and who is only predicted, as the participants sheet says it."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from myoscene.core.errors import InputError
from recordings.builders import write_tsv
from selecting import select


def sheet(dataset: Path, roles: dict[str, str], column: str = "role") -> None:
    rows = [[f"sub-{name}", role] for name, role in roles.items()]
    write_tsv(dataset / "participants.tsv", ["participant_id", column], rows)


def test_without_sheet_column_or_role_everybody_trains(dataset: Path, section: dict[str, Any]) -> None:
    assert select(section).applied == []
    write_tsv(dataset / "participants.tsv", ["participant_id"], [["sub-01"]])
    assert select(section).training == ["01", "02", "03"]
    sheet(dataset, {"01": "n/a", "02": "train"})
    found = select(section)
    assert (found.training, found.applied) == (["01", "02", "03"], [])


def test_who_applies_takes_part_and_does_not_train(dataset: Path, section: dict[str, Any]) -> None:
    sheet(dataset, {"01": "train", "02": "apply", "03": "train", "99": "apply"})
    found = select(section)
    assert (found.participants, found.training, found.applied) == (["01", "02", "03"], ["01", "03"], ["02"])
    assert [row["participant"] for row in found.exclusions] == ["99"], "somebody without a folder is listed"
    assert any("sub-02" in path for path in found.rating_files)


def test_somebody_left_out_has_no_role(dataset: Path, section: dict[str, Any]) -> None:
    sheet(dataset, {"02": "apply"})
    assert select({**section, "exclude_participants": ["02"]}).applied == []


def test_the_column_can_have_another_name_or_none(dataset: Path, section: dict[str, Any]) -> None:
    sheet(dataset, {"02": "apply"}, column="comes_in")
    assert select(section).applied == []
    assert select({**section, "role_column": "comes_in"}).applied == ["02"]
    sheet(dataset, {"02": "patient"})
    assert select({**section, "role_column": None}).applied == []


@pytest.mark.parametrize("role", ["Apply", "test", "predict"])
def test_any_other_role_is_refused_in_one_sentence(dataset: Path, section: dict[str, Any], role: str) -> None:
    sheet(dataset, {"01": "train", "03": role})
    with pytest.raises(InputError) as raised:
        select(section)
    said = str(raised.value)
    assert f"participants.tsv, row 3: participant '03' has the role '{role}'" in said
    assert "recordings.role_column" in said
    assert "\n" not in said


def test_who_applies_needs_a_calibration_only_to_be_normalised_on(dataset: Path, section: dict[str, Any]) -> None:
    sheet(dataset, {"02": "apply"})
    for path in (dataset / "sub-02" / "emg").glob("*calibration*"):
        path.unlink()
    with pytest.raises(InputError, match="participant 02 has no calibration recording"):
        select(section)
    assert select(section, apply_needs_calibration=False).applied == ["02"]
    shutil.rmtree(dataset / "sub-02" / "emg")
    with pytest.raises(InputError, match="participant 02 has no EMG recording"):
        select(section, apply_needs_calibration=False)
