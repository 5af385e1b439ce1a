"""Fitness for a need, and for what the shopper wants."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.claims.denial import denies
from assistant.claims.findings import Clause, Findings
from assistant.claims.fitness import is_right_for
from assistant.evidence import Evidence
from assistant.reply import Citation
from retrieval.advice import NeedMention
from retrieval.conditions import Condition
from retrieval.product import Product

# What a shop may not promise of a body: that it gets better, or that nothing will hurt.
_OUTCOME = re.compile(
    r"\b(?:will|won['’]t|['’]ll|no\s+more|never|gone|away|better|worse|cures?|heals?|reliev\w+"
    r"|relief|prevents?|"
    r"eliminat\w+|fix(?:es|ed)?|stops?|eas(?:e|es|ing)|reduc\w+|corrects?|treat\w*|free\s+of"
    r"|disappear\w*|recover\w*)\b"
    r"|会|不再|缓解|改善|治|消除|减轻|消失|告别|远离|矫正|纠正|预防|避免|根治|康复",
    re.IGNORECASE,
)
_WISHES_MET = re.compile(
    r"\b(?:fit|meet|match|satisf(?:y|ie)|fulfil+|suit|cover|tick)(?:e?s|ed"
    r"|ing)?\s+(?:well\s+)?(?:with\s+)?(?P<all>all\s+(?:of\s+)?|every\s+one\s+of\s+|each\s+of\s+)?"
    r"(?:your|the|these|those|this)\s+(?:\w+\s+)?(?:wish(?:es)?|needs?|requirements?|criteria"
    r"|requests?|preferences?|conditions?|boxes)\b"
    r"|(?P<best>最)?(?:符合|满足|达到|合乎|契合)(?:了)?(?:您|你)?(?:提出)?的?(?P<zh>所有|全部"
    r"|各项|一切)?的?(?:要求|需求|需要"
    r"|条件|期望)",
    re.IGNORECASE,
)
_IN_BUDGET = re.compile(
    r"\b(?:within|under|below|inside|fits?|in|meets?|on)\s+(?:your|the|a"
    r"|this)\s+(?:\w+\s+)?(?:budget|price\s+(?:range|limit))\b"
    r"|(?:在|符合|满足|没有超出|不超|未超)(?:出|过)?(?:您|你)?的?(?:预算)",
    re.IGNORECASE,
)
_OVER_BUDGET = re.compile(
    r"\b(?:above|over|exceed\w*|beyond|outside)\s+(?:your|the|this)\s+(?:\w+\s+)?(?:budget"
    r"|price\s+(?:range|limit))\b"
    r"|(?<!没有)(?<!不)(?<!未)超(?:出|过)?了?(?:您|你)?的?预算",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:not|n['’]t|never)\b|n['’]t\b|不|没|未", re.IGNORECASE)


# "More comfortable", "更适合扁平足": of two that suit a need, nobody computed which suits it more.
_MORE_SO = re.compile(
    r"\b(?:more|most|less|least|better|best)(?:\s+\w+){0,2}\s*$|[更最](?:加|为)?(?:适合|合适)?\s*$",
    re.IGNORECASE,
)


def check_needs(
    text: str,
    clause: Clause,
    mentions: Sequence[NeedMention],
    evidence: Evidence,
    found: Findings,
) -> list[tuple[int, int]]:
    """A product is called right for a need only where the advice file says so.

    Returns:
        The spans that are judged.
    """
    index = evidence.index
    inside = text[clause.start : clause.end]
    spans: list[tuple[int, int]] = []
    if clause.wished:
        return [(m.start, m.end) for m in mentions if clause.holds(m.start)]
    for mention in (m for m in mentions if clause.holds(m.start)):
        spans.append((mention.start, mention.end))
        words, entry = text[mention.start : mention.end], mention.advice
        outside = inside.replace(words, " ")
        if outcome := _OUTCOME.search(outside):
            found.fault(f"promises something for “{words}” (“{outcome.group()}”)")
            continue
        if compared := _MORE_SO.search(text[clause.start : mention.start]):
            others = [p for p in evidence.products if p not in clause.about]
            if not others or any(index.suiting(entry)[index.row(p.id)] for p in others):
                found.fault(f"the comparison “{compared.group().strip()} {words}” was not computed")
                continue
        denied = denies(text, clause, mention.start, mention.end)
        denied = denied or bool(_denies_fit(inside))
        fitting = index.suiting(entry)
        for product in clause.about:
            row, right = index.row(product.id), is_right_for(entry, product, index)
            if bool(fitting[row]) if denied else not right:
                found.fault(f"“{words}”: the advice does not say so of {evidence.marker(product)}")
                break
            marker = evidence.marker(product).strip("[]")
            found.citations.append(
                Citation(marker=marker, source=f"advice:{entry.id}", value=entry.name("en"))
            )
    return spans


def check_wishes(
    text: str, clause: Clause, evidence: Evidence, found: Findings
) -> list[tuple[int, int]]:
    """ "It meets your wishes" and "within your budget" are held against the records.

    Returns:
        The spans that are judged.
    """
    inside = text[clause.start : clause.end]
    spans: list[tuple[int, int]] = []
    for match in _WISHES_MET.finditer(inside):
        spans.append((clause.start + match.start(), clause.start + match.end()))
        conditions = evidence.plan.conditions
        if match["all"] or match["zh"]:
            conditions = [*conditions, *evidence.plan.prefer]
        at = clause.start + match.start()
        denied = denies(text, clause, at, clause.start + match.end())
        if match["best"] and any(p.id != evidence.pick for p in clause.about):
            found.fault("calls another product than the pick the best")
        if any(_meets(p, conditions, evidence) == denied for p in clause.about):
            found.fault(f"“{match.group()}” is not so by the record")
    for pattern, over in ((_IN_BUDGET, False), (_OVER_BUDGET, True)):
        for match in pattern.finditer(inside):
            spans.append((clause.start + match.start(), clause.start + match.end()))
            bounds = [
                float(w.value)
                for w in evidence.need.wishes()
                if w.field == "price" and isinstance(w.value, float) and w.op in ("<", "<=")
            ]
            negated = bool(_NOT.search(inside[max(0, match.start() - 8) : match.start()]))
            wanted = (over != negated) != clause.denies
            if not bounds:
                found.fault(f"“{match.group()}”, and no budget was named")
            elif any((float(p.effective_price) > min(bounds)) != wanted for p in clause.about):
                found.fault(f"“{match.group()}” is not so by the price")
    return spans


def _denies_fit(inside: str) -> bool:
    return bool(
        re.search(
            r"\b(?:not|n['’]t)\s+(?:\w+\s+)?(?:suit\w*|recommend\w*|good|ideal|right|meant|made"
            r"|designed|the\s+best)\b"
            r"|不(?:太|是很|怎么)?(?:适合|合适|推荐|建议|宜)",
            inside,
            re.IGNORECASE,
        )
    )


def _meets(product: Product, conditions: Sequence[Condition], evidence: Evidence) -> bool:
    if not conditions:
        return True
    index = evidence.index
    return bool(index.columns.mask(conditions)[index.row(product.id)])
