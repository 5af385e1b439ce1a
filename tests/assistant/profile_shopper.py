"""One shopper who talks for days, for the tests of what is learnt of them."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from assistant.profile.dialogue.learning import Learnt, learn
from assistant.profile.facts import ProfileFact
from retrieval.index import CatalogueIndex
from tools.reading.fact import ModelReading
from tools.reading.reader import Reader

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RATES = {"USD": Decimal(1)}


class Shopper:
    """One shopper who talks, a day after another, and what is known of them."""

    def __init__(self, index: CatalogueIndex) -> None:
        self.index = index
        self.reader = Reader(index, RATES)
        self.facts: dict[str, ProfileFact] = {}
        self.for_other = False
        self.turns = 0
        self.numbers = itertools.count(1)

    def say(self, message: str, *, again: bool = False) -> Learnt:
        if not again:
            self.turns += 1
        learnt = learn(
            self.reader.read(message, ModelReading(action="search")).facts,
            self.current(),
            message=message,
            index=self.index,
            for_other=self.for_other,
            shopper_id="ann",
            thread_id="t",
            turn_id=f"turn-{self.turns}",
            now=START + timedelta(days=self.turns),
            new_id=lambda: f"fact-{next(self.numbers)}",
        )
        self.for_other = learnt.for_other
        self.facts |= {fact.id: fact for fact in learnt.written}
        return learnt

    def current(self) -> list[ProfileFact]:
        return [fact for fact in self.facts.values() if fact.ended is None]

    def line(self) -> str:
        return "; ".join(sorted(f"{f.field}{f.op}{f.value}" for f in self.current()))
