"""What of a turn is counted: terms of the catalogue, notions of service, rules, never a message."""

from __future__ import annotations

from collections.abc import Iterator

from assistant.asked import Asked
from assistant.desk.rules import Trigger
from assistant.insight.kinds import Counted, Kind
from assistant.insight.terms import grouped, part_of, term_of
from assistant.reply import Intent, Reply
from retrieval.policies.notions import A_CARD, A_COUNTRY, names_in, notions

ALL, OTHER = "all", "other"
# Wishes on these with no match are questions of currency, or of a size that nothing is made in.
_NOT_MISSING = frozenset({"price", "rating"})
_MOST_PARTS = 3
# Characters of a question that are read for what it speaks of.
_MOST_READ = 500


def counts_of(asked: Asked, reply: Reply, trigger: Trigger | None) -> list[Counted]:
    """What a turn counts for.

    Args:
        asked: the message, with its thread before the turn.
        reply: the answer.
        trigger: the rule that hands the talk to a person now; None where none does.
    """
    found = [Counted(Kind.TALKS, ALL), *_needs(asked, reply), *_missing(reply)]
    found += _unfit(asked, reply)
    # To ask back is to help.
    if reply.unanswered and reply.intent != "clarify":
        found.append(Counted(Kind.UNHELPED, ALL))
    if reply.intent == "policy" and reply.unanswered:
        found.append(Counted(Kind.QUESTIONS, question_term(asked.message)))
    if trigger is not None and (asked.case is None or asked.case.status == "returned"):
        found.append(Counted(Kind.HANDOFFS, trigger.value))
    return found


def thumb_of(thumb: str, intent: Intent) -> Counted:
    """What feedback counts for.

    Args:
        thumb: ``up`` or ``down``.
        intent: of the answer that it is on.
    """
    return Counted(Kind.THUMBS, f"{thumb}/{intent}")


def _needs(asked: Asked, reply: Reply) -> Iterator[Counted]:
    turn = asked.thread.turns + 1
    for wish in (*reply.need.must, *reply.need.prefer):
        part = part_of(wish, asked.index) if wish.turn == turn else None
        if part is not None:
            yield Counted(Kind.NEEDS, term_of([part]))


def _missing(reply: Reply) -> Iterator[Counted]:
    for wish in reply.need.unmatched:
        found = None if wish.field in _NOT_MISSING else grouped(wish.quote)
        if found is not None:
            yield Counted(Kind.MISSING, *found)


def _unfit(asked: Asked, reply: Reply) -> Iterator[Counted]:
    """The kind of goods with what was asked of it in a turn whose wishes nothing met."""
    if reply.intent != "recommend" or not reply.unanswered or reply.products:
        return
    # A wish without a match is counted as missing; the others were not looked for.
    if reply.need.unmatched:
        return
    turn = asked.thread.turns + 1
    must = reply.need.must
    kinds = [wish for wish in must if wish.field == "category"]
    new = [wish for wish in must if wish.turn == turn and wish not in kinds]
    wishes = (*kinds[:1], *(new or must))
    parts = [part_of(wish, asked.index, stricter=True) for wish in wishes]
    known = list(dict.fromkeys(part for part in parts if part is not None))[:_MOST_PARTS]
    if known:
        yield Counted(Kind.UNFIT, term_of(known))


def question_term(message: str) -> str:
    """What a question to the policies speaks of: ``delivery/country:NO``, ``return``, ``other``.

    Args:
        message: the shopper's, of which nothing but names of notions is in the term.
    """
    names = names_in(message[:_MOST_READ]) - {A_COUNTRY, A_CARD}
    known = notions()
    roles = {name: known[name].role if name in known else "thing" for name in names}
    topics = sorted(name for name, role in roles.items() if role == "topic")
    things = sorted(name for name, role in roles.items() if role == "thing")
    return "/".join([*topics[:1], *things[:1]]) or OTHER
