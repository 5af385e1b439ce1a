"""Parts of the body that ail, in other words than the shop's advice has: "my knees are shot"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.profile.dialogue.lasting_words import is_denied, plain, says
from assistant.profile.dialogue.statements import Said, Stated
from retrieval.advice import Advice
from retrieval.text import has_cjk, stem

# Words for an ill that stand beside a part of the body in the shop's advice.
PAINS = frozenset(
    stem(word) for word in "pain bad sore hurt hurts ache aching problem problems".split()
)
AILS = re.compile("(?:不好|不舒服|酸痛|[疼痛酸炎])$")


def read_ailing(said: Said, stated: Sequence[Stated]) -> Iterator[Stated]:
    """The ailments that the shop has advice on whose part of the body is said to ail.

    Args:
        said: the message.
        stated: what is read of the body in other ways, which goes first.
    """
    told = {(s.field, s.value) for s in stated}
    for entry in said.index.advice:
        value = entry.name("en")
        if not entry.trait or (entry.field, value) in told:
            continue
        for clause in said.clauses:
            if not clause.own or says("once", clause.text) or says("recovered", clause.text):
                continue
            if any(_ails(clause.text, at, end) for at, end in named_parts(clause.text, entry)):
                yield Stated(entry.field, "=", value, said.quote(clause))
                break


def named_parts(text: str, entry: Advice) -> list[tuple[int, int]]:
    """Where a text names the part of the body that an ailment is of: knees of "knee pain".

    Args:
        text: in simplified characters.
        entry: the advice; one on what is no pain, such as flat feet, has no such part.
    """
    parts = _parts(entry)
    english = [
        (m.start(), m.end())
        for m in re.finditer(r"[a-z]+", plain(text).lower())
        if stem(m.group()) in parts
    ]
    chinese = [
        (m.start(), m.end())
        for part in parts
        if has_cjk(part)
        for m in re.finditer(re.escape(part), text)
    ]
    return english + chinese


def _parts(entry: Advice) -> set[str]:
    parts = set()
    for word in (word for group in entry.words.values() for word in group):
        if has_cjk(word):
            if AILS.search(word) and len(AILS.sub("", word)) > 1:
                parts.add(AILS.sub("", word))
            continue
        stems = {stem(w) for w in re.findall(r"[a-z]+", word.lower())}
        if len(stems) == 2 and stems & PAINS:
            parts |= stems - PAINS
    return parts


def _ails(text: str, at: int, end: int) -> bool:
    return says("ailing", f"{text[:at]}#{text[end:]}") and not is_denied(text, at)
