"""Reads catalogue files of others and reports, row by row, what became of them."""

from retrieval.importing.catalogue import import_catalogue
from retrieval.importing.report import ImportReport

__all__ = ["ImportReport", "import_catalogue"]
