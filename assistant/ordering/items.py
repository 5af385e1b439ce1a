"""Which items of an order are meant, and which variants are to come in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.ordering.missing import MOST_CHOICES, Question
from assistant.ordering.telling import Teller
from retrieval.index import CatalogueIndex
from tools.orders.order import Item, Line, Order
from tools.orders.reading.clauses import clauses
from tools.orders.reading.goods import Goods
from tools.orders.reading.reader import plain
from tools.orders.reading.request import OrderRequest
from tools.orders.reading.variants import choose_variant, options_named, options_unknown

_TARGET = re.compile(r"\b(?:for|to|into|with)\b|换成|换为|改成", re.IGNORECASE)
_ONE = re.compile(r"\b(?:one of|only one|just one|a single)\b|其中一|只[退换]一|[退换]一[双件个]")


def lines_meant(
    message: str, request: OrderRequest, order: Order, teller: Teller
) -> list[Line] | Question:
    """The lines of an order that are meant, or the question which.

    Args:
        message: the shopper's, in simplified characters.
        request: what is asked for.
        order: the one that it is asked of.
        teller: words the question.
    """
    if request.all_items or len(order.lines) == 1:
        return list(order.lines)
    lines = [line for line in order.lines if line.item_id in request.item_ids]
    if lines and _ONE.search(message):
        return lines[:1]
    if lines:
        return lines
    # The options that tell items apart are to be seen in the question.
    names = list(dict.fromkeys(teller.item(line) for line in order.lines))
    text = str(teller.fixed["which_items"]).format(id=order.id, items=teller.either(names))
    return Question("items", (text,), tuple(names[:MOST_CHOICES]), request)


def asks_other_product(message: str, lines: Sequence[Line], index: CatalogueIndex) -> bool:
    """Whether another product is asked for instead, which an exchange is not for.

    Args:
        message: the shopper's, in simplified characters.
        lines: what is to be exchanged.
        index: the catalogue.
    """
    target = _TARGET.split(message)
    if len(target) < 2:
        return False
    own = {line.product_id for line in lines}
    named = [mention for mention in index.titles.find(target[-1]) if mention.exact]
    return any(not own & set(mention.product_ids) for mention in named)


def variant_meant(
    line: Line,
    among: Sequence[Line],
    variants: Sequence[Item],
    request: OrderRequest,
    index: CatalogueIndex,
    teller: Teller,
) -> Item | Question:
    """What is to come instead of a line, or the question which.

    Args:
        line: what is to be exchanged.
        among: all lines that are.
        variants: of the line's product.
        request: with the messages that it was made in.
        index: the catalogue.
        teller: words the question.
    """
    goods = Goods(index)
    about = goods.without_titles(_about(line, among, request, goods), line)
    wanted = options_named(about, line, variants, index)
    wanted |= options_unknown(about, variants, index)
    choice = choose_variant(line, variants, wanted)
    if wanted and len(choice.fitting) == 1 and not choice.sold_out:
        [only] = choice.fitting
        return only
    title = goods.title(line, teller.language)
    told: tuple[str, ...] = ()
    fitting = list(choice.fitting)
    if wanted and (choice.sold_out or not fitting):
        # The same in all else cannot be had: what differs more is asked about, not assumed.
        options = teller.options(wanted if not fitting else {**line.options, **wanted})
        told = (str(teller.fixed["sold_out"]).format(wanted=options, title=title),)
    if wanted and not fitting:
        fitting = [item for item in variants if item.available and item.id != line.item_id]
    if not fitting:
        return Question(None, (*told, str(teller.fixed["no_variant"]).format(title=title)))
    fitting.sort(key=lambda item: _unlike(line, item))
    names = [teller.options(item.options) for item in fitting[:MOST_CHOICES]]
    name = "which_variant" if len(names) > 1 else "only_variant"
    text = str(teller.fixed[name]).format(old=teller.item(line), choices=teller.either(names))
    return Question("variant", (*told, text), tuple(names))


def _about(line: Line, among: Sequence[Line], request: OrderRequest, goods: Goods) -> str:
    """What was said about one of several items: the clauses that name it, and what follows until
    another one is named.
    """
    text = " . ".join(plain(message) for message in request.told)
    if len(among) == 1:
        return text
    about, mine = [], True
    for clause in clauses(text):
        named = goods.named(clause, among)
        if named:
            mine = any(other.item_id == line.item_id for other in named)
        if mine:
            about.append(clause)
    return " , ".join(about)


def _unlike(line: Line, item: Item) -> int:
    return sum(item.options.get(name) != value for name, value in line.options.items())
