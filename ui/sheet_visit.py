"""What a shopper opens above the page: the record behind a citation, products side by side."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.comparing.by_hand import MOST_COMPARED, compare_by_hand
from assistant.reply import Citation
from retrieval.errors import BadInput
from ui.names import Names
from ui.record_sheet import advice_html, cited_html, record_html
from ui.sheet import comparison_sheet, sheet_html
from ui.talk import Talk
from ui.wanted import Wanted


def opened_sheet(wanted: Wanted, talk: Talk, names: Names) -> str:
    """The HTML of what a button opens; empty where it closes.

    Args:
        wanted: what the page's script sent.
        talk: the conversation, which citations stand in.
        names: what things are called in the page's language.

    Raises:
        BadInput: there is no such thing any more.
    """
    match wanted.act:
        case "record":
            return _record(wanted.fact, names)
        case "cited":
            return _cited(wanted.fact, wanted.value, talk, names)
        case "compare":
            return _compared(wanted.value.split("\n"), talk, names)
    return ""


def _record(source: str, names: Names) -> str:
    """The record that ``product:ID#field`` or ``advice:ID`` names."""
    citation = Citation(marker="", source=source, value="")
    found = _records([citation], names)
    if not found:
        raise BadInput(names.texts.record_gone, field="fact")
    return sheet_html(_title([citation], names), found, names)


def _cited(turn_id: str, marker: str, talk: Talk, names: Names) -> str:
    """The records behind a marker of an answer."""
    replies = (e.reply for e in talk.exchanges if e.reply.turn_id == turn_id)
    cited = [c for reply in replies for c in reply.citations if c.marker == marker]
    if not cited:
        raise BadInput(names.texts.record_gone, field="fact")
    return sheet_html(
        _title(cited, names), _records(cited, names) or cited_html(cited, names), names
    )


def _compared(ids: Sequence[str], talk: Talk, names: Names) -> str:
    if names.index is None:
        raise BadInput(names.texts.record_gone, field="value")
    known = [id for id in dict.fromkeys(ids) if id in names.index]
    if not 2 <= len(known) <= MOST_COMPARED:
        raise BadInput(names.texts.compare_need, field="value")
    table = compare_by_hand(names.index, known, talk.need, names.language)
    products = [names.index.get(id) for id in table.products]
    return comparison_sheet(table, products, names)


def _records(cited: Sequence[Citation], names: Names) -> str:
    """The records that citations name, each once, with the fields that are cited lit."""
    products: dict[str, list[Citation]] = {}
    advice: dict[str, None] = {}
    for citation in cited:
        kind, _, rest = citation.source.partition(":")
        if kind == "product":
            products.setdefault(rest.rpartition("#")[0], []).append(citation)
        elif kind == "advice":
            advice[rest] = None
    parts = []
    for product_id, of_it in products.items():
        product = names.product(product_id)
        if product is not None:
            parts.append(record_html(product, names, cited=of_it))
    for entry_id in advice:
        entry = names.index.advice.get(entry_id) if names.index else None
        if entry is not None:
            parts.append(advice_html(entry, names))
    return "".join(parts)


def _title(cited: Sequence[Citation], names: Names) -> str:
    for citation in cited:
        kind, _, rest = citation.source.partition(":")
        if kind == "product":
            product_id = rest.rpartition("#")[0]
            return names.title(product_id, product_id)
    return names.texts.citation_title
