"""The profile's suites: readable, balanced, true of the demo shop; and the sums of their grader."""

import json
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rapidfuzz import fuzz, process

from evals.checks.matching import same_value
from evals.profile.conversations import (
    DEVELOPED_ON,
    HELD_OUT,
    ONE_OFF,
    SCHEMA_FILE,
    SUITES,
    ShopperTalks,
    labels_of,
    load_talks,
    readings,
    schema_text,
)
from evals.profile.fact_grades import Graded, SeenFact, figures, grade, misses, table
from evals.profile.facts import run
from evals.suite.conversation import AnyLabel, Label
from evals.suite.predicates import read_number, values_of
from retrieval.embedding import HashingEmbedder
from retrieval.errors import BadInput
from retrieval.index import CatalogueIndex

_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_DAY = timedelta(days=1)


@pytest.fixture(scope="module", params=list(SUITES))
def talks(request: pytest.FixtureRequest) -> list[ShopperTalks]:
    """The shoppers of each suite in turn."""
    return load_talks(SUITES[request.param])


def test_there_are_enough_of_every_kind_and_half_are_chinese(talks: list[ShopperTalks]) -> None:
    languages = Counter(t.language for t in talks)
    assert languages["en"] >= 34
    assert languages["en"] == languages["zh"]
    tags = {t.id: set(t.tags) for t in talks}
    assert sum("contradiction" in of for of in tags.values()) >= 24
    assert sum(bool(of & ONE_OFF) for of in tags.values()) >= 24
    assert sum("repetition" in of for of in tags.values()) >= 10
    assert sum("hard" in of for of in tags.values()) >= 10


def test_the_held_suite_is_of_many_kinds_and_quickly_run() -> None:
    held = load_talks(HELD_OUT)
    tags = [set(t.tags) - {"hard", "question", "wish", "hearsay", "denied"} for t in held]
    assert sum("repetition" in of for of in tags) >= 12
    assert sum(not of for of in tags) >= 12
    # Each message costs seconds of a language model.
    assert sum(len(s.say) for t in held for s in t.sessions) <= 190
    assert all(len(s.say) <= 2 for t in held for s in t.sessions)
    labels = [label for t in held for s in t.sessions for label in s.current]
    assert sum(label.optional for label in labels) <= len(labels) / 10


def test_the_default_is_the_suite_that_reading_is_developed_on() -> None:
    assert load_talks() == load_talks(DEVELOPED_ON)


def test_no_conversation_is_in_both_suites_nor_one_like_it() -> None:
    developed, held = load_talks(DEVELOPED_ON), load_talks(HELD_OUT)
    assert not {t.id for t in developed} & {t.id for t in held}
    known = {text for t in developed for text in _said(t)}
    assert [text for t in held for text in _said(t) if text in known] == []
    whole = ["\n".join(_said(t)).casefold() for t in developed]
    for shopper in held:
        text = "\n".join(_said(shopper)).casefold()
        assert process.extractOne(text, whole, scorer=fuzz.ratio, score_cutoff=90) is None


def _said(talks: ShopperTalks) -> list[str]:
    return [text for session in talks.sessions for text in session.say]


def test_the_tags_say_what_the_labels_hold(talks: list[ShopperTalks]) -> None:
    for shopper in talks:
        held: set[str] = {never.why for s in shopper.sessions for never in s.never}
        if any(s.ended for s in shopper.sessions):
            held.add("contradiction")
        if any(s.again for s in shopper.sessions):
            held.add("repetition")
        assert set(shopper.tags) - {"hard"} == held, shopper.id


def test_the_messages_are_in_their_language_and_none_is_there_twice(
    talks: list[ShopperTalks],
) -> None:
    said = Counter(text for t in talks for s in t.sessions for text in s.say)
    assert [text for text, times in said.items() if times > 1] == []
    for shopper in talks:
        text = "".join(text for s in shopper.sessions for text in s.say)
        chinese = sum("\u4e00" <= letter <= "\u9fff" for letter in text)
        assert (chinese > len(text) / 2) == (shopper.language == "zh"), shopper.id


def test_every_label_is_in_the_shops_words(
    talks: list[ShopperTalks], demo_index: CatalogueIndex
) -> None:
    traits = {(e.field, e.name("en")) for e in demo_index.advice.entries if e.trait}
    fields = {field for field, _ in traits}
    products = list(demo_index.products)
    wrong = []
    for shopper in talks:
        assert shopper.catalog == "demo"
        for label in labels_of(shopper):
            if label.field in fields:
                known = (label.field, label.value) in traits
            elif label.field == "price":
                known = label.op == "<=" and read_number(label.value) is not None
            else:
                known = label.op in ("=", "!=") and any(
                    same_value(label.value, value)
                    for product in products
                    for value in values_of(product, label.field)
                )
            if not known or not isinstance(label.value, str):
                wrong.append(f"{shopper.id}: {label.field} {label.op} {label.value}")
    assert wrong == []


def test_what_was_current_stays_so_until_it_is_ended(talks: list[ShopperTalks]) -> None:
    for shopper in talks:
        for before, after in zip(shopper.sessions, shopper.sessions[1:], strict=False):
            ended = [set(readings(e.was)) for e in after.ended]
            for label in before.current:
                assert label in after.current or set(readings(label)) in ended, shopper.id


def test_the_published_schema_is_current() -> None:
    """``python -c "from evals.profile.conversations import write_schema; write_schema()"``."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


def _session(day: int = 1, **labels: object) -> dict[str, object]:
    return {"day": f"2026-01-{day:02d}", "say": ["43 please"], "current": [_label("43")]} | labels


def _label(value: str, field: str = "size", op: str = "=") -> dict[str, object]:
    return {"field": field, "op": op, "value": value}


def _line(*sessions: dict[str, object], **more: object) -> dict[str, object]:
    return {"id": "x", "language": "en", "sessions": list(sessions)} | more


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (_line(), "sessions"),
        (_line(_session()), "sessions"),
        (_line(_session(1), _session(2), glow=1), "glow"),
        (_line(_session(1), _session(2), id="a b"), "id"),
        (_line(_session(2), _session(1)), "do not go on"),
        (
            _line(_session(1, never=[{"fact": _label("43"), "why": "gift"}]), _session(2)),
            "must never be one",
        ),
        (_line(_session(1, ended=[{"was": _label("43")}]), _session(2)), "current and ended"),
        (_line(_session(1, again=[_label("44")]), _session(2)), "said again"),
        (_line(_session(1, say=[]), _session(2)), "say"),
    ],
)
def test_a_mistake_in_a_line_is_named(tmp_path: Path, line: dict[str, object], told: str) -> None:
    path = tmp_path / "bad.jsonl"
    good = _line(_session(1), _session(2), id="good")
    path.write_text(f"{json.dumps(good)}\n\n{json.dumps(line)}\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_talks([path])
    assert f"{path}, line 3" in caught.value.sentence
    assert told in caught.value.sentence


def test_ids_are_unique_and_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "twice.jsonl"
    line = json.dumps(_line(_session(1), _session(2)))
    path.write_text(f"{line}\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="there twice"):
        load_talks([path])
    with pytest.raises(BadInput, match=r"missing\.jsonl"):
        load_talks([tmp_path / "missing.jsonl"])


_TENNIS = {"any": [_label("tennis", "use"), _label("Tennis shoes", "category")]}
_STORY = ShopperTalks.model_validate(
    _line(
        _session(
            1,
            current=[_label("42"), _TENNIS, _label("men", "gender") | {"optional": True}],
            never=[{"fact": _label("38"), "why": "gift"}],
        ),
        _session(
            2,
            current=[_label("43"), _label("Nike", "brand", "!=")],
            ended=[{"was": _label("42"), "by": _label("43")}, {"was": _TENNIS}],
            never=[{"fact": _label("100", "price", "<="), "why": "wish"}],
        ),
        _session(3, current=[_label("43"), _label("Nike", "brand", "!=")], again=[_label("43")]),
    )
)


def _seen(value: str, field: str = "size", op: str = "=", **more: object) -> SeenFact:
    last_seen = {"last_seen": _NOON}
    return SeenFact.model_validate(_label(value, field, op) | last_seen | more)


def _right() -> list[list[SeenFact]]:
    """A profile that is as the story's labels say."""
    no_nike = _seen("Nike", "brand", "!=")
    past = [_seen("42", ended=True), _seen("tennis", "use", ended=True)]
    return [
        [_seen("42"), _seen("tennis", "use")],
        [_seen("43"), no_nike, *past],
        [_seen("43", last_seen=_NOON + 2 * _DAY), no_nike, *past],
    ]


def _shares(grades: Sequence[Graded]) -> dict[str, tuple[float | None, float | None]]:
    return {n: (f.numerator, f.denominator) for n, f in figures(grades)["all"].items()}


def test_what_is_as_labelled_counts_in_full() -> None:
    shares = _shares([grade(_STORY, _right())])
    assert shares["precision"] == shares["recall"] == (6, 6)
    assert shares["precision at the end"] == shares["recall at the end"] == (2, 2)
    assert shares["contradicted"] == (2, 2)
    assert shares["one-off"] == shares["not meant"] == shares["repeated"] == (1, 1)
    assert shares["contradicted and one-off"] == (3, 3)
    assert misses([grade(_STORY, _right())]) == []


def test_an_optional_fact_and_a_second_reading_count_neither_way() -> None:
    known = _right()
    known[0] += [_seen("men", "gender"), _seen("Tennis shoes", "category")]
    assert _shares([grade(_STORY, known)]) == _shares([grade(_STORY, _right())])


@pytest.mark.parametrize(
    ("session", "facts", "name", "share"),
    [
        (0, [_seen("42"), _seen("tennis", "use"), _seen("red", "color")], "precision", (6, 7)),
        (0, [_seen("42")], "recall", (5, 6)),
        (0, [_seen("42"), _seen("38", ended=True)], "one-off", (0, 1)),
        (1, [_seen("43"), _seen("42")], "contradicted", (0, 2)),
        (1, [_seen("43"), _seen("tennis", "use", ended=True)], "contradicted", (1, 2)),
        (1, [_seen("42", ended=True), _seen("tennis", "use", ended=True)], "contradicted", (1, 2)),
        (1, [_seen("43"), _seen("100.0", "price", "<=")], "not meant", (0, 1)),
        (2, [_seen("43")], "repeated", (0, 1)),
    ],
)
def test_each_fault_lowers_its_figure(
    session: int, facts: list[SeenFact], name: str, share: tuple[float, float]
) -> None:
    known = _right()
    known[session] = facts
    grades = [grade(_STORY, known)]
    assert _shares(grades)[name] == share
    assert misses(grades)[0]["session"] == session + 1


def test_a_reading_that_a_current_fact_has_too_need_not_end() -> None:
    court = _label("Court shoes", "category")
    tennis = {"any": [_label("tennis", "use"), court]}
    badminton = {"any": [_label("badminton", "use"), court]}
    talks = ShopperTalks.model_validate(
        _line(
            _session(1, current=[tennis]),
            _session(2, current=[badminton], ended=[{"was": tennis, "by": badminton}]),
        )
    )
    kept = [_seen("Court shoes", "category")]
    past = _seen("tennis", "use", ended=True)
    assert _shares([grade(talks, [kept, [*kept, past]])])["contradicted"] == (1, 1)


def test_a_correction_within_a_session_needs_no_history() -> None:
    talks = ShopperTalks.model_validate(
        _line(_session(1, ended=[{"was": _label("40"), "by": _label("43")}]), _session(2))
    )
    known = [[_seen("43")], [_seen("43")]]
    assert _shares([grade(talks, known)])["contradicted"] == (1, 1)


def test_every_session_needs_its_facts() -> None:
    with pytest.raises(ValueError, match="shorter"):
        grade(_STORY, _right()[:2])


def test_a_wrong_profile_of_the_published_shoppers_is_told_from_a_right_one(
    talks: list[ShopperTalks],
) -> None:
    right = [grade(shopper, _as_labelled(shopper)) for shopper in talks]
    nothing = [grade(shopper, [[] for _ in shopper.sessions]) for shopper in talks]
    hasty = [grade(shopper, _everything(shopper)) for shopper in talks]
    assert all(f.value == 1 for by in figures(right).values() for f in by.values())
    assert figures(nothing)["all"]["recall"].value == 0
    assert figures(nothing)["all"]["precision"].value is None
    for language in ("all", "en", "zh"):
        for name in ("precision", "contradicted", "one-off", "not meant"):
            figure = figures(hasty)[language][name]
            assert figure.value is not None
            assert figure.value < 0.8
    assert len(misses(hasty)) > len(talks)
    told = table(figures(right))
    assert told.count("\n") == 10
    assert "| all | en | zh |" in told


def _as_labelled(talks: ShopperTalks) -> list[list[SeenFact]]:
    """What a perfect reader would keep: each label's first reading."""
    known, past = [], list[SeenFact]()
    for session in talks.sessions:
        noon = datetime.combine(session.day, _NOON.timetz())
        past += [_fact(readings(ended.was)[0], noon, ended=True) for ended in session.ended]
        current = [_fact(readings(label)[0], noon) for label in session.current]
        known.append([*current, *past])
    return known


def _everything(talks: ShopperTalks) -> list[list[SeenFact]]:
    """What a reader would keep who believes all and forgets nothing."""
    known, kept = [], list[SeenFact]()
    for session in talks.sessions:
        noon = datetime.combine(session.day, _NOON.timetz())
        facts: list[Label | AnyLabel] = [*session.current, *(n.fact for n in session.never)]
        kept += [_fact(readings(label)[0], noon) for label in facts]
        known.append(list(kept))
    return known


def _fact(label: Label, time: datetime, *, ended: bool = False) -> SeenFact:
    return SeenFact(
        field=label.field, op=label.op, value=str(label.value), ended=ended, last_seen=time
    )


def test_the_shoppers_talk_to_the_assistant(tmp_path: Path, embedder: HashingEmbedder) -> None:
    talks = load_talks(DEVELOPED_ON)
    some = [talks[0], talks[-1]]
    told: list[tuple[int, int]] = []
    measured = run(
        tmp_path / "out",
        home=tmp_path / "home",
        embedder=embedder,
        conversations=some,
        progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]
    assert set(measured) == {"all", "en", "zh"}
    labels = sum(not label.optional for t in some for s in t.sessions for label in s.current)
    assert measured["all"]["recall"]["denominator"] == labels
    assert measured["all"]["recall"]["numerator"] > 0
    assert json.loads((tmp_path / "out" / "facts.json").read_text(encoding="utf-8")) == measured
    listed = json.loads((tmp_path / "out" / "facts-misses.json").read_text(encoding="utf-8"))
    assert [miss["problems"] for miss in listed if miss["problems"]] == []
