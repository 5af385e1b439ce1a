"""Takes the identities of people out of the texts of one conversation.

What is taken out leaves a word in brackets, in the language of the text: ``[phone]``, ``[姓名]``.
Made-up numbers would be read as budgets and sizes, and a made-up name could be somebody's; a
bracket is neither, it reads as what it is, and a person who looks the file through sees at once
what was found and what was not. Two of a kind are told apart by a letter that is no size.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from assistant.language import language_of
from evals.recording.addresses import find_addresses
from evals.recording.births import find_births
from evals.recording.chinese_names import find_chinese_names
from evals.recording.documents import find_documents
from evals.recording.english_names import find_english_names
from evals.recording.identity import Identity, Kind, narrow
from evals.recording.name_lists import how_ordinary
from evals.recording.numbers import find_numbers
from evals.recording.reached import find_reached
from evals.recording.shop_words import ShopWords
from retrieval.text import has_cjk

_CALLED: dict[Kind, tuple[str, str]] = {
    "name": ("name", "姓名"),
    "email": ("e-mail", "邮箱"),
    "phone": ("phone", "电话"),
    "card": ("card", "银行卡"),
    "account": ("account", "银行账户"),
    "id": ("id", "证件"),
    "order": ("reference", "编号"),
    "number": ("number", "号码"),
    "address": ("address", "地址"),
    "link": ("link", "链接"),
    "handle": ("handle", "账号"),
    "secret": ("secret", "密码"),
    "birthday": ("birthday", "生日"),
}
_LETTERS = "BCDEFGHJKNOPQRTUVWYZ"  # without A, for the first has none, and without sizes
# A bracket that an earlier turn, or an earlier scrubbing, has left.
_LEFT = re.compile(
    r"\[(?:" + "|".join(word for pair in _CALLED.values() for word in pair) + r")(?: [A-Z]+)?\]"
)
# From here on of wordfreq's scale a name is a word too: "Will", "May".
_WORD_TOO = 4.9


class Scrubber:
    """The texts of one conversation. The same name has the same place in all of them.

    Args:
        words: the shop's, which stay.

    Attributes:
        replaced: how many were taken out, by kind.
    """

    def __init__(self, words: ShopWords) -> None:
        self._words = words
        self._names: dict[str, str] = {}
        self._letters: dict[tuple[Kind, str], str] = {}
        self.replaced: Counter[Kind] = Counter()

    def learn(self, texts: Iterable[str]) -> None:
        """Notes the names that texts give, to find them where nothing says that they are names."""
        for text in texts:
            plain = narrow(text)
            for found in _apart([*self._given(plain)], []):
                whole = " ".join(plain[found.start : found.end].split())
                self._names.setdefault(whole.casefold(), whole)
                if not has_cjk(whole):
                    for part in re.split(r"[\s'’-]+", whole):
                        if len(part) > 1:
                            self._names.setdefault(part.casefold().strip("."), whole)

    def scrub(self, text: str) -> str:
        """The text without identities."""
        if not text:
            return text
        plain = narrow(text)
        found = [*find_births(plain)]
        for find in (find_numbers, find_reached, find_documents, find_addresses):
            found += find(plain, self._words)
        found += [*self._given(plain), *self._named_again(plain)]
        chinese = language_of(text) == "zh"
        pieces: list[str] = []
        end = 0
        for item in _apart(found, [match.span() for match in _LEFT.finditer(text)]):
            pieces += [text[end : item.start], self._stand_in(item, plain, chinese=chinese)]
            self.replaced[item.kind] += 1
            end = item.end
        return "".join([*pieces, text[end:]])

    def scrub_all(self, data: Any) -> Any:
        """Plain data with every text in it scrubbed; keys stay."""
        if isinstance(data, str):
            return self.scrub(data)
        if isinstance(data, dict):
            return {key: self.scrub_all(value) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.scrub_all(value) for value in data]
        return data

    def _given(self, plain: str) -> Iterable[Identity]:
        yield from find_english_names(plain, self._words)
        yield from find_chinese_names(plain, self._words)

    def _named_again(self, plain: str) -> Iterable[Identity]:
        for name in self._names:
            if has_cjk(name):
                at = plain.find(name)
                while len(name) > 1 and at >= 0 and not self._words.has(name):
                    yield Identity("name", at, at + len(name))
                    at = plain.find(name, at + 1)
                continue
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", plain, re.IGNORECASE):
                if self._is_name(match, plain):
                    yield Identity("name", *match.span())

    def _is_name(self, match: re.Match[str], plain: str) -> bool:
        """Whether a word that was a name elsewhere is one here."""
        word = match.group()
        if " " in word:
            return True
        if self._words.has(word):
            return False
        if how_ordinary(word, "en") < _WORD_TOO:
            return True
        begins = not plain[: match.start()].strip() or re.search(
            r"[.!?\n]\s*$", plain[: match.start()]
        )
        return word[0].isupper() and not begins

    def _stand_in(self, item: Identity, plain: str, *, chinese: bool) -> str:
        value = " ".join(plain[item.start : item.end].casefold().split())
        if item.kind == "name":
            value = self._names.get(value, value).casefold()
        elif item.kind in ("phone", "card", "number", "account", "id"):
            value = re.sub(r"\W", "", value)
        known = self._letters.get((item.kind, value))
        if known is None:
            before = sum(kind == item.kind for kind, _ in self._letters)
            known = self._letters[item.kind, value] = f" {_letter(before)}" if before else ""
        return f"[{_CALLED[item.kind][chinese]}{known}]"


def _letter(number: int) -> str:
    """A letter for the second of a kind (1) and all that follow."""
    rounds, place = divmod(number - 1, len(_LETTERS))
    return _LETTERS[place] * (rounds + 1)


def _apart(found: Sequence[Identity], left: Sequence[tuple[int, int]]) -> list[Identity]:
    """What was found, where it overlaps as one, without what stands in brackets already."""
    merged: list[Identity] = []
    free = [
        item
        for item in found
        if item.end > item.start
        and not any(item.start < end and start < item.end for start, end in left)
    ]
    for item in sorted(free, key=lambda item: (item.start, -item.end)):
        if merged and item.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Identity(last.kind, last.start, max(last.end, item.end))
        else:
            merged.append(item)
    return merged
