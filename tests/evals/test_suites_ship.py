"""The suites in folders of their own: the short one, the one in two languages, and their page."""

import re
from collections import Counter
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

import evals
from evals.checks.wording import Shop
from evals.suite.consistency import contradictions
from evals.suite.conversation import Conversation, Expect
from evals.suite.files import load_suites
from retrieval.catalogues import index_file
from retrieval.embedding import HashingEmbedder
from retrieval.folder import IndexFolder
from retrieval.index import CatalogueIndex

_FOLDER = Path(evals.__file__).parent / "suites"
_PAGE = _FOLDER / "README.md"
_CATALOGUES = _FOLDER / "parity" / "catalogs"
# The profile's suites have a format and a command of their own.
_FOLDERS = sorted(f for f in _FOLDER.iterdir() if f.is_dir() and f.name != "profile")
_HAN = re.compile("[一-鿿]")
# What may differ in words only: all else is what the shopper means in either language.
_OF_A_LANGUAGE = {"language", "said", "not_said"}


@pytest.fixture(scope="module")
def parity() -> list[Conversation]:
    return load_suites([_FOLDER / "parity"])


@pytest.fixture(scope="module")
def smoke() -> list[Conversation]:
    return load_suites([_FOLDER / "smoke"])


@pytest.fixture(scope="module")
def shops(
    demo_index: CatalogueIndex, embedder: HashingEmbedder, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Shop]:
    """The catalogues that the suites ask, by name."""
    folder = IndexFolder(tmp_path_factory.mktemp("indexes"), embedder)
    shops = {"demo": Shop(demo_index)}
    for path in _CATALOGUES.glob("*.jsonl"):
        index_file(
            folder,
            path,
            name=path.stem,
            embedder=embedder,
            now=datetime(2026, 3, 1, tzinfo=UTC),
            words=path.with_name(f"{path.stem}.words.yaml"),
        )
        shops[path.stem] = Shop(folder.open(path.stem))
    return shops


def _meant(expect: Expect) -> dict[str, Any]:
    """What is expected, whatever the language, and which patterns there are."""
    patterns = {name: len(getattr(expect, name) or ()) for name in ("said", "not_said")}
    return expect.model_dump(exclude=_OF_A_LANGUAGE) | patterns


def _beside(conversation: Conversation) -> dict[str, Any]:
    """What a conversation has beside its words."""
    return conversation.model_dump(exclude={"id", "language", "turns"})


def test_every_conversation_is_there_in_both_languages(parity: list[Conversation]) -> None:
    assert len(parity) == 200
    by_group = Counter((c.group, c.language) for c in parity)
    assert set(by_group.values()) == {1}
    assert {c.id for c in parity} == {f"{c.language}-{c.group}" for c in parity}
    groups = {c.group for c in parity}
    assert len(groups) == 100
    assert by_group.keys() == {(group, language) for group in groups for language in ("en", "zh")}


def test_both_languages_expect_the_same(parity: list[Conversation]) -> None:
    english = {c.group: c for c in parity if c.language == "en"}
    for chinese in (c for c in parity if c.language == "zh"):
        other = english[chinese.group]
        assert _beside(chinese) == _beside(other), chinese.group
        assert len(chinese.turns) == len(other.turns), chinese.group
        for number, (a, b) in enumerate(zip(chinese.turns, other.turns, strict=True), start=1):
            assert _meant(a.expect) == _meant(b.expect), f"{chinese.group}, turn {number}"


def test_talks_are_short_and_long(parity: list[Conversation]) -> None:
    turns = Counter(len(c.turns) for c in parity)
    assert turns[1] == 120
    assert sum(count for length, count in turns.items() if 2 <= length <= 4) == 80


def test_parity_covers_what_an_assistant_is_asked(parity: list[Conversation]) -> None:
    expects = [turn.expect for c in parity for turn in c.turns]
    intents = Counter(chain.from_iterable(e.intent or () for e in expects))
    assert set(intents) >= {
        "recommend", "compare", "product_question", "policy", "order", "clarify",
        "not_in_catalogue", "handoff", "smalltalk", "refuse",
    }  # fmt: skip
    for name in ("pick", "refers", "asks", "unmatched", "stands_in_the_way", "not_need", "profile",
                 "not_profile", "said", "not_said", "tools", "not_tools", "citations"):  # fmt: skip
        assert any(getattr(e, name) is not None for e in expects), name


def test_smoke_is_short_and_of_everything(smoke: list[Conversation]) -> None:
    assert 12 <= len(smoke) <= 14
    # Each message costs seconds of a language model on two cores.
    assert sum(len(c.turns) for c in smoke) <= 18
    assert min(Counter(c.language for c in smoke).values()) >= 5
    expects = [turn.expect for c in smoke for turn in c.turns]
    intents = set(chain.from_iterable(e.intent or () for e in expects))
    assert intents >= {
        "recommend", "compare", "product_question", "not_in_catalogue", "order", "handoff", "refuse"
    }  # fmt: skip
    assert all(e.budget is not None for e in expects)
    for name in ("pick", "stands_in_the_way", "citations", "tools", "not_tools", "not_said",
                 "profile", "not_profile"):  # fmt: skip
        assert any(getattr(e, name) is not None for e in expects), name
    assert any(c.shopper and c.shopper.facts for c in smoke)
    assert any(c.others for c in smoke)


def test_shoppers_write_their_language_and_are_answered_in_it(
    parity: list[Conversation], smoke: list[Conversation]
) -> None:
    for c in (*parity, *smoke):
        for turn in c.turns:
            assert turn.expect.language == c.language, c.id
            assert bool(_HAN.search(turn.say)) == (c.language == "zh"), c.id
            assert turn.expect.facts is not None, c.id
            assert turn.expect.intent is not None, c.id


def test_no_label_contradicts_its_catalogue(
    parity: list[Conversation], smoke: list[Conversation], shops: dict[str, Shop]
) -> None:
    told = [told for c in (*parity, *smoke) for told in contradictions(c, shops[c.catalog])]
    assert told == []


def test_all_suites_can_be_held_in_one_run() -> None:
    conversations = load_suites([_FOLDER, *_FOLDERS])
    assert len(conversations) > len(load_suites([_FOLDER]))


def test_the_page_names_every_suite_and_its_examples_are_right(shops: dict[str, Shop]) -> None:
    page = _PAGE.read_text(encoding="utf-8")
    names = [f.name for f in _FOLDER.iterdir() if f.is_dir()]
    assert [name for name in names if f"`{name}/`" not in page] == []
    examples = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    conversations = [Conversation.model_validate_json(example) for example in examples]
    assert [bool(conversation.goal) for conversation in conversations] == [False, False, True]
    for conversation in conversations:
        assert contradictions(conversation, shops[conversation.catalog]) == []
    assert all(f"`{key}`" in page for key in Expect.model_fields)
