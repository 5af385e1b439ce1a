"""Who a shopper says they are: body, gender, and what they usually spend."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.profile.dialogue.ailing import AILS, PAINS, read_ailing
from assistant.profile.dialogue.contradiction import trait_entry
from assistant.profile.dialogue.lasting_words import is_denied, markers, says
from assistant.profile.dialogue.statements import Said, Stated, written_value
from assistant.profile.facts import ProfileFact
from retrieval.advice import Advice
from retrieval.text import has_cjk, normalise, stem, tokens
from tools.reading.quotes import Span
from tools.reading.subject import Clause

_MINE = re.compile(r"\b(?:my|i|me|i['’](?:m|ve))\b|我", re.IGNORECASE)
_ASKS_OF_SELF = re.compile(r"^\W*(?:do|am|did|have|would|could|should)\s+i\b|是不是|什么", re.I)
# Words for what ails, or for any body: they name no part of one.
_ACHES = PAINS | frozenset(
    stem(word)
    for word in "my the a of in on get gets have is are not no any more now don do doesn fine ok "
    "better again".split()
)
# The lists that tell one's gender, and the words of it that a catalogue may have.
_GENDERS = {"women": ("bare_woman", "women", "女"), "men": ("bare_man", "men", "男")}


def read_traits(said: Said, known: Sequence[ProfileFact]) -> list[Stated]:
    """The lasting needs of the shopper's body that the shop has advice on, stated or taken back.

    Args:
        said: the message.
        known: the profile, whose ailments may be over.
    """
    stated: list[Stated] = []
    read = {str(fact.value) for fact in said.facts if fact.field == "need" and fact.op == "="}
    for mention in said.index.advice.find(said.text):
        entry, span = mention.advice, Span(mention.start, mention.end)
        clause = said.clause_at(span.start)
        if not entry.trait or not clause.of_shopper:
            continue
        at = span.start - clause.span.start
        over = (
            is_denied(clause.text, at)
            or _gone(said, clause, span)
            or says("recovered", clause.text)
        )
        mine = _MINE.search(clause.text[:at]) is not None
        if clause.asks and not (mine and not _ASKS_OF_SELF.search(clause.text)):
            continue
        if over or mine or entry.id in read:
            name, quote = entry.name("en"), said.written[span.start : span.end]
            if over:
                quote = said.quote(clause)
            elif says("once", clause.text):
                continue
            stated.append(Stated(entry.field, "=", name, quote, holds=not over))
    between = list(_read_between_the_lines(said, stated))
    ailing = list(read_ailing(said, [*stated, *between]))
    return [*stated, *between, *ailing, *_recovered(said, known)]


def _recovered(said: Said, known: Sequence[ProfileFact]) -> Iterator[Stated]:
    """Ailments of a part of the body that is well again: "my knees don't hurt any more"."""
    for clause in said.clauses:
        if not clause.own:
            continue
        well = says("recovered", clause.text)
        sentence = said.sentence(clause)
        for fact in known:
            entry = trait_entry(fact.field, fact.value, said.index.advice)
            if entry is None:
                continue
            if _contrary(clause.text, entry) or (well and _names_part(sentence, entry)):
                yield Stated(fact.field, "=", fact.value, said.quote(clause), holds=False)


def _contrary(text: str, entry: Advice) -> bool:
    """Whether a text says the contrary of a need: "my feet aren't wide", "脚不宽"."""
    for word in (word for group in entry.words.values() for word in group):
        parts = word.split()
        if has_cjk(word) and 2 <= len(word) <= 3:
            part, grade = map(re.escape, (word[:-1], word[-1]))
            pattern = rf"{part}[^，。,.]{{0,3}}不(?:算|是很|太|怎么)?{grade}"
        elif len(parts) == 2:
            grade, part = map(re.escape, parts)
            denied = r"(?:(?:are|is)(?:n['’]?t|\s+not)|no\s+longer)"
            pattern = rf"\b{part}\s+{denied}\s+(?:\w+\s+)?{grade}\b"
        else:
            continue
        if re.search(pattern, text, re.IGNORECASE):
            return True
    return False


def _names_part(text: str, entry: Advice) -> bool:
    """Whether a text has the part of the body that all words for a need begin or end with."""
    stems = {token.stem for token in tokens(normalise(text)) if not token.cjk} - _ACHES
    for word in (word for group in entry.words.values() for word in group):
        if has_cjk(word):
            # "膝盖疼" is of 膝盖, "腰不好" of 腰.
            part = AILS.sub("", word)
            if (part != word and part in text) or (len(word) > 2 and word[:2] in text):
                return True
        elif stems & ({token.stem for token in tokens(normalise(word))} - _ACHES):
            return True
    return False


def _read_between_the_lines(said: Said, stated: Sequence[Stated]) -> Iterator[Stated]:
    """Traits that the model read in words that no list has."""
    for fact in said.facts:
        entry = said.index.advice.get(str(fact.value)) if fact.field == "need" else None
        where = said.place(fact)
        if entry is None or not entry.trait or where is None:
            continue
        clause, span = where
        known = any(s.field == entry.field and s.value == entry.name("en") for s in stated)
        found = any(m.advice.id == entry.id for m in said.index.advice.find(said.text))
        if known or found or not clause.own or says("once", clause.text):
            continue
        if not is_denied(clause.text, span.start - clause.span.start) and not _gone(
            said, clause, span
        ):
            yield Stated(entry.field, "=", entry.name("en"), fact.quote)


def _gone(said: Said, clause: Clause, span: Span) -> bool:
    after = said.text[span.end : clause.span.end]
    return any(not after[: m.span.start].strip(" 的") for m in markers(("over_after",), after))


def read_gender(said: Said) -> list[Stated]:
    """Whether the shopper says that they are a woman or a man, where the catalogue has both.

    Args:
        said: the message.
    """
    for kind, (bare, *words) in _GENDERS.items():
        for clause in said.clauses:
            named = says(kind, clause.text) or says(bare, said.sentence(clause))
            if not clause.own or not named or says("denied", clause.text):
                continue
            terms = [t for word in words for t in said.index.vocabulary.resolve(word)]
            for term in terms:
                if term.field == "gender":
                    value = written_value(term.value)
                    return [Stated("gender", "=", value, said.quote(clause))]
    return []


def read_budget(said: Said, known: Sequence[ProfileFact]) -> list[Stated]:
    """What the shopper usually spends at most; a budget for this purchase is none.

    Args:
        said: the message.
        known: the profile, whose usual budget may be another now.
    """
    priced = any(fact.field == "price" for fact in known)
    for fact in said.facts:
        where = said.place(fact)
        if fact.field != "price" or fact.op not in ("<", "<=") or fact.sort or where is None:
            continue
        clause, _ = where
        text = clause.text
        if says("gone_up_to_size", text) and not says("money", text):
            continue
        # "I usually spend about 120, 150 at most": the habit stands in the part before.
        before = said.before(clause)
        usual = says("usual", text) or (priced and says("raised", text))
        goes_on = before is not None and says("usual", before.text) and says("money", before.text)
        once = says("once", text) or says("occasion", text)
        if (usual or goes_on) and clause.own and not once:
            return [Stated("price", "<=", written_value(fact.value), said.quote(clause))]
    return []
