"""What the shopper wants now: wishes with their words, kept, replaced and dropped over turns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2s
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, computed_field

from retrieval.advice import Advice
from retrieval.conditions import Condition, ConditionValue, Scalar
from retrieval.index import CatalogueIndex
from tools.ranking import Sort
from tools.reading.fact import Fact, Released, Unmatched
from tools.reading.kinds import kinds_of
from tools.reading.subject import speaks_of_others, turns_to_another

# Fields of which one product has one value: a second wish widens, it does not narrow.
_EITHER = frozenset({"brand", "color", "size", "gender", "category"})
# What a thing is for, which records list only in part.
_PURPOSE = frozenset({"use", "terrain", "purpose", "occasion", "season", "activity"})
# What is about the person stays when the talk turns to another kind of product.
_PERSONAL = frozenset({"gender", "size"})


class Wish(BaseModel):
    """One thing wanted or not wanted.

    Attributes:
        field: a field of the catalogue, or ``need`` for an entry of the advice file.
        quote: the shopper's own words.
        turn: the turn that they were said in, from 1.
        sort: ``asc`` or ``desc`` for an extreme, which orders and filters nothing.
        note: how it was read, where that must be told (a rate of exchange).
    """

    model_config = ConfigDict(frozen=True)

    field: str
    op: Literal["=", "!=", "<", "<=", ">", ">=", "contains"]
    value: ConditionValue
    quote: str
    turn: int
    sort: Literal["asc", "desc"] | None = None
    note: str | None = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def id(self) -> str:
        """By which pages and programs name the wish: the same for as long as it means the same."""
        meant = repr((self.field, self.op, self.value, self.sort))
        return blake2s(meant.encode(), digest_size=8).hexdigest()


class Need(BaseModel):
    """All wishes that hold.

    Attributes:
        asked: fields that the shopper was asked about, so that none is asked about twice.
    """

    model_config = ConfigDict(frozen=True)

    must: tuple[Wish, ...] = ()
    prefer: tuple[Wish, ...] = ()
    exclude: tuple[Wish, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is wanted yet."""
        return not (self.must or self.prefer or self.exclude)

    def wishes(self) -> tuple[Wish, ...]:
        """Every wish, hard ones first."""
        return self.must + self.exclude + self.prefer

    def find(self, field: str) -> list[Wish]:
        """The wishes on a field."""
        return [wish for wish in self.wishes() if wish.field == field]


def released(need: Need, wish: Wish) -> Need:
    """The need without one of its wishes.

    Args:
        need: what is wanted.
        wish: that is not any more.
    """
    return Need(
        must=tuple(held for held in need.must if held.id != wish.id),
        prefer=tuple(held for held in need.prefer if held.id != wish.id),
        exclude=tuple(held for held in need.exclude if held.id != wish.id),
        asked=need.asked,
    )


def advice_for(need: Need, index: CatalogueIndex) -> list[Advice]:
    """The shop's advice that a need asks for.

    Args:
        need: what is wanted.
        index: the catalogue, which has the advice.
    """
    entries = [index.advice.get(str(w.value)) for w in need.wishes() if w.field == "need"]
    return [entry for entry in entries if entry is not None]


def update_need(
    need: Need,
    facts: Sequence[Fact],
    unmatched: Sequence[Unmatched],
    *,
    turn: int,
    index: CatalogueIndex,
    relaxed: Sequence[str] = (),
    released: Sequence[Released] = (),
    message: str = "",
) -> Need:
    """The need after a turn's facts.

    A later wish on a field replaces an earlier one of the same sign; a bound replaces the bound
    on its side. Another kind of product starts a new need and keeps only what is about the
    person.

    Args:
        need: before the turn.
        facts: what the turn stated.
        unmatched: what it stated and the catalogue has no word for; only the last turn's count.
        turn: the turn's number, from 1.
        index: the catalogue, which tells whether two kinds of product go together.
        relaxed: fields that do not matter any more.
        released: single wishes that are taken back.
        message: the shopper's, whose words may turn to another subject or person.
    """
    must, prefer, exclude = list(need.must), list(need.prefer), list(need.exclude)
    asked = need.asked
    if _turns_away(message, facts) or _changes_subject(need, facts, index):
        # What is about the person does not hold for another one.
        kept = frozenset() if speaks_of_others(message) else _PERSONAL
        must = [wish for wish in must if wish.field in kept]
        prefer, exclude, asked = [], [], ()
    gone = {(wish.field, str(wish.value)) for wish in released}
    for wishes in (must, prefer, exclude):
        wishes[:] = [
            wish
            for wish in wishes
            if wish.field not in relaxed and (wish.field, str(wish.value)) not in gone
        ]
    stated = [(fact, _wish(fact, turn)) for fact in facts]
    for fact, wish in stated:
        for wishes in (must, prefer, exclude):
            wishes[:] = [
                old
                for old in wishes
                if old.turn == turn
                or not _replaces(wish, old)
                or (fact.widens and old.op == "=")  # "white too" stands beside what was wanted
            ]
        target = exclude if fact.excludes else prefer if fact.strength == "prefer" else must
        if fact.widens:
            beside = (ws for ws in (must, prefer) if any(_same_kind(old, wish) for old in ws))
            target = next(beside, target)
        target.append(wish)
    return Need(
        must=tuple(must),
        prefer=tuple(prefer),
        exclude=tuple(exclude),
        unmatched=tuple(unmatched),
        asked=asked,
    )


def _wish(fact: Fact, turn: int) -> Wish:
    return Wish(
        field=fact.field,
        op=fact.op,
        value=fact.value,
        quote=fact.quote,
        turn=turn,
        sort=fact.sort,
        note=fact.note,
    )


def _same_kind(old: Wish, new: Wish) -> bool:
    return old.field == new.field and old.op == "="


def _replaces(new: Wish, old: Wish) -> bool:
    if new.sort or old.sort:
        return bool(new.sort and old.sort)
    if new.field != old.field:
        return False
    if new.field == "need":
        return new.value == old.value
    if new.op == "!=":
        return old.value == new.value  # "not Nike" takes back "Nike", and repeats itself
    if old.op == "!=":
        return old.value == new.value  # "Nike after all"
    sides = ({"<", "<="}, {">", ">="})
    for side, other in (sides, sides[::-1]):
        if new.op in side and old.op in other:
            return _empty_range(new, old, upper=side is sides[0])
    return True


def _empty_range(new: Wish, old: Wish, *, upper: bool) -> bool:
    if not isinstance(new.value, float) or not isinstance(old.value, float):
        return True
    # "135 to 160", then "rather below 135": nobody means what costs 135 alone.
    return new.value <= old.value if upper else new.value >= old.value


def _turns_away(message: str, facts: Sequence[Fact]) -> bool:
    """Whether a message begins a new subject by its words, and says what of."""
    kinds = any(f.field in ("category", "title", "use") and not f.excludes for f in facts)
    return turns_to_another(message) and (kinds or speaks_of_others(message))


def _changes_subject(need: Need, facts: Sequence[Fact], index: CatalogueIndex) -> bool:
    if need.find("title") and any(f.field in ("category", "title") for f in facts):
        return True
    old = [w.value for w in need.must if w.field == "category"]
    new = [f.value for f in facts if f.field == "category" and not f.excludes]
    if not old or not new:
        return False
    return not any(
        index.count([_equal("category", a), _equal("category", b)]) for a in old for b in new
    )


def _equal(field: str, value: ConditionValue) -> Condition:
    return Condition(field=field, op="=", value=value)


class Plan(BaseModel):
    """A need as a search: what must hold, what had better, what comes first.

    Attributes:
        where: conditions, with the wish that each comes from (None for "in stock").
    """

    model_config = ConfigDict(frozen=True)

    where: tuple[tuple[Condition, Wish | None], ...] = ()
    prefer: tuple[Condition, ...] = ()
    sort: Sort | None = None
    words: tuple[str, ...] = Field(default=())

    @property
    def conditions(self) -> list[Condition]:
        """What must hold."""
        return [condition for condition, _ in self.where]


def plan_search(need: Need, index: CatalogueIndex) -> Plan:
    """How a need is searched for in a catalogue.

    Advice turns a need such as flat feet into conditions on attributes. What is sold out is not
    offered. Two brands, colours or sizes mean either; two values of another field mean both
    where some product has both.
    """
    where: list[tuple[Condition, Wish | None]] = []
    prefer: list[Condition] = []
    words: list[str] = []
    sort: Sort | None = None
    for wish in need.wishes():
        if wish.sort is not None:
            sort = Sort(field=wish.field, direction=wish.sort)
    for field in dict.fromkeys(w.field for w in need.must if w.sort is None):
        wishes = [w for w in need.must if w.field == field and w.sort is None]
        where.extend(_hard(field, wishes, index, prefer))
        words.extend(_words(wishes, index))
    for wish in need.exclude:
        where.append((Condition(field=wish.field, op=wish.op, value=wish.value), wish))
    for wish in need.prefer:
        if wish.sort is not None:
            continue
        if wish.field == "need":
            entry = index.advice.get(str(wish.value))
            prefer.extend((*entry.require, *entry.prefer) if entry else ())
        else:
            prefer.append(Condition(field=wish.field, op=wish.op, value=_widened(wish, index)))
        words.extend(_words([wish], index))
    where.append((Condition(field="in_stock", op="=", value=True), None))
    return Plan(
        where=tuple(_of_any_such_kind(where, index)),
        prefer=tuple({str(condition): condition for condition in prefer}.values()),
        sort=sort,
        words=tuple(dict.fromkeys(words)),
    )


def _of_any_such_kind(
    where: Sequence[tuple[Condition, Wish | None]], index: CatalogueIndex
) -> Sequence[tuple[Condition, Wish | None]]:
    """The conditions with a bare "boots" as any kind of boots, where only so something fits.

    A shop's words may give the bare word to the kind that it mostly means.
    """
    if index.count([condition for condition, _ in where]):
        return where
    wider: list[tuple[Condition, Wish | None]] = []
    for condition, wish in where:
        if wish is not None and wish.field == "category" and condition.op == "=":
            kinds = kinds_of(wish.quote, index)
            if condition.value in kinds and len(kinds) > 1:
                condition = Condition(field="category", op="in", value=[*kinds])
        wider.append((condition, wish))
    return wider if index.count([condition for condition, _ in wider]) else where


def soften(need: Need, index: CatalogueIndex) -> Need:
    """The need with what it is for as a preference, where nothing that meets the rest says so.

    Records tell what a thing is more surely than everything that it could be used for: football
    boots that are not listed "for matches" may still be worn in one. So it is with a kind that a
    shop has for others only: where children's shoes are a kind of their own, no child's shoes are
    listed as running shoes. The shopper is told.

    Args:
        need: what is wanted.
        index: the catalogue.

    Returns:
        The same need where something meets all of it, or nothing would without its purpose.
    """
    purposes = [
        wish
        for wish in need.must
        if _is_purpose(wish, index) or _is_of_others(wish, need.must, index)
    ]
    if not purposes or index.count(plan_search(need, index).conditions):
        return need
    rest = tuple(wish for wish in need.must if wish not in purposes)
    softer = need.model_copy(update={"must": rest, "prefer": (*need.prefer, *purposes)})
    if not rest or not index.count(plan_search(softer, index).conditions):
        return need
    return softer


def _is_purpose(wish: Wish, index: CatalogueIndex) -> bool:
    """Whether a wish says what a thing is for, and not what it is or whom it must suit."""
    if wish.field == "need":
        entry = index.advice.get(str(wish.value))
        return entry is not None and not entry.trait
    return wish.field in _PURPOSE and wish.op == "="


def _is_of_others(wish: Wish, wishes: Sequence[Wish], index: CatalogueIndex) -> bool:
    """Whether a wish names a kind that is for other wearers alone, whose own is a kind by itself.

    Only where the wearer's goods all are of that own kind (children's shoes) does the shop file
    by wearer what it files by purpose for others.
    """
    wearers = [w for w in wishes if w.field == "gender" and w.op == "="]
    if wish.field != "category" or wish.op != "=" or not wearers:
        return False
    worn = [value for w in wearers for value in _values(_widened(w, index))]
    suits = Condition(field="gender", op="in", value=worn)
    if index.count([_equal("category", wish.value), suits]):
        return False
    return any(
        index.count([_equal("category", kind)])
        == index.count([_equal("category", kind), suits])
        == index.count([suits])
        for kind in index.vocabulary.values("category")
    )


def _values(value: ConditionValue) -> list[Scalar]:
    return list(value) if isinstance(value, list) else [value]


def _hard(
    field: str, wishes: Sequence[Wish], index: CatalogueIndex, prefer: list[Condition]
) -> Iterable[tuple[Condition, Wish]]:
    if field == "need":
        for wish in wishes:
            entry = index.advice.get(str(wish.value))
            if entry is not None:
                yield from ((condition, wish) for condition in entry.require)
                prefer.extend(entry.prefer)
        return
    equal = [w for w in wishes if w.op == "="]
    for wish in wishes:
        if wish.op != "=":
            yield Condition(field=field, op=wish.op, value=wish.value), wish
    if not equal:
        return
    single = [Condition(field=field, op="=", value=w.value) for w in equal]
    # "running shoes for the trail": kinds that go together narrow each other.
    both = len(equal) > 1 and (field not in _EITHER or field == "category") and index.count(single)
    if len(equal) == 1 and field != "gender":
        yield single[0], equal[0]
    elif both:
        yield from zip(single, equal, strict=True)
    else:
        values: list[Scalar] = []
        for wish in equal:
            widened = _widened(wish, index)
            values.extend(widened if isinstance(widened, list) else [widened])
        yield Condition(field=field, op="in", value=list(dict.fromkeys(values))), equal[0]


def _widened(wish: Wish, index: CatalogueIndex) -> ConditionValue:
    """What is made for everybody is made for men and for women too."""
    if wish.field == "gender" and wish.value in ("men", "women"):
        others = [v for v in index.vocabulary.values("gender") if v == "unisex"]
        return [wish.value, *others] if others else wish.value
    return wish.value


def _words(wishes: Sequence[Wish], index: CatalogueIndex) -> Iterable[str]:
    for wish in wishes:
        if wish.op != "=" or wish.field in ("size", "price"):
            continue
        if wish.field == "need":
            entry = index.advice.get(str(wish.value))
            yield from [entry.name("en")] if entry else []
        elif isinstance(wish.value, bool):
            yield wish.field.replace("_", " ")
        elif isinstance(wish.value, str):
            yield wish.value


def standing_in_the_way(plan: Plan, index: CatalogueIndex) -> list[tuple[Wish, int]]:
    """For each wish, how many products would fit without it; the greatest first.

    Args:
        plan: a search that finds nothing.
        index: the catalogue.
    """
    wishes = [w for _, w in plan.where if w is not None]
    by_words = {(w.quote, w.turn): w for w in reversed(wishes)}
    counts = [(w, index.count(without(w, plan))) for w in by_words.values()]
    return sorted(counts, key=lambda pair: -pair[1])


def without(wish: Wish, plan: Plan) -> list[Condition]:
    """The conditions of a search but those that stand in the same words as a wish: both ends of
    "between 80 and 120" are one wish.
    """
    said = (wish.quote, wish.turn)
    return [c for c, w in plan.where if w is None or (w.quote, w.turn) != said]


def still_meant(need: Need, index: CatalogueIndex) -> Need:
    """The need without wishes that a catalogue, indexed anew, has no field or advice for."""

    def meant(wish: Wish) -> bool:
        if wish.field == "need":
            return index.advice.get(str(wish.value)) is not None
        return wish.field in index.columns.fields

    return need.model_copy(
        update={
            "must": tuple(filter(meant, need.must)),
            "prefer": tuple(filter(meant, need.prefer)),
            "exclude": tuple(filter(meant, need.exclude)),
        }
    )
