"""Embeddings: once an image, in the order of the images, joined to the cohort's rows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from myoscene.core.errors import InputError
from myoscene.core.tables import read_table
from myoscene.eyes.store import ArrayStore, write_store
from myoscene.eyes.tables import FRAMES
from myoscene.learn.cohort.files import FrameFiles
from myoscene.learn.cohort.frames import from_table
from myoscene.learn.models.eye_inception import embed as inception_embed
from myoscene.learn.models.eye_inception.embed import (
    AT_ONCE,
    collect_embeddings,
    embed_both,
    embed_participant,
    frozen_network,
)
from myoscene.learn.models.eye_inception.network import WIDTH
from myoscene.learn.tables import COHORT_EYES

from learn import inception_builders as ib

LABELS = ["neutral", "squint", None] * 6


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    path = tmp_path_factory.mktemp("weights") / "inception.safetensors"
    return path, ib.save_weights(path)


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One person of 18 frames, of whom the second session has no mean neutral image."""
    folder = tmp_path_factory.mktemp("person")
    ib.write_person(folder, "p01", LABELS)
    table = read_table(folder / "frames/p01.parquet", FRAMES)
    table.loc[table["session"] == "2", "neutral"] = -1
    ib.write_table(folder / "frames/p01.parquet", table, FRAMES)
    return folder


def embed(folder: Path, weights: tuple[Path, str], name: str = "embeddings.npy") -> np.ndarray:
    files = [folder / part for part in ("frames/p01.parquet", "images/p01.npy", "neutrals/p01.npy")]
    options = {"weights": weights[0], "sha256": weights[1], "n_eyes": ib.N_EYES, "side": ib.SIDE}
    embed_participant(*files, folder / name, **options)  # type: ignore[arg-type]
    return np.load(folder / name)


def test_embeddings_are_in_order_repeatable_and_bounded(
    person: Path, weights: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = ib.Reads().watch(monkeypatch)
    found = embed(person, weights)
    assert reads.rows["p01.npy"] == set(range(len(LABELS)))
    assert reads.most <= AT_ONCE < len(LABELS), "no more than a batch is ever in memory"
    assert found.shape == (len(LABELS), 2, WIDTH)
    assert found.dtype == np.float32
    first = (person / "embeddings.npy").read_bytes()
    embed(person, weights, "again.npy")
    assert (person / "again.npy").read_bytes() == first
    # Each image alone gives its own row.
    network = frozen_network(*weights, ib.SIDE)
    table = read_table(person / "frames/p01.parquet", FRAMES)
    files = FrameFiles("frames", person / "images/p01.npy", person / "neutrals/p01.npy")
    frames = from_table(table, np.arange(len(table)), files, ib.N_EYES)
    spread = found[:, 0].std(axis=0).mean()
    assert spread > 1e-3, "images that look alike to the network would be in any order"
    for place in (0, 7, 16, 17):
        alone = embed_both(network, frames.take(np.array([place])))[0]
        assert np.abs(alone - found[place]).max() < 0.01 * spread


def test_personalised_is_minus_the_own_sessions_neutral(person: Path, weights: tuple[Path, str]) -> None:
    found = embed(person, weights)
    second = np.arange(len(LABELS)) >= len(LABELS) // 2
    assert np.array_equal(found[second, 0], found[second, 1]), "no neutral image: the plain embedding"
    assert (np.abs(found[~second, 0] - found[~second, 1]).max(axis=1) > 1e-3).all()
    # An image that is its session's neutral image leaves nothing: mid-grey, like any other such.
    network = frozen_network(*weights, ib.SIDE)
    table = read_table(person / "frames/p01.parquet", FRAMES).iloc[:2]
    shape = (ib.HEIGHT, ib.N_EYES * ib.EYE_WIDTH)
    faces = np.random.default_rng(3).integers(0, 256, (2, *shape)).astype(np.uint8)
    with write_store(person / "own.npy", 2, shape) as writer:
        writer.append(faces)
    with write_store(person / "means.npy", 2, shape, np.float32) as writer:
        writer.append(faces.astype(np.float32))
    files = FrameFiles("frames", person / "own.npy", person / "means.npy")
    frames = from_table(table.assign(neutral=[0, 1]), np.arange(2), files, ib.N_EYES)
    both = embed_both(network, frames)
    assert np.array_equal(both[0, 1], both[1, 1])
    assert not np.array_equal(both[0, 0], both[1, 0])


def test_an_eye_that_is_not_there_is_not_seen(person: Path, weights: tuple[Path, str]) -> None:
    network = frozen_network(*weights, ib.SIDE)
    table = read_table(person / "frames/p01.parquet", FRAMES).iloc[:2].assign(has_right=False, neutral=0)
    shape = (ib.HEIGHT, ib.N_EYES * ib.EYE_WIDTH)
    faces = np.full((2, *shape), 80, dtype=np.uint8)
    faces[1, :, ib.EYE_WIDTH :] = 250
    with write_store(person / "halves.npy", 2, shape) as writer:
        writer.append(faces)
    files = FrameFiles("frames", person / "halves.npy", person / "neutrals/p01.npy")
    frames = from_table(table, np.arange(2), files, ib.N_EYES)
    both = embed_both(network, frames)
    assert np.array_equal(both[0], both[1])


@pytest.mark.parametrize("fault", ["weights", "images"])
def test_nothing_is_left_of_an_embedding_that_fails(
    fault: str, person: Path, weights: tuple[Path, str], tmp_path: Path
) -> None:
    ib.write_person(tmp_path, "p01", LABELS)
    if fault == "images":
        ib.write_person(tmp_path / "less", "p01", LABELS[:-1])
        (tmp_path / "less/images/p01.npy").replace(tmp_path / "images/p01.npy")
    given = (weights[0], "0" * 64) if fault == "weights" else weights
    with pytest.raises(InputError, match="SHA-256" if fault == "weights" else "has 18 frames, .* 17"):
        embed(tmp_path, given)
    assert not list(tmp_path.glob("*embeddings*"))


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """A cohort, and embeddings of each person in which every value tells person and row."""
    ib.write_cohort(tmp_path)
    for place, person in enumerate(ib.PEOPLE):
        rows = len(read_table(tmp_path / f"frames/{person}.parquet", FRAMES))
        values = np.empty((rows, 2, WIDTH), dtype=np.float32)
        values[:] = 100 * place + np.arange(rows)[:, None, None]
        values[:, 1] += 0.5
        with write_store(tmp_path / f"embeddings/{person}.npy", rows, (2, WIDTH), np.float32) as writer:
            writer.append(values)
    return tmp_path


def collect(folder: Path, people: list[str]) -> None:
    files = [[folder / f"{kind}/{name}" for name in names] for kind, names in (
        ("frames", [f"{person}.parquet" for person in people]),
        ("embeddings", [f"{person}.npy" for person in people]),
    )]  # fmt: skip
    collect_embeddings(folder / "eyes.parquet", *files, folder / "all.npy", participants=people)


def test_embeddings_of_the_cohort_stand_beside_its_images(cohort: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inception_embed, "READ", 4)
    collect(cohort, list(reversed(ib.PEOPLE)))
    table = read_table(cohort / "eyes.parquet", COHORT_EYES)
    found, images = np.load(cohort / "all.npy"), np.load(cohort / "eyes.npy")
    assert found.shape == (len(table), 2, WIDTH)
    assert len(table) < sum(len(ArrayStore(cohort / f"images/{person}.npy")) for person in ib.PEOPLE)
    for place, (person, value) in enumerate(zip(table["participant"], found[:, 0, 0], strict=True)):
        number, row = divmod(int(value), 100)
        assert ib.PEOPLE[number] == person
        # The image of that row of that person is the cohort's image here.
        assert np.array_equal(ArrayStore(cohort / f"images/{person}.npy").read(np.array([row]))[0], images[place])
    assert np.array_equal(found[:, 1, 7], found[:, 0, 0] + 0.5)


def test_embeddings_of_other_frames_are_refused(cohort: Path) -> None:
    with pytest.raises(InputError, match="participant 'p05' out of place"):
        collect(cohort, ib.PEOPLE[:-1])
    table = read_table(cohort / "frames/p02.parquet", FRAMES)
    ib.write_table(cohort / "frames/p02.parquet", table.iloc[:-1], FRAMES)
    with pytest.raises(InputError, match=r"p02.npy does not hold the embeddings of .*p02.parquet"):
        collect(cohort, ib.PEOPLE)
    ib.write_table(cohort / "frames/p02.parquet", pd.concat([table.iloc[:1], table.iloc[:-1]]), FRAMES)
    with pytest.raises(InputError, match=r"p02.parquet has not every frame of the cohort once"):
        collect(cohort, ib.PEOPLE)
    assert not (cohort / "all.npy").exists()
