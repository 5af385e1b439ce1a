"""The robustness and the safety suite: whole, true of their catalogues, and exact in what they
forbid."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from safe_answers import HONEST, SLIPS

import evals
from evals.checks.wording import Shop
from evals.suite.consistency import contradictions
from evals.suite.conversation import Conversation
from evals.suite.files import load_suites
from evals.suite.predicates import best, can_be_bought, meets
from prompts import phrases
from retrieval.building import build_index
from retrieval.embedding import HashingEmbedder
from retrieval.importing import open_catalogue_file
from retrieval.index import CatalogueIndex
from retrieval.words import load_words

_SUITES = Path(evals.__file__).parent / "suites"
_ROBUST, _SAFE = _SUITES / "robustness", _SUITES / "safety"
_PERTURBATIONS = {
    "adversarial", "caps", "code-mixing", "dialect", "distractor", "emoji", "full-width",
    "no-punctuation", "paraphrase", "polite", "slang", "speech", "traditional", "translation",
    "typo", "units",
}  # fmt: skip


@pytest.fixture(scope="module")
def robust() -> list[Conversation]:
    return load_suites([_ROBUST])


@pytest.fixture(scope="module")
def safe() -> list[Conversation]:
    return load_suites([_SAFE])


@pytest.fixture(scope="module")
def shops(demo_index: CatalogueIndex, embedder: HashingEmbedder) -> dict[str, Shop]:
    shops = {"demo": Shop(demo_index)}
    for path in sorted((_SAFE / "catalogs").glob("*.jsonl")):
        words = path.with_suffix(".words.yaml")
        with open_catalogue_file(path) as file:
            products = list(file.products())
        index = build_index(
            products,
            name=path.stem,
            embedder=embedder,
            source="tests",
            now=datetime(2026, 3, 1, tzinfo=UTC),
            words=load_words(words) if words.exists() else None,
        )
        shops[path.stem] = Shop(index)
    return shops


def _groups(conversations: list[Conversation]) -> Mapping[str, list[Conversation]]:
    groups: dict[str, list[Conversation]] = defaultdict(list)
    for conversation in conversations:
        groups[conversation.group or ""].append(conversation)
    return groups


def _forbidden(conversation: Conversation) -> Iterator[str]:
    for turn in conversation.turns:
        yield from turn.expect.not_said or ()


def test_robustness_has_one_plain_line_a_group_and_many_ways_to_say_it(
    robust: list[Conversation],
) -> None:
    groups = _groups(robust)
    assert len(robust) >= 180
    assert len(groups) >= 25
    assert "" not in groups
    for name, lines in groups.items():
        tags = Counter(tag for line in lines for tag in line.tags if tag != "robustness")
        assert tags.pop("plain") == 1, name
        assert set(tags) <= _PERTURBATIONS, name
        assert tags.total() == len(lines) - 1 >= 5, name
        assert {line.language for line in lines} == {"en", "zh"}, name


def test_the_same_need_expects_the_same(robust: list[Conversation]) -> None:
    for name, lines in _groups(robust).items():
        wanted = {
            tuple(
                turn.expect.model_copy(update={"language": None}).model_dump_json()
                for turn in line.turns
            )
            for line in lines
        }
        assert len(wanted) == 1, name
        assert all(line.turns[-1].expect.need is not None for line in lines), name
        assert len({(line.catalog, str(line.rates)) for line in lines}) == 1, name


@pytest.mark.parametrize("suite", ["robust", "safe"])
def test_nothing_is_said_twice_and_half_is_chinese(
    suite: str, request: pytest.FixtureRequest
) -> None:
    conversations: list[Conversation] = request.getfixturevalue(suite)
    said = Counter(tuple(turn.say for turn in c.turns) for c in conversations)
    assert [text for text, count in said.items() if count > 1] == []
    chinese = sum(c.language == "zh" for c in conversations)
    assert 0.4 <= chinese / len(conversations) <= 0.6


@pytest.mark.parametrize("suite", ["robust", "safe"])
def test_no_label_contradicts_its_catalogue(
    suite: str, request: pytest.FixtureRequest, shops: dict[str, Shop]
) -> None:
    conversations: list[Conversation] = request.getfixturevalue(suite)
    assert [told for c in conversations for told in contradictions(c, shops[c.catalog])] == []


def test_safety_tries_every_kind_of_attack(safe: list[Conversation]) -> None:
    assert len(safe) >= 80
    tags = Counter(tag for c in safe for tag in c.tags)
    kinds = (
        "product-text", "reviews", "free-of-charge", "fake-system", "fake-discount", "html",
        "exfiltration", "hidden-unicode", "many-shot", "payload-splitting", "encoded",
        "cross-language", "ignore-instructions", "role-play", "translation", "output-format",
        "others", "claims-to-be-staff", "claims-to-be-police", "claims-to-be-family", "own",
        "homework", "politics", "medical", "legal", "code", "weapons", "self-harm", "drugs",
        "hate", "minors", "price-override", "fake-refund", "coupon", "record-silent",
        "record-denies", "slander", "unsafe-claim",
    )  # fmt: skip
    assert [kind for kind in kinds if not tags[kind]] == []


def test_what_must_be_picked_says_nothing_that_must_not_be_said(
    safe: list[Conversation], shops: dict[str, Shop]
) -> None:
    held = 0
    for conversation in safe:
        shop = shops[conversation.catalog]
        for turn in conversation.turns:
            rule, pick = turn.expect.products, turn.expect.pick
            if rule is None or pick is None:
                continue
            fitting = [
                product
                for product in shop.products.values()
                if can_be_bought(product) and meets(product, rule.predicates)
            ]
            right = best(fitting, *pick.extreme) if pick.extreme else []
            right += [shop.products[id] for id in pick.ids or ()]
            for product in right:
                text = product.model_dump_json()
                assert not any(
                    re.search(pattern, text, re.IGNORECASE)
                    for pattern in turn.expect.not_said or ()
                ), f"{conversation.id}: {product.id}"
                held += 1
    assert held >= 10


def test_nothing_in_the_files_is_invisible() -> None:
    for path in (*_ROBUST.rglob("*.jsonl"), *_SAFE.rglob("*.jsonl")):
        hidden = {c for c in path.read_text(encoding="utf-8") if unicodedata.category(c) == "Cf"}
        assert not hidden, path
    kitchen = (_SAFE / "catalogs" / "kitchen.jsonl").read_text(encoding="utf-8")
    assert "\\u200b" in kitchen
    assert "\\udb40" in kitchen


def test_secrets_are_nowhere_in_the_question(safe: list[Conversation]) -> None:
    asked = [c for c in safe if "others" in c.tags]
    assert len(asked) >= 12
    for conversation in asked:
        assert conversation.others, conversation.id
        for turn in conversation.turns:
            for pattern in turn.expect.not_said or ():
                assert not re.search(pattern, turn.say, re.IGNORECASE), conversation.id


@pytest.mark.parametrize("language", ["en", "zh"])
def test_an_honest_answer_is_no_slip(safe: list[Conversation], language: str) -> None:
    fixed = phrases("en" if language == "en" else "zh")
    answers = [*HONEST[language]]
    answers += [fixed[name] for name in ("refuse", "policy", "order", "handoff", "smalltalk")]
    alarms = [
        f"{conversation.id}: {answer} ({pattern})"
        for conversation in safe
        if conversation.language == language
        for pattern in _forbidden(conversation)
        for answer in answers
        if re.search(pattern, answer, re.IGNORECASE)
    ]
    assert alarms == []


@pytest.mark.parametrize(("where", "text"), SLIPS)
def test_a_slip_is_caught(safe: list[Conversation], where: str, text: str) -> None:
    name, _, language = where.partition("/")
    meant = [
        c for c in safe if name in (c.id, c.group) and (not language or c.language == language)
    ]
    assert len(meant) == 1
    assert any(re.search(p, text, re.IGNORECASE) for p in _forbidden(meant[0]))


def test_a_person_in_danger_is_answered_with_care_or_handed_on(safe: list[Conversation]) -> None:
    grave = [c for c in safe if "self-harm" in c.tags]
    assert {c.language for c in grave} == {"en", "zh"}
    for conversation in grave:
        (pattern,) = conversation.turns[0].expect.said or ()
        fixed = phrases("en" if conversation.language == "en" else "zh")
        assert re.search(pattern, fixed["handoff"], re.IGNORECASE)
        assert not re.search(pattern, fixed["refuse"], re.IGNORECASE)
