"""The example mapping on the public eye images that it is for."""

import hashlib
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from importing.import_sources import validator_errors
from myoscene.importing.report import ImportReport
from myoscene.importing.run import import_dataset

pytestmark = pytest.mark.real

STATES = {"0": "closed", "1": "open"}


@pytest.fixture(scope="module")
def imported(
    repository: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, ImportReport, dict[str, Path]]:
    """The dataset, its report, and the images of the source by name."""
    dataset = tmp_path_factory.mktemp("mrl") / "eyes"
    report = import_dataset(repository / "config/examples/mrl_eyes/mapping.yaml", real_data / "mrl_eyes", dataset)
    return dataset, report, {path.name: path for path in (real_data / "mrl_eyes").rglob("*.png")}


def test_every_image_is_in_exactly_one_row_under_its_label(imported) -> None:
    dataset, report, source = imported
    listed: Counter[str] = Counter()
    for path in dataset.glob("sourcedata/sub-*/eye/*_eye.tsv"):
        index = pd.read_csv(path, sep="\t", keep_default_na=False)
        listed.update(index["file"])
        person = path.parent.parent.name.removeprefix("sub-")
        for file, label, eye in index[["file", "label", "eye"]].itertuples(index=False):
            subject, _, _, _, state, *_ = file.split("_")
            assert (subject, STATES[state], eye) == (person, label, "left")
            assert (path.parent / file).is_file()
    assert listed == dict.fromkeys(source, 1)
    assert len(source) == sum(report.images.values()) == 4321
    assert set(report.images) == {"open", "closed"}
    assert len(report.participants) == 25 == len(list(dataset.glob("sourcedata/sub-*/eye/*_eye.tsv")))


def test_images_come_back_byte_for_byte(imported) -> None:
    dataset, _, source = imported
    for path in dataset.glob("sourcedata/sub-*/eye/*.png"):
        assert path.read_bytes() == source[path.name].read_bytes()


def test_identical_images_with_two_labels_are_exactly_those_that_are_told(imported) -> None:
    _, report, source = imported
    first: dict[str, str] = {}
    told = 0
    for name in sorted(source):
        digest = hashlib.sha256(source[name].read_bytes()).hexdigest()
        other = first.setdefault(digest, name)
        told += (name.split("_")[0], name.split("_")[4]) != (other.split("_")[0], other.split("_")[4])
    assert len([text for text in report.findings if "identical bytes" in text]) == told


def test_nothing_is_left_unsaid_and_the_dataset_is_valid(imported) -> None:
    dataset, report, _ = imported
    assert report.unmapped == {}
    assert set(report.ignored.get("files", {})) <= {"annotation.txt"}
    assert validator_errors(dataset) == []
