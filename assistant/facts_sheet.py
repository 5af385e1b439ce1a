"""What the model is given to word an answer: short, because each token of it is read anew."""

from __future__ import annotations

from collections.abc import Iterable

from assistant.evidence import Evidence
from assistant.need import Wish
from retrieval.money import format_price
from retrieval.product import Product

_MOST_FACTS = 4


def wishes_line(evidence: Evidence) -> str | None:
    """The wishes in the shopper's words, with the sign of each; None where there is none."""
    fixed = evidence.phrases
    said = [_signed(wish, evidence) for wish in evidence.need.wishes()]
    if not said:
        return None
    return str(fixed["evidence_wishes"]).format(wishes=fixed["join"].join(dict.fromkeys(said)))


def recommendation_sheet(evidence: Evidence, opening: str) -> str:
    """The facts of a recommendation whose opening the shopper has read.

    Of the products after the pick only that is told in which they differ from it: a small model
    repeats what it is given, and what all have in common helps nobody to choose.

    Args:
        evidence: its first product is the pick.
        opening: the first sentence of the answer.
    """
    fixed = evidence.phrases
    lines = [line for line in [wishes_line(evidence)] if line]
    pick = evidence.products[0]
    for entry in evidence.explained:
        name, reason = entry.name(evidence.language), entry.reason[evidence.language]
        lines.append(fixed["evidence_advice"].format(name=name, reason=reason))
    lines += [_line(evidence, product, _pick_facts(evidence, pick)) if product is pick
              else _line(evidence, product, _other_facts(evidence, product, pick))
              for product in evidence.products]  # fmt: skip
    lines.append(fixed["evidence_opening"].format(opening=opening))
    lines.append(fixed["evidence_go_on"])
    return "\n".join(lines)


def record_sheet(evidence: Evidence) -> str:
    """The whole records of the products that a question is about."""
    lines = [evidence.phrases["evidence_message"].format(message=evidence.message)]
    lines.append(evidence.phrases["evidence_products"])
    lines += ["\n".join(evidence.record_lines(product)) for product in evidence.products]
    return "\n".join(lines)


def _line(evidence: Evidence, product: Product, facts: Iterable[str]) -> str:
    join = evidence.phrases["join"]
    return f"{evidence.marker(product)} {evidence.title(product)}: {join.join(facts)}"


def _pick_facts(evidence: Evidence, pick: Product) -> list[str]:
    return [evidence.price(pick), *[r.text for r in evidence.reasons(pick)][:_MOST_FACTS]]


def _other_facts(evidence: Evidence, product: Product, pick: Product) -> list[str]:
    """Price with its difference, then what the pick does not have in the same words."""
    gap = product.effective_price - pick.effective_price
    facts = [evidence.price(product)]
    if gap:
        amount = format_price(abs(gap), product.currency, evidence.language)
        pattern = evidence.phrases["costs_more" if gap > 0 else "costs_less"]
        facts[0] += str(pattern).format(amount=amount)
    shared = {reason.text for reason in evidence.reasons(pick)}
    facts += [r.text for r in evidence.reasons(product) if r.text not in shared][:_MOST_FACTS]
    if product.rating is not None and evidence.rated(product) not in facts:
        facts.append(evidence.rated(product))
    return facts


def _signed(wish: Wish, evidence: Evidence) -> str:
    """ "not black", where the quote is only "black": a bare word would read as a wish for it."""
    if wish.op != "!=":
        return wish.quote
    return str(evidence.phrases["not_wanted"]).format(quote=wish.quote)
