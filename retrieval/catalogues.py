"""Whole catalogues: a file into an index, in place of it or into it; the demo shop on demand."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from itertools import islice
from pathlib import Path

from retrieval.advice import load_advice
from retrieval.building import build_index
from retrieval.embedding import Embedder
from retrieval.errors import (
    BadCatalogueFile,
    IndexBroken,
    IndexNotWritten,
    UnknownCatalogue,
    VectorsUnavailable,
)
from retrieval.folder import IndexFolder
from retrieval.importing import ImportReport, open_catalogue_file
from retrieval.importing.mapping import Mapping
from retrieval.index import CatalogueIndex
from retrieval.manifest import check_name
from retrieval.product import Product
from retrieval.records import Records
from retrieval.rules import load_rules
from retrieval.words import load_words

DEMO = "demo"
_AT_ONCE = 500
_DEMO_FILES = ("products.jsonl", "words.yaml", "advice.yaml")
Progress = Callable[[int, int, str], None]
"""Called with what is done, the whole, and a word for it."""


@dataclass(frozen=True)
class Indexed:
    """A catalogue that has just been indexed.

    Attributes:
        index: the new index; it is the one that serves.
        report: what became of each row.
        report_file: the whole report as JSON.
    """

    index: CatalogueIndex
    report: ImportReport
    report_file: Path


@dataclass(frozen=True)
class Updated:
    """What a file has changed in a catalogue.

    Attributes:
        index: the catalogue as it is now.
        added: products that are new.
        changed: products that were there.
        report: what became of each row.
    """

    index: CatalogueIndex
    added: int
    changed: int
    report: ImportReport


def index_file(
    folder: IndexFolder,
    path: Path,
    *,
    name: str,
    embedder: Embedder,
    now: datetime,
    source: str | None = None,
    format: str = "auto",
    mapping: Path | None = None,
    words: Path | None = None,
    advice: Path | None = None,
    rules: Path | None = None,
    default_currency: str = "USD",
    progress: Progress | None = None,
) -> Indexed:
    """Imports a file, builds its index, and lets it serve. Until then the old one serves.

    Args:
        folder: where indexes are kept.
        path: the catalogue file.
        name: the catalogue's name.
        embedder: makes the vectors.
        now: the time of building.
        source: where the products came from; by default the file's name.
        format: one of ``retrieval.importing.FORMATS``.
        mapping: says which column is which field.
        words: a shop's own words.
        advice: a shop's advice.
        rules: a shop's rules.
        default_currency: of prices that name none.
        progress: told how far reading and embedding are.

    Raises:
        BadInput: the name, the mapping, the words, the advice or the rules are wrong.
        BadCatalogueFile: the file cannot be read, or no row of it could be kept.
    """
    check_name(name)
    own_words = load_words(words) if words else None
    if advice:
        load_advice(advice)  # a mistake in it should show before a long import, not after
    if rules:
        load_rules(rules)

    def read(done: int, total: int) -> None:
        if progress:
            progress(done, total, f"reading {path.name}")

    with (
        open_catalogue_file(
            path,
            format=format,
            mapping=mapping,
            default_currency=default_currency,
            progress=read,
        ) as file,
        folder.draft(name) as draft,
    ):
        # The products go to disk as they are read: a million of them need not fit in memory.
        records = Records.write(draft, file.products())
        index = build_index(
            records,
            name=name,
            embedder=embedder,
            source=source or path.name,
            now=now,
            words=own_words,
            keeper=folder.keeper,
            progress=progress,
        )
        if advice:
            load_advice(advice, index.columns.fields)
        if rules:
            load_rules(rules, index.columns)
        version = folder.replace(
            index,
            words_file=words,
            advice_file=advice,
            rules_file=rules,
            report=file.report.model_dump_json(indent=1),
        )
        return Indexed(folder.open(name), file.report, version / "report.json")


def update_catalogue(
    folder: IndexFolder,
    path: Path,
    name: str,
    *,
    format: str = "auto",
    mapping: Path | None = None,
    default_currency: str | None = None,
    progress: Progress | None = None,
) -> Updated:
    """Puts the products of a file into a catalogue that serves; its other products stay.

    A product that is known keeps what the file has no column for.

    The file is streamed. Its products come in by batches, each whole or not at all, and the next
    search finds them. Where the file ends in a fault, what came before it is in, and the error
    says how much; the same file may be put in again.

    Args:
        folder: where indexes are kept.
        path: the file.
        name: the catalogue's name.
        format: one of ``retrieval.importing.FORMATS``.
        mapping: says which column is which field.
        default_currency: of prices that name none; by default the catalogue's.
        progress: told how far reading is, and how many products are in.

    Raises:
        BadInput: the mapping is wrong.
        BadCatalogueFile: the file cannot be read to its end, no row of it could be kept, or it is
            priced in another currency than the catalogue.
        UnknownCatalogue, IndexBroken: as ``IndexFolder.open``.
        IndexNotWritten: the disk is full.
    """
    index = folder.open(name)

    def read(done: int, total: int) -> None:
        if progress:
            progress(done, total, f"reading {path.name}")

    added = changed = 0
    with open_catalogue_file(
        path,
        format=format,
        mapping=mapping,
        default_currency=default_currency or index.currency,
        progress=read,
    ) as file:
        if file.report.currency != index.currency:
            raise BadCatalogueFile(
                f"{path.name} is priced in {file.report.currency}, and the catalogue {name} in "
                f"{index.currency}: nothing was changed.",
                field="file",
            )
        products = file.products()
        try:
            while batch := list(islice(products, _AT_ONCE)):
                known = sum(product.id in index for product in batch)
                batch = [
                    updated(index.get(p.id), p, file.report.mapping) if p.id in index else p
                    for p in batch
                ]
                index = folder.change(name, upserts=batch)
                changed += known
                added += len(batch) - known
                if progress:
                    progress(added + changed, 0, "products put in")
        except (BadCatalogueFile, IndexNotWritten, VectorsUnavailable) as error:
            if not added + changed:
                raise
            before = f"Before that, {added + changed} products of the file were put in."
            raise type(error)(f"{error.sentence} {before}", field=error.field) from error
    return Updated(index, added, changed, file.report)


def updated(held: Product, read: Product, mapping: Mapping) -> Product:
    """A product as a file changes it: of what the file has no column for, nothing is lost.

    Args:
        held: as the catalogue has it.
        read: as the file has it.
        mapping: which fields the file has.
    """
    joined = {"id", "currency", "attributes", "variants", "sale_price"}
    absent = set(Product.model_fields) - set(mapping.fields) - joined
    if mapping.category:
        absent -= {"category"}
    kept = {name: getattr(held, name) for name in absent}
    kept["attributes"] = {**held.attributes, **read.attributes}
    if "variants" not in mapping.fields and not read.variants:
        kept["variants"] = held.variants
    if "sale_price" not in mapping.fields and held.sale_price is not None:
        # A price that is now lower than the old sale ends the sale.
        kept["sale_price"] = held.sale_price if held.sale_price < read.price else None
    return read.model_copy(update=kept)


def open_catalogue(
    folder: IndexFolder,
    name: str,
    *,
    embedder: Embedder,
    now: datetime,
    progress: Progress | None = None,
) -> CatalogueIndex:
    """The index of that name; the demo shop's is built where it is missing or out of date.

    Args:
        folder: where indexes are kept.
        name: the catalogue's name.
        embedder: makes the vectors.
        now: the time of building.
        progress: told how far building is.

    Raises:
        UnknownCatalogue: there is none of that name.
        IndexBroken: its files are damaged, or were made with another embedding model.
    """
    if name != DEMO:
        return folder.open(name)
    source = demo_source()
    try:
        index = folder.open(DEMO)
    except UnknownCatalogue:
        pass
    except IndexBroken:
        built_from = folder.source(DEMO)
        if built_from is not None and not built_from.startswith(f"{DEMO}@"):
            raise  # a shop's own, and not ours to build anew
    else:
        # A shop that calls its own catalogue "demo" keeps it.
        if index.manifest.source == source or not index.manifest.source.startswith(f"{DEMO}@"):
            return index
    with as_file(files("retrieval.demo")) as demo:
        indexed = index_file(
            folder,
            demo / "products.jsonl",
            name=DEMO,
            embedder=embedder,
            now=now,
            source=source,
            words=demo / "words.yaml",
            advice=demo / "advice.yaml",
            progress=progress,
        )
    return indexed.index


def demo_source() -> str:
    """What the demo shop's manifest names as its source: it changes with the packaged files."""
    digest = hashlib.sha256()
    for name in _DEMO_FILES:
        content = files("retrieval.demo").joinpath(name).read_bytes()
        digest.update(len(content).to_bytes(8, "big") + content)
    return f"{DEMO}@{digest.hexdigest()[:12]}"


def name_of(path: Path) -> str:
    """A catalogue's name made from its file's: ``Summer Shoes.csv.gz`` gives ``summer-shoes``.

    A name without any Latin letter or digit gives ``catalogue``.
    """
    stem = path.name.partition(".")[0] or path.name
    slug = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:64].strip("-")
    return slug or "catalogue"
