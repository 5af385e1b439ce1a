"""The rows of a Parquet file, a batch at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from retrieval.errors import BadCatalogueFile
from retrieval.importing.reasons import Reason
from retrieval.importing.rows import MAX_COLUMNS, Row, as_cell, record_row

MARK = b"PAR1"
_BATCH = 256
# One column of one row group is unpacked at a time, a page of it at least.
_LARGEST_COLUMN = 1_000_000_000
_HIGHEST_RATIO = 200
_FREE = 64_000_000
_DEEPEST = 10


def parquet_rows(path: Path, report: Callable[[float], None] | None = None) -> Iterator[Row]:
    """The rows of the file; nested structs become nested records.

    Args:
        path: the file.
        report: is told the share of rows read.

    Raises:
        BadCatalogueFile: it is damaged, or states sizes that no feed has.
    """
    try:
        with pq.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False) as file:
            _check(file, path)
            whole = max(1, file.metadata.num_rows)
            number = 0
            for batch in file.iter_batches(batch_size=_BATCH, use_threads=False):
                for row in _records(batch, number):
                    number += 1
                    yield row
                if report is not None:
                    report(number / whole)
    except (pa.ArrowException, ValueError, OverflowError, MemoryError):
        raise BadCatalogueFile(
            f"{path.name} is a damaged Parquet file: it cannot be read to its end.", field="file"
        ) from None


def _check(file: pq.ParquetFile, path: Path) -> None:
    metadata = file.metadata
    names = metadata.num_columns
    largest = unpacked = 0
    for group in range(metadata.num_row_groups if names <= 10 * MAX_COLUMNS else 0):
        for column in range(names):
            size = metadata.row_group(group).column(column).total_uncompressed_size
            largest, unpacked = max(largest, size), unpacked + size
    packed = max(1, path.stat().st_size)
    bomb = unpacked > _FREE and unpacked > _HIGHEST_RATIO * packed
    deep = any(
        file.schema.column(place).path.count(".") > _DEEPEST
        for place in range(min(names, 10 * MAX_COLUMNS))
    )
    if names > 10 * MAX_COLUMNS or largest > _LARGEST_COLUMN or bomb or deep:
        raise BadCatalogueFile(
            f"{path.name} states sizes that no feed has, in columns, depth or unpacked bytes: "
            "it is not read.",
            field="file",
        )


def _records(batch: pa.RecordBatch, before: int) -> Iterator[Row]:
    try:
        records = batch.to_pylist()
    except (pa.ArrowException, ValueError, OverflowError):
        # A date beyond the calendar, a broken text: only the rows that have it are refused.
        for place in range(batch.num_rows):
            number = before + place + 1
            try:
                record = batch.slice(place, 1).to_pylist()[0]
            except (pa.ArrowException, ValueError, OverflowError):
                yield Row(number, problem=Reason.BAD_VALUE)
            else:
                yield _row(number, record)
        return
    for place, record in enumerate(records):
        yield _row(before + place + 1, record)


def _row(number: int, record: object) -> Row:
    cells = as_cell(record)
    if not isinstance(cells, dict):
        return Row(number, problem=Reason.NOT_AN_OBJECT)
    return record_row(number, cells)
