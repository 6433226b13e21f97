"""Reading and writing tables that are checked against their schema on both sides.

A wrong table fails where it is written, by name. Writes are atomic and, for the same rows, byte-identical.
"""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from myoscene.core.errors import InputError, printable
from myoscene.machinery.files import atomic_path

# A file may stand for many times its size, since equal values are written once, but not for any memory (our choice).
_LARGEST_RATIO, _ALWAYS_ALLOWED = 2000, 2**28

_PARQUET = {"compression": "zstd", "version": "2.6"}
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_LARGE = {pa.string(): pa.large_string()}

PathLike = str | os.PathLike[str]
Columns = dict[str, pa.DataType]
# An Arrow array, which has no types of its own, a numpy array or a list.
Column: TypeAlias = Any
Patterns = tuple[tuple[str, pa.DataType], ...]


@dataclass(frozen=True)
class Schema:
    """Columns of one table, which error messages call ``name``; ``grain``: what one row is, in words.

    Attributes:
        columns: name -> Arrow type, in the order they are written.
        patterns: (regular expression, Arrow type) of columns whose names depend on the data (channels,
            classes, features); they follow the fixed ones, in the order of the frame.
        nullable: fixed columns that may hold missing values; in pattern columns missing values are allowed.
    """

    name: str
    grain: str
    columns: Columns
    patterns: Patterns = ()
    nullable: frozenset[str] = field(default_factory=frozenset)

    def arrow(self, names: Iterable[str]) -> pa.Schema:
        """Arrow schema for a table with these column names, or InputError naming the column at fault."""
        names = list(names)
        missing = [name for name in self.columns if name not in names]
        if missing:
            raise InputError(f"table '{self.name}' lacks the column(s) {', '.join(missing)}")
        fields = [pa.field(n, t, nullable=n in self.nullable) for n, t in self.columns.items()]
        for name in (name for name in names if name not in self.columns):
            kinds = [kind for pattern, kind in self.patterns if re.fullmatch(pattern, name)]
            if not kinds:
                raise InputError(f"table '{self.name}' has no column '{name}'")
            fields.append(pa.field(name, kinds[0], nullable=True))
        return pa.schema(fields)


def table(name: str, grain: str, *columns: Columns, patterns: Patterns = (), nullable: Collection[str] = ()) -> Schema:
    """A schema by its groups of columns (:func:`text`, :func:`real`, ...).

    A column whose name ends with ``?``, or that stands in ``nullable``, may hold missing values.
    """
    every = {column: kind for group in columns for column, kind in group.items()}
    missing = frozenset(nullable) | {column[:-1] for column in every if column.endswith("?")}
    return Schema(name, grain, {column.removesuffix("?"): kind for column, kind in every.items()}, patterns, missing)


def _group(kind: pa.DataType) -> Callable[..., Columns]:
    return lambda *names: dict.fromkeys(names, kind)


text, truth = _group(pa.string()), _group(pa.bool_())
real, real32, whole, whole32 = map(_group, (pa.float64(), pa.float32(), pa.int64(), pa.int32()))


def to_arrow(frame: pd.DataFrame | Mapping[str, Column], schema: Schema) -> pa.Table:
    """``frame`` as an Arrow table of ``schema``; InputError when a column, a type or a missing value is wrong."""
    arrow = schema.arrow(frame.columns if isinstance(frame, pd.DataFrame) else frame)
    arrays = []
    for item in arrow:
        try:
            column = pa.array(frame[item.name], type=item.type, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise InputError(f"table '{schema.name}', column '{item.name}': {error}") from None
        if column.null_count and not item.nullable:
            row = column.is_null().to_numpy(zero_copy_only=False).argmax()
            raise InputError(f"table '{schema.name}' has a missing value in column '{item.name}', row {row}")
        arrays.append(column)
    return pa.Table.from_arrays(arrays, schema=arrow)


def write_table(
    path: PathLike,
    frame: pd.DataFrame,
    schema: Schema,
    *,
    csv: PathLike | None = None,
    row_group_by: str | None = None,
    digits: int = 10,
) -> None:
    """Write ``frame`` as Parquet (or CSV, by the suffix of ``path``), and as CSV too where ``csv`` is given.

    Rows of one value of ``row_group_by``, by which they have to be grouped already, become a Parquet row group of
    their own, so that a reader of one participant reads only that participant. A CSV holds ``digits`` significant
    digits: all of them, where values are rounded when they are made (:func:`myoscene.core.arrays.rounded`).
    """
    table = to_arrow(frame, schema)
    for target in (path, csv) if csv else (path,):
        with atomic_path(target) as temporary:
            if Path(target).suffix == ".csv":
                ordered = _guarded(frame[list(table.column_names)], table.schema)
                ordered.to_csv(temporary, index=False, lineterminator="\n", float_format=f"%.{digits}g")
            else:
                _write_parquet(table, temporary, row_group_by)


def write_parts(path: PathLike, parts: Iterable[Mapping[str, Column]], schema: Schema) -> None:
    """Write a Parquet table of one or more parts with the same columns; one part is in memory at a time.

    A part becomes a row group of its own, or several, of at most 2**20 rows each. InputError as :func:`to_arrow`.
    """
    writer: pq.ParquetWriter | None = None
    with atomic_path(path) as temporary:
        try:
            for part in parts:
                table = to_arrow(part, schema)
                writer = writer or pq.ParquetWriter(temporary, table.schema, **_PARQUET)
                writer.write_table(table)
                del part, table
        finally:
            if writer:
                writer.close()


def _guarded(frame: pd.DataFrame, schema: pa.Schema) -> pd.DataFrame:
    """``frame`` for a CSV: no text that a spreadsheet would run as a formula, or that turns the direction of a line.

    A text that begins as formulas do gets an apostrophe in front, which a spreadsheet does not show and
    :func:`read_csv_table` takes away again; characters that cannot be printed are written as escapes.
    """
    texts = [item.name for item in schema if pa.types.is_string(item.type)]
    return frame.assign(**{name: frame[name].map(_guard, na_action="ignore") for name in texts})


def _is_formula(text: str) -> bool:
    return text.lstrip("'")[:1] in _FORMULA


def _guard(text: str) -> str:
    return printable(f"'{text}" if _is_formula(text) else text)


def _write_parquet(table: pa.Table, path: Path, row_group_by: str | None) -> None:
    if row_group_by is None:
        pq.write_table(table, path, **_PARQUET)
        return
    values = pd.Series(table.column(row_group_by).to_pandas())
    edges = [0, *(values.index[values.ne(values.shift())][1:]), len(values)]
    with pq.ParquetWriter(path, table.schema, **_PARQUET) as writer:
        for start, stop in pairwise(edges):
            writer.write_table(table.slice(start, stop - start))


def read_table(
    path: PathLike,
    schema: Schema,
    *,
    columns: Sequence[str] | None = None,
    where: dict[str, Sequence[str]] | None = None,
) -> pd.DataFrame:
    """Read a Parquet table that has to be one of ``schema``; InputError where it is missing, unreadable or another.

    Args:
        columns: only these columns.
        where: column -> values to keep; whole row groups without them are never read.
    """
    # Arrow cannot tell the type of an empty list, so one impossible comparison stands in for it.
    filters = [(name, "in", list(values) or [""]) for name, values in where.items()] if where else None
    expected = table_schema(path, schema)
    with readable(path, schema.name):
        table = pq.read_table(path, columns=list(columns) if columns else None, filters=filters, partitioning=None)
        # The types are those of the schema; what pandas once wrote about them beside it is not asked.
        frame = table.to_pandas(ignore_metadata=True)
    for name in table.column_names:
        # A damaged file may hold NaN, which is never written; in floats only, so that texts are not looked at.
        is_missing = table.column(name).null_count or (frame[name].dtype.kind == "f" and frame[name].isna().any())
        if is_missing and not expected.field(name).nullable:
            raise InputError(
                f"{path} is not the table '{schema.name}' (a missing value in column '{name}'); delete it and run again"
            )
    return frame


def table_schema(path: PathLike, schema: Schema | None = None) -> pa.Schema:
    """Names and types of a Parquet file's columns, as ``schema`` has them where one is given; no row is read.

    InputError as in :func:`read_table`, missing values apart, and for far more rows than so many bytes can hold.
    """
    name = schema.name if schema else "table"
    with readable(path, name):
        with pq.ParquetFile(path) as file:
            found, rows = file.schema_arrow, file.metadata.num_rows
        size = Path(path).stat().st_size
        if len(set(found.names)) != len(found.names):
            raise ValueError("a column stands there twice")
        if rows * max(len(found.names), 1) * 8 > max(_ALWAYS_ALLOWED, _LARGEST_RATIO * size):
            raise ValueError(f"{rows} rows in {size} bytes")
    if schema is None:
        return found
    try:
        expected = schema.arrow(found.names)
    except InputError as error:
        raise InputError(f"{path}: {error}; delete it and run again") from None
    for item in expected:
        # Texts with long offsets are the same texts.
        if found.field(item.name).type not in (item.type, _LARGE.get(item.type)):
            raise InputError(
                f"{path} is not the table '{schema.name}': column '{item.name}' holds {found.field(item.name).type} "
                f"instead of {item.type}; delete it and run again"
            )
    return expected


@contextmanager
def readable(path: PathLike, name: str) -> Iterator[None]:
    """What reading the Parquet file of the table ``name`` raises, as an InputError that names both."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"table '{name}' is missing: {path}") from None
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError, MemoryError) as error:
        reason = str(error) or type(error).__name__
        raise InputError(f"{path} is not a readable table '{name}' ({reason}); delete it and run again") from None


def read_csv_table(path: PathLike, schema: Schema) -> pd.DataFrame:
    """Read a CSV that :func:`write_table` wrote: text stays text, numbers and truth values are those of the schema.

    InputError where it is missing or no such CSV, or a value is not of its column's type.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8", encoding_errors="strict")
        expected = schema.arrow(frame.columns)
        for item in expected:
            frame[item.name] = _typed(frame[item.name], item)
        to_arrow(frame, schema)
    except FileNotFoundError:
        raise InputError(f"table '{schema.name}' is missing: {path}") from None
    except (OSError, ValueError, InputError) as error:
        raise InputError(f"{path} is not a readable table '{schema.name}' ({error}); delete it and run again") from None
    return frame


def _typed(texts: pd.Series, item: pa.Field) -> pd.Series:
    """A column of texts as the type of its field; ValueError where a text is not such a value."""
    if pa.types.is_string(item.type):
        return texts.map(lambda text: text[1:] if text[:1] == "'" and _is_formula(text) else text)
    if pa.types.is_boolean(item.type):
        if not texts.isin(["True", "False"]).all():
            raise ValueError(f"column '{item.name}' holds something else than True and False")
        return texts == "True"
    numbers = pd.to_numeric(texts.replace("", np.nan), errors="raise")
    return numbers if pa.types.is_floating(item.type) or numbers.isna().any() else numbers.astype("int64")
