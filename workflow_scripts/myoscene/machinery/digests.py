"""Digests of what jobs made and read, kept with the results: a damaged or replaced file is found by its content.

Snakemake looks at an input's content only where its time is newer than the output's. A bad disk, a cut copy, another
person's table under this one's name, and a raw file replaced with its old time (``cp -p``, ``rsync -a``) all pass that.

- ``results/.snakemake/digests/``: a file an output, with its SHA-256 and the rule that wrote it. Checked before a job
  reads the file; one that differs is set aside, so that the next run makes it again.
- ``results/.snakemake/raw/``: a file a job that reads raw data: each file's size, times and SHA-256. The next call
  hashes only those files whose size or times are others; a replaced file's change time is set by the system, and always
  is. This is all that watches the content of raw files, which are params of their job (:class:`RawFiles`), no inputs.
"""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from glob import escape
from pathlib import Path
from typing import Any

from myoscene.core.errors import InputError
from myoscene.core.places import below
from myoscene.machinery.files import write_text

RESULTS = Path("results")
KEPT = RESULTS / ".snakemake"
DIGESTS = KEPT / "digests"
RAW = KEPT / "raw"
ANSWERS = RAW / "answers.json"
FILES = KEPT / "files.json"
ASIDE = KEPT / "damaged"

Signature = tuple[int, int, int]


class RawFiles(list[str]):
    """Raw files that a job reads, as its param ``raw``.

    Snakemake records a param by its ``repr`` and prints that where it reruns a job because of it: here a digest of the
    list, since a person may have thousands of files, and of their names in the dataset ``root``: a dataset that is
    given as another path, or has moved, is the same. A job's script is given a plain list.
    """

    def __init__(self, paths: Iterable[str], root: str = "") -> None:
        super().__init__(paths)
        self.root = root

    def __repr__(self) -> str:
        names = [below(path, self.root) for path in self]
        digest = hashlib.sha256("\n".join(names).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return f"{len(self)} raw file{'s' * (len(self) != 1)} (list {digest})"

    def __reduce__(self) -> tuple[type[list[str]], tuple[list[str]]]:
        return list, (list(self),)


class Folder(str):
    """A folder that a job looks into, as a param: wherever it is, that changes no result. Its script gets a text."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "a folder"

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def sha256(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file, read in pieces."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def is_result(path: str | os.PathLike[str]) -> bool:
    """Whether ``path`` is a file that a rule made."""
    parts = Path(path).parts
    return parts[:1] == RESULTS.parts and parts[1:2] != (KEPT.name,)


def digest_path(path: str | os.PathLike[str]) -> Path:
    """Where the digest of the result ``path`` (relative to the working directory) is kept."""
    return DIGESTS / Path(path).relative_to(RESULTS)


def note_outputs(paths: Iterable[str], rule: str) -> None:
    """Keep the digests of what ``rule`` wrote; paths outside the results are passed over."""
    for path in filter(is_result, paths):
        if Path(path).is_file():  # Snakemake itself says what is missing
            write_text(digest_path(path), f"{sha256(path)} {rule}\n")


def check_results(paths: Iterable[str]) -> None:
    """Raise InputError, naming the file, where one of the results in ``paths`` is not what its rule wrote.

    The file is moved aside, so that running again makes it anew. A file whose digest was never kept (results that
    were copied without their hidden folder) is taken as it is, and the log says so.
    """
    for path in filter(is_result, paths):
        try:
            expected, rule = _kept_digest(digest_path(path))
        except FileNotFoundError:
            logging.warning("%s has no digest to be checked against; taken as it is", path)
            continue
        if not Path(path).exists():
            raise InputError(f"{path} has gone since this run began; run again, which makes it anew")
        if sha256(path) != expected:
            raise InputError(
                f"{path} is not what {rule or 'its rule'} wrote: it was damaged, cut short or replaced; "
                f"{_set_aside(path)} and run again, which makes it anew"
            )


def kept_digest(path: str | os.PathLike[str]) -> str:
    """The digest that was kept of the result ``path``; "" where none was."""
    try:
        return _kept_digest(digest_path(path))[0] if is_result(path) else ""
    except OSError:
        return ""


def _kept_digest(record: Path) -> tuple[str, str]:
    """The digest that was kept, and the rule; whatever stands there, since it may be damaged itself."""
    expected, _, rule = record.read_text(encoding="utf-8", errors="replace").strip().partition(" ")
    return expected, rule


def _set_aside(path: str) -> str:
    target = ASIDE / Path(path).relative_to(RESULTS)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(path).replace(target)
    except FileNotFoundError:  # another job found the same and was faster
        return "it was set aside"
    except OSError:
        return "delete it"
    return f"it was set aside as {target}"


def damaged(root: str | os.PathLike[str] = RESULTS) -> tuple[list[str], int]:
    """Results whose content is not what was written, and how many were looked at."""
    folder = Path(root) / DIGESTS.relative_to(RESULTS)
    records = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".partial"))
    kept = {Path(root) / record.relative_to(folder): record for record in records}
    there = {path: record for path, record in kept.items() if path.is_file()}  # a deleted one is made again
    return [str(path) for path, record in there.items() if sha256(path) != _kept_digest(record)[0]], len(there)


def keep_files(targets: Iterable[str], every: Iterable[str]) -> None:
    """Keep which files a run that begins now makes, or has made, and ``every`` one that it may make."""
    write_text(FILES, json.dumps({"targets": sorted(targets), "every": sorted(every)}) + "\n")


def kept_files(root: str | os.PathLike[str] = RESULTS) -> tuple[list[str], list[str]]:
    """What :func:`keep_files` kept last in the results' folder ``root``; nothing where that cannot be read."""
    try:
        said = json.loads((Path(root) / FILES.relative_to(RESULTS)).read_bytes())
        return list(filter(is_result, said["targets"])), list(filter(is_result, said["every"]))
    except (OSError, ValueError, TypeError, KeyError):
        return [], []


def missing(root: str | os.PathLike[str] = RESULTS) -> list[str]:
    """Results that are not there, of those that the last run was to make."""
    paths = (Path(root) / Path(file).relative_to(RESULTS) for file in kept_files(root)[0])
    return [str(path) for path in paths if not path.exists()]


def _state(path: str) -> Signature:
    state = os.stat(path)  # noqa: PTH116 (of 20,000 files at a time: a Path for each costs more than the system call)
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns


_signature = cache(_state)


def raw_sha256(path: str) -> str:
    """SHA-256 of a raw file, read once in a process as long as its size and times are the same."""
    return _hashed(path, _state(path))


@cache
def _hashed(path: str, _: Signature) -> str:
    return sha256(path)


def signatures(paths: Iterable[str]) -> dict[str, Signature]:
    """Size, modification and change time (ns) of each file, once in a process; InputError where one has gone."""
    try:
        return {path: _signature(path) for path in paths}
    except FileNotFoundError as error:
        raise InputError(f"{error.filename} has gone since this run began; run again") from None


def note_raw(rule: str, key: str, before: dict[str, Signature], token: str) -> None:
    """Keep size, times and digest of the raw files that a job has read; InputError where one changed meanwhile.

    Args:
        key: the job's wildcards.
        before: :func:`signatures` from before the job read them.
        token: name of the file that :func:`replaced` gave the job as an input, or nothing.
    """
    _signature.cache_clear()
    for path, signature in signatures(before).items():
        if signature != before[path]:
            raise InputError(f"{path} changed while {rule} was reading it; run again once it is complete")
    known = _read_by_others(key)
    files = {path: [*is_, known.get((path, is_)) or raw_sha256(path)] for path, is_ in before.items()}
    write_text(RAW / rule / f"{key}.json", _json({"token": token, "files": files}))
    for name in _tokens(rule).get(key, []):
        if name not in ("", token):
            (RAW / rule / name).unlink(missing_ok=True)


def _read_by_others(key: str) -> dict[tuple[str, Signature], str]:
    """Digests of the raw files that jobs of other rules with this key have read: not every one hashes a recording."""
    found: dict[tuple[str, Signature], str] = {}
    for path in RAW.glob(f"*/{escape(key)}.json"):
        with suppress(OSError, ValueError, AttributeError, IndexError, TypeError, KeyError):  # it may be damaged
            files = json.loads(path.read_bytes())["files"].items()
            found |= {(file, tuple(entry[:3])): str(entry[3]) for file, entry in files}
    return found


@cache
def _tokens(rule: str) -> dict[str, list[str]]:
    """Key -> tokens, the latest one last, of the jobs of ``rule`` whose raw files were replaced at some time."""
    found = []
    for path in (RAW / rule).glob("*.was.*"):
        with suppress(FileNotFoundError):  # a job that has just ended takes away the others of its key
            found.append((path.stat().st_mtime_ns, path.name))
    tokens: dict[str, list[str]] = {}
    for _, name in sorted(found):
        tokens.setdefault(name.rpartition(".was.")[0], []).append(name)
    return tokens


def replaced(rule: str, key: str, raw: Iterable[str] | None, tell: Callable[[str], object] = logging.info) -> list[str]:
    """A file whose name changes when the content of a job's raw files does: an input of the job, so that it reruns.

    Args:
        raw: its raw files, to be compared with what it read. None: the answer that the run gave (:func:`keep_answers`).
        tell: is given a sentence that names the files, where the job has to read other ones than it did.

    Returns:
        No path as long as the content is what the job first read; otherwise one. Files of earlier answers stay until
        the job has run: this may be a dry run beside a run that needs them.
    """
    token = _tokens(rule).get(key, [""])[-1]
    if raw is None and (kept := _kept_answers()) is not None:
        token = kept.get(rule, {}).get(key, "")
    wanted, changed = (None, []) if raw is None else _wanted(RAW / rule / f"{key}.json", sorted(set(raw)))
    if changed:
        files = changed[0] if len(changed) == 1 else f"{changed[0]} and {len(changed) - 1} more"
        tell(f"Since {rule} ({key}) ran, raw files have changed: {files}.")
    if wanted is not None and wanted != token:
        if wanted:
            write_text(RAW / rule / wanted, "")
        token = wanted
        _tokens(rule).setdefault(key, []).append(wanted)
    _answers.setdefault(rule, {})[key] = token
    return [str(RAW / rule / token)] if token else []


_answers: dict[str, dict[str, str]] = {}


def keep_answers() -> None:
    """Keep what :func:`replaced` has said in this process, for the jobs of a run that begins now.

    A job on a cluster reads the rules again: it must have the inputs that it was planned with, whatever a dry run has
    found since.
    """
    said = {rule: {key: token for key, token in tokens.items() if token} for rule, tokens in _answers.items()}
    write_text(ANSWERS, _json(said))


def _json(record: dict[str, Any]) -> str:
    return json.dumps(record, sort_keys=True) + "\n"


@cache
def _kept_answers() -> dict[str, dict[str, str]] | None:
    try:
        return dict(json.loads(ANSWERS.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _wanted(record_path: Path, raw: list[str]) -> tuple[str | None, list[str]]:
    """Name of the token that the present content asks for (nothing if it needs none, None if no job has read it), and
    which files are other ones than the job read: all, where the record is damaged, since nothing else watches them.

    Files are compared in the order of their paths, in which those of a dataset stand wherever it is. Another list of
    files reruns the job by itself (:class:`RawFiles`)."""
    try:
        content = record_path.read_bytes()
    except FileNotFoundError:
        return None, []
    try:
        record = json.loads(content)
        read = {path: (tuple(entry[:3]), str(entry[3])) for path, entry in sorted(record["files"].items())}
        token = str(record["token"])
        if token and ("/" in token or not token.startswith(f"{record_path.stem}.was.")):
            raise ValueError(token)
    except (ValueError, AttributeError, IndexError, TypeError, KeyError):
        return _token(record_path, content), [f"what they held is not known ({record_path} is damaged)"]
    if len(read) == len(raw):
        known = dict(zip(raw, read.values(), strict=True))
    else:
        known = {path: read[path] for path in raw if path in read}
    stale = [path for path, entry in known.items() if _other(path, entry[0])]
    if not stale:
        return token, []
    with ThreadPoolExecutor(max_workers=min(4, os.cpu_count() or 1)) as pool:
        now = dict(zip(stale, pool.map(raw_sha256, stale), strict=True))
    if all(now[path] == known[path][1] for path in stale):
        # Touched or copied, nothing more: not to be hashed again at the next call.
        seen = {path: _signature(path) if path in now else entry[0] for path, entry in known.items()}
        renewed = {path: [*seen[path], digest] for path, (_, digest) in known.items()}
        # Of another list, those that are not in it now may come back: they are watched on.
        record["files"] = renewed if len(read) == len(raw) else record["files"] | renewed
        with suppress(OSError):  # another call may be doing the same; it only spares time
            write_text(record_path, _json(record))
        return token, []
    whole = "\n".join(f"{place} {now.get(path, known[path][1])}" for place, path in enumerate(known))
    return _token(record_path, whole.encode()), [path for path in stale if now[path] != known[path][1]]


def _other(path: str, signature: Signature) -> bool:
    """Whether a file's size or times are others; one that has gone is missing in the job's list, which says enough."""
    try:
        return _signature(path) != signature
    except FileNotFoundError:
        return False


def _token(record_path: Path, of: bytes) -> str:
    return f"{record_path.stem}.was.{hashlib.sha256(of).hexdigest()[:16]}"
