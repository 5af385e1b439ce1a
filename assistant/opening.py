"""How an answer opens: the pick, its price and why, in one sentence made from records.

The pick is settled by the ranking, so that the sentence needs no model: it is there as soon as
the search is, and it is right. The model goes on from it.
"""

from __future__ import annotations

from assistant.evidence import Evidence, misses
from assistant.need import Wish
from assistant.reply import Citation
from retrieval.money import format_price
from retrieval.product import Product
from tools.ranking import field_number

_MOST_REASONS = 3


def opening(evidence: Evidence) -> tuple[str, list[Citation]]:
    """The first sentence of a recommendation, and what it rests on.

    Args:
        evidence: with a pick.
    """
    pick = evidence.products[0]
    fixed = evidence.phrases
    values = {
        "title": evidence.title(pick),
        "marker": evidence.marker(pick),
        "price": _price(evidence, pick),
    }
    reasons = [r for r in evidence.reasons(pick) if r.met and not r.source.endswith("#price")][
        :_MOST_REASONS
    ]
    fields = ["price", *(reason.source.partition("#")[2] for reason in reasons)]
    citations = [evidence.cite(pick, name) for name in dict.fromkeys(fields)]
    if pick.on_sale:
        before = evidence.cite(pick, "price")
        source, value = f"product:{pick.id}#price", str(float(pick.price))
        citations.append(before.model_copy(update={"source": source, "value": value}))
    extreme = _extreme(evidence, pick)
    needs = evidence.explained
    if extreme is not None:
        name = "open_extreme_shown" if evidence.among_shown else "open_extreme"
        sentence = fixed[name].format(extreme=extreme, **values)
    elif needs:
        # An entry may be named "for my parents" itself.
        lead = fixed["open_need"].partition("{need}")[0].lower()
        names = [entry.name(evidence.language) for entry in needs]
        named = fixed["join"].join(
            n[len(lead) if n.lower().startswith(lead) else 0 :] for n in names
        )
        sentence = fixed["open_need"].format(need=named, **values)
        marker = evidence.marker(pick).strip("[]")
        citations += [
            Citation(marker=marker, source=f"advice:{e.id}", value=e.name("en")) for e in needs
        ]
    else:
        sentence = fixed["open"].format(**values)
    if reasons:
        sentence += fixed["open_reasons"].format(
            reasons=fixed["join"].join(r.text for r in reasons)
        )
    missed = [wish.quote for wish in evidence.need.prefer if _misses(wish, pick, evidence)]
    if missed:
        sentence += fixed["open_missed"].format(quotes=fixed["join"].join(missed))
    return sentence + fixed["full_stop"], citations


def _price(evidence: Evidence, pick: Product) -> str:
    """The price, with what it was before a reduction."""
    price = evidence.price(pick)
    if not pick.on_sale:
        return price
    was = format_price(pick.price, pick.currency, evidence.language)
    return str(evidence.phrases["price_reduced"]).format(price=price, was=was)


def _extreme(evidence: Evidence, pick: Product) -> str | None:
    """What is extreme about the pick: "the lightest", where it is that among all that fit."""
    sort = evidence.plan.sort
    if sort is None or sort.field not in evidence.extremes:
        return None
    value = field_number(pick, sort.field)
    end = evidence.extremes[sort.field][0 if sort.direction == "asc" else 1]
    if value is None or abs(value - end) > 1e-6:
        return None
    words = evidence.phrases["extremes"].get(f"{sort.field} {sort.direction}")
    if words:
        return str(words)
    label = evidence.index.vocabulary.label(sort.field, evidence.language)
    return str(evidence.phrases[f"extreme_{sort.direction}"]).format(label=label)


def _misses(wish: Wish, pick: Product, evidence: Evidence) -> bool:
    """Whether the pick does not have what the shopper would rather have."""
    if wish.field == "need":
        entry = evidence.index.advice.get(str(wish.value))
        # Advice that requires nothing can be followed more or less, and is not missed.
        if entry is None or not entry.require:
            return False
    return misses(wish, pick, evidence, evidence.plan.prefer)
