"""What a comparison comes to: its table, its verdict, and what one would trade."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assistant.comparing.advantages import (
    advantages,
    drawbacks,
    extreme,
    first_of_all,
    gain,
    met,
    unmet,
    wishes_over,
    wishes_under,
)
from assistant.comparing.draft import BREVITY, Draft, Told, shortest
from assistant.comparing.items import Item, Wording
from assistant.comparing.table import ComparisonRow, ComparisonTable
from assistant.evidence import Evidence
from retrieval.product import Product
from tools.compare_products import Comparison, compare
from tools.differences import direction
from tools.ranking import field_number
from tools.standing import Standing


def comparison_table(comparison: Comparison, evidence: Evidence) -> ComparisonTable:
    """The comparison as the reply carries it, in the answer's language.

    Args:
        comparison: what the tool found.
        evidence: holds the products under their numbers, and the language.
    """
    wording = Wording(evidence)
    rows = [
        ComparisonRow(
            field=row.field,
            label=wording.phrases["row_labels"].get(row.field) or wording.label(row.field),
            values=[wording.cell(product, row.field) for product in comparison.products],
            best=row.best,
        )
        for row in comparison.rows
        if all(wording.sayable(product, row.field) for product in comparison.products)
    ]
    return ComparisonTable(
        products=[product.id for product in comparison.products],
        rows=rows,
        verdict=verdict(comparison, evidence).text,
        depends_on=_sayable(comparison, wording),
    )


def verdict(comparison: Comparison, evidence: Evidence) -> Told:
    """Which product is better for the need and why, and what the runner-up has to offer; or
    what it depends on. At most 45 words, or 80 Chinese characters.

    Args:
        comparison: what the tool found.
        evidence: holds the products under their numbers, and the language.
    """
    write = _depends if comparison.verdict.pick is None else _pick
    return shortest(write(comparison, evidence), evidence)


def trade_off(evidence: Evidence, pick: Product, other: Product) -> Told | None:
    """What one would trade by taking another product than the pick.

    Args:
        evidence: holds both products, and the plan that the need was searched by.
        pick: the recommended product.
        other: the runner-up.

    Returns:
        None where nothing of what counts tells the two apart.
    """
    plan = evidence.plan
    found = compare(
        evidence.index,
        [pick.id, other.id],
        where=plan.conditions,
        prefer=plan.prefer,
        sort=plan.sort,
    )
    ours, theirs = found.verdict.standings
    wording = Wording(evidence)
    gains = advantages(wording, other, pick, theirs, ours)
    losses = drawbacks(wording, other, pick, theirs, ours)
    if not gains and not losses:
        return None
    marker = evidence.marker(other)

    def drafts() -> Iterator[Told]:
        for _, most_gains, most_losses, _ in BREVITY:
            draft = Draft(wording)
            words = {"marker": marker}
            if gains[:most_gains]:
                words["gains"] = draft.clauses(gains[:most_gains])
            if losses[:most_losses]:
                words["losses"] = draft.clauses(losses[:most_losses])
            both = "trade" if len(words) == 3 else f"trade_{'gains' if gains else 'losses'}"
            if len(words) > 1:
                yield draft.told(draft.say(both, **words))

    return shortest(drafts(), evidence)


def _pick(comparison: Comparison, evidence: Evidence) -> Iterator[Told]:
    result, wording = comparison.verdict, Wording(evidence)
    standing = {s.product_id: s for s in result.standings}
    products = {p.id: p for p in comparison.products}
    assert result.pick is not None
    assert result.runner_up is not None
    pick, second = products[result.pick], products[result.runner_up]
    others = [p for p in comparison.products if p is not pick]
    ours, theirs = standing[pick.id], standing[second.id]
    many = len(others) > 1
    if many:
        reasons = list(wishes_over(wording, pick, ours, [standing[p.id] for p in others]))
        told = {item.field for item in reasons}
        reasons += [n for n in first_of_all(wording, pick, others) if n.field not in told]
    else:
        reasons = advantages(wording, pick, second, ours, theirs)
    for item in extreme(wording, pick, others):
        reasons = [item, *(r for r in reasons if r.field != item.field)]
    shortfall = list(wording.wishes(pick, ours.missed, hold=False))
    gains = advantages(wording, second, pick, theirs, ours)
    losses = list(wishes_under(wording, second, theirs, ours))
    for most_reasons, most_gains, most_losses, named in BREVITY:
        draft = Draft(wording, [wording.cite(pick, "price")])
        name = evidence.marker(pick)
        if named:
            name = f"{evidence.title(pick)} {name}"
        words = {"name": name, "price": evidence.price(pick), "missed": ""}
        if shortfall:
            missed = draft.clauses(shortfall[: max(most_losses, 1)])
            words["missed"] = draft.say("though", items=missed)
        pattern = "nearest" if shortfall else "pick"
        if reasons[:most_reasons]:
            words["reasons"] = draft.clauses(reasons[:most_reasons])
            text = draft.say("nearest_of_many" if shortfall and many else pattern, **words)
        else:
            text = draft.say(f"{pattern}_plain", **words)
        if most_gains:
            text = evidence.phrases["stop"].join(
                [text, _traded(draft, second, gains[:most_gains], losses[:most_losses], many=many)]
            )
        yield draft.told(text)


def _traded(
    draft: Draft, second: Product, gains: Sequence[Item], losses: Sequence[Item], *, many: bool
) -> str:
    words = {"marker": draft.wording.evidence.marker(second)}
    pattern = "trade_next" if many else "trade"
    if not gains:
        return draft.say(f"{pattern}_nothing", **words)
    words["gains"] = draft.clauses(gains)
    if not losses:
        return draft.say(f"{pattern}_gains", **words)
    return draft.say(pattern, losses=draft.clauses(losses), **words)


def _depends(comparison: Comparison, evidence: Evidence) -> Iterator[Told]:
    result, wording = comparison.verdict, Wording(evidence)
    among = [p for p in comparison.products if p.id in result.candidates]
    standing = {s.product_id: s for s in result.standings}
    draft = Draft(wording)
    depends_on = _sayable(comparison, wording)
    if not depends_on:
        yield draft.told(draft.say("equal", markers=draft.listed([*map(evidence.marker, among)])))
        return
    sort = evidence.plan.sort
    if sort is not None and depends_on == [sort.field]:
        silent = [p for p in among if field_number(p, sort.field) is None]
        markers = draft.listed([evidence.marker(p) for p in silent])
        draft.citations.extend(wording.cite(p, sort.field) for p in silent)
        yield draft.told(
            draft.say("untold_extreme", label=wording.label(sort.field), markers=markers)
        )
        return
    pattern = "depends"
    if all(s.missed for s in result.standings):
        pattern += "_unmet_of_many" if len(comparison.products) > 2 else "_unmet"
    for most in range(len(depends_on), 0, -1):
        draft = Draft(wording)
        fields = depends_on[:most]
        parts = []
        for product in among:
            others = [p for p in among if p is not product]
            items = list(_aspects(wording, product, others, fields, standing))
            if items:
                marker = evidence.marker(product)
                parts.append(draft.say("part", marker=marker, items=draft.clauses(items)))
        if parts:
            joined = str(wording.phrases["parts_join"]).join(parts)
            said = draft.listed([wording.label(f) for f in fields])
            yield draft.told(draft.say(pattern, fields=said, parts=joined))
    said = draft.listed([wording.label(f) for f in depends_on])
    yield Told(draft.say("depends_plain", fields=said))


def _sayable(comparison: Comparison, wording: Wording) -> list[str]:
    """The fields on which the choice depends, save those that hold whole texts."""
    return [
        field
        for field in comparison.verdict.depends_on
        if all(wording.sayable(product, field) for product in comparison.products)
    ]


def _aspects(
    wording: Wording,
    product: Product,
    others: Sequence[Product],
    fields: Sequence[str],
    standing: Mapping[str, Standing],
) -> Iterator[Item]:
    """What speaks for a product in the fields on which the choice depends."""
    ours = standing[product.id]
    missed = [c for p in others for c in unmet(standing[p.id])]
    yield from wording.wishes(
        product, [c for c in met(ours) if c in missed and c.field in fields], hold=True
    )
    # A wish that all miss alike decides nothing; the field still may.
    wished = {c.field for c in missed if c not in unmet(ours)}
    wished |= {c.field for c in unmet(ours) if any(c not in unmet(standing[p.id]) for p in others)}
    for name in fields:
        if name in wished:
            continue
        if not direction(name):
            item = wording.nature(product, others, name)
        elif len(others) > 1:
            item = wording.plain(product, name)
        elif gain(product, others[0], name) > 0:
            item = wording.gap(product, others[0], name)
        else:
            continue
        if item is not None:
            yield item
