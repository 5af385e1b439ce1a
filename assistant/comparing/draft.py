"""Items put into sentences, as many of them as there is room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assistant.comparing.items import Item, Wording
from assistant.evidence import Evidence
from assistant.reply import Citation

MOST_WORDS, MOST_CHARACTERS = 45, 80
# How much is told, from much to little: reasons, gains, losses, and whether the name is said.
BREVITY = (
    (3, 3, 2, True),
    (2, 3, 2, True),
    (2, 2, 1, True),
    (1, 2, 1, True),
    (1, 1, 1, True),
    (2, 1, 1, False),
    (1, 1, 1, False),
    (1, 0, 0, True),
    (1, 0, 0, False),
    (0, 0, 0, False),
)


@dataclass(frozen=True)
class Told:
    """A text and what it rests on."""

    text: str
    citations: tuple[Citation, ...] = ()


@dataclass
class Draft:
    """A text in the making: each item that is said brings its citations."""

    wording: Wording
    citations: list[Citation] = field(default_factory=list)

    def say(self, pattern: str, /, **words: str) -> str:
        """A pattern of the comparison with its words filled in."""
        return str(self.wording.phrases[pattern]).format(**words)

    def clauses(self, items: Sequence[Item]) -> str:
        """Items joined, those of one verb under it: "is lighter and has a roomy toe box"."""
        groups: dict[str, list[str]] = {}
        for item in items:
            groups.setdefault(item.verb, []).append(item.text)
            self.citations.extend(item.citations)
        return self.listed(
            [
                self.say(verb, items=self.listed(texts)) if verb else self.listed(texts)
                for verb, texts in groups.items()
            ]
        )

    def listed(self, texts: Sequence[str]) -> str:
        """Texts joined as in a list; those that hold lists themselves by a longer break."""
        join, last = str(self.wording.evidence.phrases["join"]), str(self.wording.phrases["and"])
        if len(texts) < 2:
            return "".join(texts)
        if any(last in text for text in texts):
            join, last = (str(self.wording.phrases[n]) for n in ("join_lists", "and_lists"))
        return last.join([join.join(texts[:-1]), texts[-1]])

    def told(self, text: str) -> Told:
        """The text with what its items rest on."""
        return Told(text, tuple({(c.marker, c.source): c for c in self.citations}.values()))


def shortest(drafts: Iterator[Told], evidence: Evidence) -> Told:
    """The first draft that is short enough; the last one where none is."""
    told = Told("")
    for told in drafts:
        length = len(told.text) if evidence.language == "zh" else len(told.text.split())
        if length <= (MOST_CHARACTERS if evidence.language == "zh" else MOST_WORDS):
            break
    return told
