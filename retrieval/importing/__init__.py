"""Reads catalogue files of others and reports, row by row, what became of them."""

from retrieval.importing.catalogue import Import, import_catalogue, open_catalogue_file
from retrieval.importing.readers import FORMATS
from retrieval.importing.report import ImportReport

__all__ = ["FORMATS", "Import", "ImportReport", "import_catalogue", "open_catalogue_file"]
