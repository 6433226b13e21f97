"""Agreement of models with people who labelled the same eye images, and of those people with each other."""

import collections
import difflib
import glob
import itertools
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from myoscene.core.errors import InputError
from myoscene.core.tables import PathLike, read_table, write_table
from myoscene.eyes.tables import FRAMES
from myoscene.learn.scores.metrics import classes_in, interval, most_probable
from myoscene.learn.tables import EYE_PREDICTIONS, RATERS
from myoscene.recordings.tabular import read_delimited

COLUMNS = ("rater", "image", "label")
MAJORITY = "majority of raters"
SIDES = ("left_image", "right_image")


def rater_agreement(
    ratings: PathLike,
    frames: Sequence[PathLike],
    predictions: Mapping[str, PathLike],
    destination: PathLike,
    *,
    bootstrap: int,
    seed: int,
    synthetic: bool,
    dataset: PathLike | None = None,
) -> None:
    """Write Cohen's kappa of every pair of raters, and of every model with each rater and with their majority.

    Args:
        ratings: CSV or TSV with the columns rater, image, label. An image is named as in the table of frames (its
            file, relative to the dataset), or by the file's own name where only one image has it.
        frames: every participant's table of frames (:data:`FRAMES`): which images there are, and their labels.
        predictions: model -> held-out predictions (:data:`EYE_PREDICTIONS`); a model's label of an image is the most
            probable class of its frame. Images that no model scores (blinks, frames of the neutral mean) count
            between raters.
        dataset: folder that images are named in. Ratings of images that are there, but take no part in this run (of
            people or eyes that are left out), count for nothing.

    Raises:
        InputError: the ratings lack a column, are empty, name an image or a label that does not exist, an image name
            that several images have, a rater who is called like a model, or a rater twice on one image.
    """
    columns = ["participant", "label", *SIDES]
    images = known_images([read_table(path, FRAMES, columns=columns) for path in frames])
    models = {model: predicted_labels(read_table(path, EYE_PREDICTIONS)) for model, path in predictions.items()}
    labels = set(images["label"].dropna()).union(*(set(classes) for _, classes in models.values()))
    table = read_ratings(ratings, images.index, labels, dataset)
    wide = table.pivot(index="image", columns="rater", values="label")
    for name in [*models, MAJORITY]:
        if name in wide.columns:
            raise InputError(f"{ratings} has a rater called '{name}', as a row of the results is; rename the rater")
    raters = sorted(wide.columns)
    wide[MAJORITY] = majority(wide[raters])
    for model, (predicted, _) in models.items():
        wide[model] = predicted.reindex(wide.index)
    judges = [*raters, MAJORITY] if len(raters) > 1 else raters
    pairs = [*itertools.combinations(raters, 2), *itertools.product(models, judges)]
    about = images.reindex(wide.index)
    rows = []
    for one, other in pairs:
        both = wide[one].notna() & wide[other].notna()
        if both.any():
            rows.append(_pair(wide.loc[both, [one, other]], about[both], sorted(labels), bootstrap, seed))
        else:
            logging.warning("%s and %s have no image in common", one, other)
    write_table(destination, pd.DataFrame(rows, columns=list(RATERS.columns)).assign(synthetic=synthetic), RATERS)


def known_images(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """``participant`` and ``label`` (missing where it has none) of every image, by its name."""
    both = [part[["participant", "label"]].assign(image=part[side]) for part in frames for side in SIDES]
    table = pd.concat(both, ignore_index=True).dropna(subset=["image"]).drop_duplicates("image")
    return table.set_index("image").sort_index()


def predicted_labels(table: pd.DataFrame) -> tuple[pd.Series, list[str]]:
    """The most probable class of every image of held-out predictions, by the image's name, and all classes."""
    best = most_probable(table)
    labels = pd.concat([pd.Series(best, index=table[side]) for side in SIDES])
    labels = labels[labels.index.notna()]
    return labels[~labels.index.duplicated()], classes_in(table)


def read_ratings(path: PathLike, images: pd.Index, labels: set[str], dataset: PathLike | None = None) -> pd.DataFrame:
    """The table of ratings with full names of images; see :func:`rater_agreement` for what is refused."""
    read = read_delimited(os.fspath(path))
    missing = [name for name in COLUMNS if name not in read.columns]
    if missing:
        raise InputError(
            f"the ratings {path} lack the column(s) {', '.join(missing)}; there are {', '.join(read.columns)}"
        )
    if not read.rows:
        raise InputError(f"the ratings {path} hold no row; fill them or remove the file")
    rows = [(place, row["rater"], row["image"], row["label"]) for place, row in read.rows]
    full = full_names(images)
    unused = {image for _, _, image, _ in rows if image not in full and dataset and _is_there(dataset, image)}
    if unused:
        logging.info("%s: ratings of %d images that take no part in this run are left out", path, len(unused))
    kept, seen = [], set()
    for place, rater, image, label in rows:
        if image in unused:
            continue
        wrong, known = "", sorted(labels)
        if not rater:
            wrong = "the rater has no name; give one"
        elif image not in full:
            wrong = f"there is no eye image '{image}'{_meant(image, list(full))}"
        elif not full[image]:
            wrong = f"several images are called '{image}'; name it with its folder"
        elif label not in labels:
            wrong = f"'{label}' is not a label of the eye images ({', '.join(known)}){_meant(label, known)}"
        elif (rater, full[image]) in seen:
            wrong = f"rater '{rater}' labels the image '{full[image]}' a second time; keep one of the two rows"
        if wrong:
            raise InputError(f"{path}, row {place}: {wrong}")
        seen.add((rater, full[image]))
        kept.append((rater, full[image], label))
    return pd.DataFrame(kept, columns=list(COLUMNS))


def _is_there(dataset: PathLike, image: str) -> bool:
    """Whether an eye image of this name, whole or without its folders, lies in the dataset."""
    file = image.partition("#")[0]
    if "/" in file:
        return ".." not in Path(file).parts and Path(dataset, file).is_file()
    return bool(file) and any(Path(dataset, "sourcedata").glob(f"**/eye/{glob.escape(file)}"))


def full_names(images: pd.Index) -> dict[str, str]:
    """Name that a rating may use -> full name of the image; ``""`` for a file name that several images have."""
    names: dict[str, str] = {}
    for image in images:
        short = image.rsplit("/", 1)[-1]
        names[short] = "" if short in names else image
    return {**names, **{image: image for image in images}}


def _meant(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f": did you mean '{close[0]}'?" if close else "; correct the row or remove it"


def majority(ratings: pd.DataFrame) -> pd.Series:
    """The label that most raters gave each image (rows); missing where two labels tie (our choice: no coin)."""
    votes = []
    for labels in ratings.to_numpy():
        counts = collections.Counter(label for label in labels if isinstance(label, str)).most_common(2)
        tied = len(counts) == 2 and counts[0][1] == counts[1][1]
        votes.append(counts[0][0] if counts and not tied else None)
    return pd.Series(votes, index=ratings.index, dtype="object")


def cohens_kappa(counts: NDArray[np.floating] | NDArray[np.integer]) -> NDArray[np.float64]:
    """Agreement beyond chance, (p_o - p_e) / (1 - p_e) (Cohen 1960): ``(...)``.

    Of ``counts`` ``(..., labels, labels)``, images by the label of the one rater and of the other. NaN without images,
    and where both gave one label throughout, so that chance alone agrees.
    """
    counts = np.asarray(counts, dtype=np.float64)
    total = counts.sum(axis=(-2, -1))
    with np.errstate(divide="ignore", invalid="ignore"):
        agreed = np.trace(counts, axis1=-2, axis2=-1) / total
        chance = (counts.sum(axis=-1) * counts.sum(axis=-2)).sum(axis=-1) / total**2
        kappa = (agreed - chance) / (1 - chance)
    return np.where((total > 0) & (chance < 1 - 1e-12), kappa, np.nan)


def kappa_interval(tables: NDArray[np.integer], samples: int, seed: int) -> tuple[float, float]:
    """:func:`interval` of kappa, from counts of each participant's images ``(participants, labels, labels)``."""

    def kappas(drawn: NDArray[np.integer]) -> NDArray[np.float64]:
        times = np.apply_along_axis(np.bincount, 1, drawn, minlength=len(tables))
        return cohens_kappa(np.tensordot(times, tables, axes=1))

    return interval(len(tables), kappas, samples, seed)


def _pair(both: pd.DataFrame, about: pd.DataFrame, labels: list[str], bootstrap: int, seed: int) -> dict[str, object]:
    """A row of :data:`RATERS`: ``both`` holds the two raters' labels of the images that both labelled."""
    one, other = both.columns
    place = {label: number for number, label in enumerate(labels)}
    codes, people = pd.factorize(about["participant"], sort=True)
    tables = np.zeros((len(people), len(labels), len(labels)), dtype=np.int64)
    np.add.at(tables, (codes, both[one].map(place).to_numpy(int), both[other].map(place).to_numpy(int)), 1)
    low, high = kappa_interval(tables, bootstrap, seed)
    truth = about["label"].dropna()
    right = both.loc[truth.index].eq(truth, axis=0).mean()
    return {
        "rater_a": one,
        "rater_b": other,
        "images": len(both),
        "agreement": float((both[one] == both[other]).mean()),
        "kappa": float(cohens_kappa(tables.sum(axis=0))),
        "bootstrap_low": low,
        "bootstrap_high": high,
        "accuracy_a": float(right[one]),
        "accuracy_b": float(right[other]),
    }
