"""How much one shopper can move what is counted, and that nothing says who it was."""

import pickle
from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from assistant.insight.kinds import BOUNDS, FREE, MOST_OF_ONE, Counted, Kind
from assistant.insight.tally import Tally, Term

WEEK = date(2026, 3, 2)
_counted = st.builds(
    lambda kind, term: Counted(kind, term, term if kind in FREE else ""),
    st.sampled_from(Kind),
    st.sampled_from("abcdefg"),
)
_turns = st.lists(
    st.tuples(st.sampled_from("PQRSTUVW"), st.lists(_counted, max_size=6)), max_size=60
)


def counted(
    turns: list[tuple[str, list[Counted]]], *, fewest: int = 3, most: int = 1000
) -> tuple[Counter[Term], int]:
    tally = Tally(WEEK, fewest=fewest, most=most)
    sums: Counter[Term] = Counter()
    for shopper, counts in turns:
        for term, amount in tally.take(shopper, counts).items():
            sums[term] += amount.shoppers
    return sums, tally.weight


def moved(one: Counter[Term], other: Counter[Term]) -> Counter[Term]:
    return Counter({t: abs(one[t] - other[t]) for t in one | other if one[t] != other[t]})


@given(_turns)
def test_one_shopper_moves_each_count_by_one_and_few_of_them(
    turns: list[tuple[str, list[Counted]]],
) -> None:
    whole, _ = counted(turns)
    for shopper in {shopper for shopper, _ in turns}:
        without, _ = counted([turn for turn in turns if turn[0] != shopper])
        change = moved(whole, without)
        assert all(by == 1 for by in change.values())
        assert sum(change.values()) <= MOST_OF_ONE
        for kind, bound in BOUNDS.items():
            assert sum(by for (k, _), by in change.items() if k is kind) <= bound


@given(_turns, st.integers(0, 8))
def test_a_full_tally_says_that_one_shopper_moves_twice_as_much(
    turns: list[tuple[str, list[Counted]]], most: int
) -> None:
    whole, weight = counted(turns, most=most)
    for shopper in {shopper for shopper, _ in turns}:
        rest = [turn for turn in turns if turn[0] != shopper]
        without, weight_without = counted(rest, most=most)
        change = moved(whole, without)
        assert sum(change.values()) <= MOST_OF_ONE * max(weight, weight_without)
        assert all(by <= max(weight, weight_without) for by in change.values())


@given(_turns)
def test_no_free_text_counts_before_enough_have_said_it(
    turns: list[tuple[str, list[Counted]]],
) -> None:
    sums, _ = counted(turns, fewest=3)
    for kind, term in sums:
        said = {s for s, counts in turns for one in counts if (one.kind, one.term) == (kind, term)}
        assert len(said) >= (3 if kind in FREE else 1)


def test_a_free_text_reads_as_most_put_it() -> None:
    tally = Tally(WEEK, fewest=3)
    said = [("a", "ballet flats"), ("b", "a ballet flat"), ("c", "ballet flats"), ("d", "flats!")]
    grown = [
        tally.take(shopper, [Counted(Kind.MISSING, "ballet flat", wording)])
        for shopper, wording in said
    ]
    term = (Kind.MISSING, "ballet flat")
    assert grown[:2] == [{}, {}]
    assert [(g[term].shoppers, g[term].wording) for g in grown[2:]] == [(1, "ballet flats")] * 2


def test_what_a_tally_holds_names_nobody() -> None:
    tally = Tally(WEEK, fewest=3)
    tally.take("canary-shopper", [Counted(Kind.TALKS, "canary-term")])
    held = pickle.dumps(vars(tally))
    assert b"canary" not in held
    # Under another salt the digests are others: weeks and processes cannot be held together.
    other = Tally(WEEK, fewest=3)
    other.take("canary-shopper", [Counted(Kind.TALKS, "canary-term")])
    assert set(vars(tally)["_seen"]).isdisjoint(vars(other)["_seen"])
