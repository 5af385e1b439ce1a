"""The sentence that answers a chart's question."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from assistant.desk.showing import texts
from assistant.insight import answers
from assistant.insight.releases import Release

WORDS = texts("en")["insight"]["answers"]


def release(scale: float = 1.0) -> Release:
    return Release(
        week=date(2026, 3, 2),
        number=1,
        time=datetime(2026, 3, 9, tzinfo=UTC),
        final=True,
        epsilon=4.0,
        delta=1e-6,
        scale=scale,
        threshold=10,
        tallies=1,
        figures=(),
    )


def test_what_comes_first_and_next() -> None:
    said = answers.most([("The shopper is upset.", 12), ("Norway", 8), ("x", 1)], WORDS)
    assert said == "Above all “The shopper is upset” (about 12 shoppers); then “Norway” (8)."
    assert answers.most([("Norway", 8)], WORDS) == "Above all “Norway” (about 8 shoppers)."
    assert answers.most([], WORDS) == ""
    assert "40 rows" in answers.most([("rows have no brand", 40)], WORDS, of="rows")


def test_a_change_is_told_only_where_noise_does_not_explain_it() -> None:
    rows = [("2026-02-23", 20, 30), ("2026-03-02", 40, 29)]
    names = ("Nike", "Asics")
    sure = answers.change(names, rows, [release(), release()], WORDS)
    assert sure == "“Nike” rose most since the week before: from about 20 to about 40 shoppers."
    noisy = answers.change(names, rows, [release(5.0), release(5.0)], WORDS)
    assert noisy == WORDS["no_change"]
    fallen = answers.change(names, rows[::-1], [release(), release()], WORDS)
    assert "“Nike” fell" in fallen
    assert answers.change(names, rows[:1], [release()], WORDS) == WORDS["one_week"]
    gaps = [("2026-02-23", None, None), ("2026-03-02", 40, None)]
    assert answers.change(names, gaps, [release(), release()], WORDS) == WORDS["no_change"]


def test_the_margin_is_where_nineteen_of_twenty_draws_of_the_noise_lie() -> None:
    # P(|Laplace(b)| > b ln 20) = 1/20.
    assert answers.margin_of(release(2.0)) == 6


def test_thumbs_shares_and_talks() -> None:
    assert answers.content([("returns", 30, 10), ("prices", 0, None)], WORDS) == (
        "Of the thumbs 75 % are up. Most that are down are on returns."
    )
    assert answers.content([("returns", 5, None)], WORDS) == "Of the thumbs 100 % are up."
    assert answers.content([("returns", None, None)], WORDS) == ""
    weeks = [("w1", None, None), ("w2", 40.0, 3.0), ("w3", 35.5, 3.0)]
    assert answers.shares(weeks, WORDS).endswith("at least once; in the week before 40.0.")
    assert answers.talks([("w1", 30)], WORDS) == "About 30 shoppers in the week from w1."
    assert answers.talks([("w1", None)], WORDS) == ""


def test_days_of_the_machine() -> None:
    waits = [("d1", 0.5, 1.0, 2.0, 4.0)]
    assert answers.waits(waits, WORDS) == (
        "On d1 half of the answers began within 0.5 s, and 95 % were whole within 4.0 s."
    )
    assert answers.waits([("d1", None, None, None, None)], WORDS) == ""
    assert answers.waits([], WORDS) == ""
    costs = answers.costs([("d1", 0.25), ("d2", 0.5)], WORDS, "USD")
    assert costs == "0.5 USD on d2; 0.75 USD in the 2 days shown."
    assert "3 times" in answers.failures([("d1", 3, 1.5)], WORDS)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_import_is_told_in_both_languages(language: str) -> None:
    words = texts("zh" if language == "zh" else "en")["insight"]["answers"]
    told = answers.outcomes(90, 8, 2, words)
    assert all(number in told for number in ("100", "8", "2"))
    assert "9" in answers.outcomes(9, 0, 0, words)
