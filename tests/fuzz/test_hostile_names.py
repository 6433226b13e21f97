"""Names, paths and links made to harm: each is refused in one clear sentence, and nothing is followed or run."""

from pathlib import Path
from typing import Any

import pytest
from eyes.builders import Dataset
from fuzz.engine import check_refusal
from fuzz.hostile import refused
from importing.import_sources import text_mapping, text_rows, write_mapping, write_text
from myoscene.core.errors import InputError
from myoscene.importing.run import import_dataset
from myoscene.recordings import bids
from myoscene.recordings.tabular import read_tsv
from recordings.builders import write_dataset, write_tsv
from selecting import select

# Path tricks.

TRICKS = (
    "../../x", "/etc", "a/b", "..", ".", "", "a b", "a;rm -rf x", "$(touch x)", "`x`", "a\nb", "a\x00b", "a\x1b[2Jb",
    "a|b", "a&b", "-rf", "~", "*", "a'b", 'a"b', "a_task-b", "\N{CYRILLIC SMALL LETTER A}", "a" * 300, "con.", "{x}",
    "%2e", "a\\b",
)  # fmt: skip


@pytest.mark.parametrize("label", TRICKS)
def test_a_label_that_is_no_label_is_refused_in_every_table(tmp_path: Path, label: str) -> None:
    with pytest.raises(InputError) as caught:
        bids.check_label(label, "participant", "x.tsv, row 2")
    check_refusal(caught.value, ["x.tsv"])
    for name in (f"sub-{label}_task-a_emg", f"sub-01_task-{label}_emg", f"sub-01_ses-{label}_task-a_emg"):
        if label in ("a_task-b", "con.", "a b") and "ses" not in name:
            continue  # these are told apart by the rules of whole names, below
        with pytest.raises(InputError):
            bids.parse_entities(name, "x")


@pytest.mark.parametrize("label", ["../../x", "$(touch x)", "a;b", "a" * 300])
def test_tricks_in_a_dataset_s_tables_are_refused(tmp_path: Path, section: dict[str, Any], label: str) -> None:
    root = write_dataset(tmp_path / "ds", ["01"])
    section |= {"dataset": str(root)}
    write_tsv(root / "participants.tsv", ("participant_id",), [(f"sub-{label}",), ("sub-01",)])
    refused("participants.tsv, row 2", lambda: select(section))
    (root / "participants.tsv").unlink()
    lines = ["participant,scene,mental,physical,temporal,performance,effort,frustration", f"{label},calm,1,1,1,1,1,1"]
    (root / "ratings.csv").write_text("\n".join(lines) + "\n")
    ratings = {**section["ratings"], "source": "csv"}
    refused("ratings.csv, row 2", lambda: select({**section, "input": "ratings", "ratings": ratings}))
    (root / "features.csv").write_text(f"participant,label,f\n{label},smile,1\n")
    features = {**section, "input": "features", "feature_table": str(root / "features.csv")}
    refused("features.csv, row 2", lambda: select(features))


@pytest.mark.parametrize("name", ["sub-$(touch x)", "sub-a;b", "sub-a b", "sub-a\nb", "sub-..", "sub-a\x1b[2J"])
def test_a_folder_with_a_shell_character_is_no_participant(tmp_path: Path, section: dict[str, Any], name: str) -> None:
    root = write_dataset(tmp_path / "ds", ["01"])
    (root / name).mkdir()
    refused("sub-", lambda: select({**section, "dataset": str(root)}))


@pytest.mark.parametrize(
    "file", ["../secret.png", "/etc/x.png", "a/../../x.png", "..\\x.png", "~/x.png", "a\x00.png", "no.png"]
)
def test_an_index_cannot_name_a_file_outside_of_its_folder(tmp_path: Path, file: str) -> None:
    dataset = Dataset(tmp_path / "cohort")
    rows = dataset.recording(["neutral"] * 3)
    (dataset.folder().parent / "secret.png").write_bytes((dataset.folder() / rows[0][0]).read_bytes())
    index = dataset.write_index([[file, *rows[0][1:]], *rows[1:]])
    refused(f"{index.name}, row 2", dataset.prepare)


def test_a_link_out_of_the_dataset_is_refused_and_one_within_is_read(tmp_path: Path, section: dict[str, Any]) -> None:
    root = write_dataset(tmp_path / "ds", ["01", "02"])
    section |= {"dataset": str(root)}
    inside = root / "annex"
    inside.mkdir()
    file = next((root / "sub-01" / "emg").glob("*calibration*.edf"))
    file.rename(inside / "content")
    file.symlink_to("../../annex/content")
    assert select(section).participants == ["01", "02"]
    linked = tmp_path / "linked"
    linked.symlink_to(root, target_is_directory=True)
    assert select({**section, "dataset": str(linked)}).participants == ["01", "02"]
    file.unlink()
    (inside / "content").rename(tmp_path / "outside")
    file.symlink_to(tmp_path / "outside")
    assert "outside of the dataset" in refused(file.name, lambda: select(section))


@pytest.mark.parametrize("ending", ["emg/*calibration*.edf", "emg/*_channels.tsv", "beh/*_beh.tsv"])
def test_a_link_to_a_content_that_was_not_brought_is_refused(
    tmp_path: Path, section: dict[str, Any], ending: str
) -> None:
    """As git-annex and DataLad leave a file that was not got, or was dropped again."""
    root = write_dataset(tmp_path / "ds", ["01", "02"])
    section |= {"dataset": str(root), "ratings": {**section["ratings"], "source": "beh"}}
    write_text(root / "sub-01/beh/sub-01_task-calm_beh.tsv", "scene\tmental\n")
    file = next((root / "sub-01").glob(ending))
    assert select(section).participants == ["01", "02"]
    file.unlink()
    file.symlink_to("../../.git/annex/objects/content")
    assert "which is not there; bring its content" in refused(file.name, lambda: select(section))


def test_a_person_s_folder_that_is_a_link_out_is_refused(tmp_path: Path, section: dict[str, Any]) -> None:
    root = write_dataset(tmp_path / "ds", ["01", "02"])
    (root / "sub-02").rename(tmp_path / "other")
    (root / "sub-02").symlink_to(tmp_path / "other", target_is_directory=True)
    assert "outside of the dataset" in refused("sub-02", lambda: select({**section, "dataset": str(root)}))


def test_an_eye_image_that_is_a_link_out_is_refused(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path / "cohort")
    image = dataset.folder() / dataset.recording(["neutral"] * 3)[0][0]
    image.rename(tmp_path / "outside.png")
    image.symlink_to(tmp_path / "outside.png")
    assert "outside of the dataset" in refused(image.name, dataset.prepare)


def test_a_table_that_is_a_pipe_or_endless_is_not_waited_for(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.tsv")
    (tmp_path / "endless.tsv").symlink_to("/dev/zero")
    for name in ("pipe.tsv", "endless.tsv"):
        assert "not a plain file" in refused(name, lambda name=name: read_tsv(tmp_path / name))


# The importer's mapping and the names of its files.


def source_folder(tmp_path: Path, name: str = "1_cal.csv") -> Path:
    write_text(tmp_path / "source" / name, text_rows())
    return tmp_path / "source"


@pytest.mark.parametrize("name", ["..x_cal.csv", "$(touch x)_cal.csv", "a;b_cal.csv", "a\nb_cal.csv", "a b_cal.csv"])
def test_a_file_name_with_shell_characters_is_no_identifier(tmp_path: Path, name: str) -> None:
    source, mapping = source_folder(tmp_path, name), write_mapping(tmp_path, text_mapping())
    refused("_cal.csv", lambda: import_dataset(mapping, source, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("label", ["../../x", "/x", "a/b", "a;b"])
def test_a_mapping_cannot_rename_somebody_out_of_the_dataset(tmp_path: Path, label: str) -> None:
    identifiers = {"participant": {"rename": {"1": label}}}
    source, mapping = source_folder(tmp_path), write_mapping(tmp_path, text_mapping(identifiers=identifiers))
    refused("1_cal.csv", lambda: import_dataset(mapping, source, tmp_path / "out"))


@pytest.mark.parametrize(
    "file", ["../secret.csv", "/etc/passwd", "{stem.__class__}.csv", "{stem!r}.csv", "{0}", "{x}.csv"]
)
def test_an_event_file_is_named_plainly_and_lies_inside_of_the_source(tmp_path: Path, file: str) -> None:
    (tmp_path / "secret.csv").write_text("onset,label\n1,smile\n")
    events = [{"event_file": {"file": file, "onset": "onset", "label": "label"}}]
    source, mapping = source_folder(tmp_path), write_mapping(tmp_path, text_mapping(events=events))
    refused("event file", lambda: import_dataset(mapping, source, tmp_path / "out"))


def test_a_link_out_of_the_source_is_not_imported(tmp_path: Path) -> None:
    source, mapping = source_folder(tmp_path), write_mapping(tmp_path, text_mapping())
    (source / "1_cal.csv").rename(tmp_path / "outside.csv")
    (source / "1_cal.csv").symlink_to(tmp_path / "outside.csv")
    assert "leads out" in refused("1_cal.csv", lambda: import_dataset(mapping, source, tmp_path / "out"))


def test_what_a_file_says_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    """A sentence that quotes a file stays one printable line of bounded length."""
    for text in ("a\nb", "\x1b]0;owned\x07", "\r", "x" * 10**6, "\N{RIGHT-TO-LEFT OVERRIDE}", "\ud800"):
        check_refusal(InputError(f"x.tsv, row 2: '{text}' is not a number; correct it"), ["x.tsv"])
    assert str(InputError("a plain sentence, with \N{MICRO SIGN}V")) == "a plain sentence, with \N{MICRO SIGN}V"
