"""How results and records name files and folders of the user's: never by where they lie on a machine."""

import os
from pathlib import Path

PathLike = str | os.PathLike[str]


def shown(path: PathLike, base: PathLike = "") -> str:
    """The name of a file or folder that the configuration gives, relative to ``base``: the working directory, or the
    dataset. The same however the path was written.

    Below ``base``, or both below the working directory: relative to ``base``. Elsewhere its last part alone.
    """
    here = Path.cwd()
    place, root = _real(Path(base, path)), Path(os.path.realpath(base or here))
    if place.is_relative_to(root) or (place.is_relative_to(here) and root.is_relative_to(here)):
        return os.path.relpath(place, root)
    return place.name


def located(path: PathLike) -> str:
    """The path of a file by which Snakemake knows it, the same however it was written: below the working directory
    relative to that, elsewhere absolute."""
    place, here = _real(Path(path)), Path.cwd()
    return os.path.relpath(place, here) if place.is_relative_to(here) else str(place)


def _real(path: Path) -> Path:
    """``path`` without links, but for the last part: a link to a dataset is called as the user calls it."""
    path = Path(os.path.abspath(path)) if path.name in ("", "..") else path  # noqa: PTH100 (keeps links)
    return Path(os.path.realpath(path.parent), path.name)


def below(path: str, root: str) -> str:
    """``path``, which was made from ``root``, relative to it; the last part of one that lies elsewhere."""
    if root and path.startswith(f"{root}/") and "/../" not in path:
        return path[len(root) + 1 :]
    place, whole = os.path.realpath(path), os.path.realpath(root)
    return place[len(whole) + 1 :] if place.startswith(f"{whole}/") else os.path.basename(path)  # noqa: PTH119
