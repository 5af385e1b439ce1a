"""``shopguide search``: retrieval alone, no language model; one query, or a file of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from assistant.commands.console import Steps, say, say_json, tell
from assistant.commands.shop import check_catalogue, open_indexes
from assistant.errors import BadInput
from assistant.settings import Settings
from retrieval.conditions import parse_condition
from retrieval.index import Hit, as_json
from retrieval.whole_file import written_whole

_TAG = "shopguide"
_DECIMALS = 6
_SPACE = re.compile(r"[\s%]")


def search(settings: Settings, query: str, *, where: Sequence[str], k: int, as_data: bool) -> None:
    """Prints the products that meet the conditions, those that fit the query best first.

    Args:
        settings: ``catalog`` says where.
        query: in any language the catalogue has words in.
        where: conditions such as ``price<=120``; all must hold.
        k: how many at most.
        as_data: whether JSON is printed.

    Raises:
        BadCondition: a condition cannot be read or does not fit the catalogue.
        UnknownCatalogue: there is no such catalogue.
        DownloadFailed: the embedding model cannot be had.
    """
    conditions = [parse_condition(text) for text in where]
    if any("\ud800" <= character <= "\udfff" for character in query):  # bytes of no text
        raise BadInput("The query is not valid text.", field="query")
    check_catalogue(settings)
    with Steps() as steps:
        index = open_indexes(settings, steps).open(settings.catalog)
    hits = index.search(query, conditions, k=k)
    if as_data:
        found = [as_json(hit.product) | {"score": round(hit.score, 6)} for hit in hits]
        say_json({"products": found, "count": len(found)})
        return
    for number, hit in enumerate(hits, start=1):
        say(_line(number, hit))
    if not hits:
        tell("No product meets these conditions.")


def search_all(
    settings: Settings, queries: Path, run: Path, *, where: Sequence[str], k: int
) -> None:
    """Searches for each query of a file and writes a TREC run, for standard IR tools.

    The run has a line ``qid Q0 docid rank score tag`` a product. It is written whole or not at
    all. White space and ``%`` in a product's id are percent-encoded, as a run separates by spaces.

    Args:
        settings: ``catalog`` says where.
        queries: UTF-8, a line a query: its id, a tab, the query. Empty lines are skipped.
        run: the file to write; one that is there is replaced.
        where: conditions such as ``price<=120``; all must hold, for every query.
        k: how many at most for a query.

    Raises:
        BadInput: the queries cannot be read, naming the line, or the run cannot be written.
        BadCondition: a condition cannot be read or does not fit the catalogue.
        UnknownCatalogue: there is no such catalogue.
        DownloadFailed: the embedding model cannot be had.
    """
    conditions = [parse_condition(text) for text in where]
    asked = read_queries(queries)
    check_catalogue(settings)
    with written_whole(run, field="run") as out, Steps() as steps:
        index = open_indexes(settings, steps).open(settings.catalog)
        lines = 0
        for done, (query_id, query) in enumerate(asked.items(), start=1):
            hits = index.search(query, conditions, k=k)
            for line in trec_lines(query_id, ((hit.product.id, hit.score) for hit in hits)):
                out.write(line + "\n")
                lines += 1
            steps.show(done, len(asked), "searching for the queries")
    say(f"{run} has {lines} lines for {len(asked)} queries.")


def read_queries(path: Path) -> dict[str, str]:
    """The queries of a file by their ids, in its order.

    Args:
        path: UTF-8, a line a query: its id, a tab, the query.

    Raises:
        BadInput: there is no such file, no query in it, or a line is wrong.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(f"Cannot read {path}: {error.strerror}.", field="queries") from error
    asked: dict[str, str] = {}
    for number, line in enumerate(raw.removeprefix(b"\xef\xbb\xbf").splitlines(), start=1):
        if line.strip():
            query_id, query = _read_line(path, number, line)
            if query_id in asked:
                raise _wrong(path, number, f"the id {query_id!r} stands there a second time")
            asked[query_id] = query
    if not asked:
        raise BadInput(f"{path} has no query.", field="queries")
    return asked


def trec_lines(query_id: str, found: Iterable[tuple[str, float]]) -> Iterator[str]:
    """The lines of a TREC run for one query.

    Tools order by score and break ties by id, so that each score is made smaller than the last.

    Args:
        query_id: has no white space.
        found: ids of products and their scores, best first.
    """
    least = 10.0**-_DECIMALS
    last = float("inf")
    for rank, (product_id, score) in enumerate(found, start=1):
        last = min(round(score, _DECIMALS), last - least)
        name = _SPACE.sub(lambda match: quote(match.group(), safe=""), product_id)
        yield f"{query_id} Q0 {name} {rank} {last:.{_DECIMALS}f} {_TAG}"


def _read_line(path: Path, number: int, line: bytes) -> tuple[str, str]:
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _wrong(path, number, "it is not UTF-8") from error
    query_id, tab, query = text.partition("\t")
    query_id, query = query_id.strip(), " ".join(query.split())
    if not tab:
        raise _wrong(path, number, "it has no tab between the id and the query")
    if not query_id or not query:
        raise _wrong(path, number, f"it has no {'query' if query_id else 'id'}")
    if any(character.isspace() for character in query_id):
        raise _wrong(path, number, f"the id {query_id[:40]!r} has a space in it")
    return query_id, query


def _wrong(path: Path, number: int, why: str) -> BadInput:
    return BadInput(f"Line {number} of {path}: {why}.", field="queries")


def _line(number: int, hit: Hit) -> str:
    product = hit.product
    price = f"{product.effective_price:,.2f} {product.currency}"
    if product.on_sale:
        price += f" (was {product.price:,.2f})"
    rating = f", {product.rating:g} of 5" if product.rating is not None else ""
    return f"{number}. {product.title}: {price}{rating}  [{product.id}]"
