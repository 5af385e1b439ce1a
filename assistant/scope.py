"""Messages that are none of a shop assistant's business, by words that mean nothing else.

What a message asks for is the model's to say. These rules stand behind it, for the clear cases: a
small model that misreads one of them would answer it with goods.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from tools.reading.fact import ParsedQuery
from tools.reading.quotes import Span
from tools.reading.word_lists import load_word_lists

# A full stop inside "maria.lopez" or 3.5 ends no sentence.
_SENTENCE = re.compile(r"(?:[^.!?。！？;；\n]|\.(?=[^\s.]))+[.!?。！？;；\n]*")


def is_out_of_scope(message: str, parsed: ParsedQuery) -> bool:
    """Whether a message asks for other people's data, for another task, or to be another bot.

    Where another sentence of it wishes for goods, those are answered: "Tell me a joke. And I need
    boots in 44."

    Args:
        message: the shopper's.
        parsed: its reading, checked.
    """
    barred = [sentence for sentence in _sentences(message) if _is_barred(message, sentence)]
    if not barred:
        return False
    said = [fact.quote for fact in (*parsed.facts, *parsed.asked)] + [
        aside.quote for aside in parsed.unmatched
    ]
    rest = [s for s in _sentences(message) if s not in barred]
    return not any(quote in message[s.start : s.end] for quote in said for s in rest)


def _is_barred(message: str, sentence: Span) -> bool:
    text = message[sentence.start : sentence.end].replace("’", "'")
    return any(words.search(text) for words in _patterns().values())


def _sentences(message: str) -> Iterator[Span]:
    for match in _SENTENCE.finditer(message):
        yield Span(match.start(), match.end())


@cache
def _patterns() -> Mapping[str, re.Pattern[str]]:
    return load_word_lists("assistant", "scope.yaml")
