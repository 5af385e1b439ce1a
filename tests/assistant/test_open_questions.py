"""Questions that the policies do not answer, as a list that staff work off."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from insight_shop import Clock, answer, asking, exact
from test_desk import Browser, anna, http, staff  # noqa: F401

from assistant.app import Assistant
from assistant.desk.files import ShopFiles
from assistant.desk.open_questions import OpenQuestions
from assistant.desk.policy_places import Place, PolicyPlaces
from assistant.errors import BadInput
from assistant.insight.releases import Releases
from assistant.settings import Settings
from retrieval.index import CatalogueIndex

FEWEST = 5
NORWAY, INSTALMENTS = "delivery/country:NO", "payment/installments"


@pytest.fixture
def now() -> Clock:
    return Clock()


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    policies = tmp_path / "policies"
    for name, text in {
        "en/sending.md": "# Sending\n\n## Delivery costs\n\nDelivery costs 5 dollars.\n",
        "en/returns.md": "# Returns\n\nAfter delivery you have 30 days to return shoes.\n",
        "zh/delivery.md": "# 配送\n\n配送需要三天。\n",
    }.items():
        (policies / name).parent.mkdir(parents=True, exist_ok=True)
        (policies / name).write_text(text, encoding="utf-8")
    return settings.model_copy(update={"insight_fewest": FEWEST, "policies": policies})


@pytest.fixture
def releases(
    assistant: Assistant, settings: Settings, now: Clock, monkeypatch: pytest.MonkeyPatch
) -> Releases:
    made = Releases(
        assistant.database,
        epsilon=settings.insight_epsilon,
        fewest=FEWEST,
        now=now,
        mechanism=exact,
    )
    monkeypatch.setattr("assistant.server.releases_of", lambda assistant, settings: made)
    assistant.counting.begin()
    return made


@pytest.fixture
def questions(assistant: Assistant, releases: Releases, now: Clock) -> OpenQuestions:
    return OpenQuestions(assistant.database, releases, now=now)


@pytest.fixture
def files(assistant: Assistant, settings: Settings, now: Clock) -> ShopFiles:
    return ShopFiles(
        assistant.database, policies=settings.policies, rules=settings.handoff_file, now=now
    )


def asked(
    assistant: Assistant, index: CatalogueIndex, question: str, *, shoppers: int, name: str = "s"
) -> None:
    for number in range(shoppers):
        asking_it = asking(index, f"{name}{number}", question)
        assistant.counting.turn(asking_it, answer(intent="policy", unanswered=True), None)
    assistant.counting.flush()


def a_week(assistant: Assistant, index: CatalogueIndex, releases: Releases, now: Clock) -> None:
    asked(assistant, index, "Do you deliver to Norway?", shoppers=9)
    asked(assistant, index, "May I pay in instalments?", shoppers=6, name="p")
    now.on(days=7)
    releases.finish()


def test_only_what_enough_shoppers_asked_is_listed_and_nothing_before_it_is_out(
    assistant: Assistant, shoes_index: CatalogueIndex, releases: Releases, now: Clock,
    questions: OpenQuestions,
) -> None:  # fmt: skip
    asked(assistant, shoes_index, "Do you deliver to Norway?", shoppers=FEWEST)
    asked(assistant, shoes_index, "Is my cousin Eva's invoice here?", shoppers=4, name="few")
    assert questions.all() == []
    now.on(days=7)
    releases.finish()
    [one] = questions.all()
    assert (one.term, one.shoppers, one.weeks, one.staff) == (NORWAY, FEWEST, 1, None)


def test_what_is_seen_to_is_open_again_when_it_is_asked_in_a_later_week(
    assistant: Assistant, shoes_index: CatalogueIndex, releases: Releases, now: Clock,
    questions: OpenQuestions,
) -> None:  # fmt: skip
    a_week(assistant, shoes_index, releases, now)
    assert [one.term for one in questions.all()] == [NORWAY, INSTALMENTS]
    questions.mark(NORWAY, staff="Anna")
    assert [(one.term, one.staff) for one in questions.all()] == [
        (INSTALMENTS, None),
        (NORWAY, "Anna"),
    ]
    # Of the week in which it was seen to nobody knows whether it was asked before or after.
    a_week(assistant, shoes_index, releases, now)
    assert [one.staff for one in questions.all() if one.term == NORWAY] == ["Anna"]
    a_week(assistant, shoes_index, releases, now)
    [back] = [one for one in questions.all() if one.term == NORWAY]
    assert (back.staff, back.is_back, back.weeks) == (None, True, 3)
    questions.mark(NORWAY, staff="Bo")
    questions.reopen(NORWAY)
    [again] = [one for one in questions.all() if one.term == NORWAY]
    assert (again.staff, again.is_back) == (None, False)


def test_a_question_that_is_not_out_cannot_be_marked(questions: OpenQuestions) -> None:
    with pytest.raises(BadInput, match="no such question"):
        questions.mark("delivery/country:NO", staff="Anna")
    questions.reopen("nothing")


def test_an_answer_belongs_where_most_is_said_of_it(files: ShopFiles, settings: Settings) -> None:
    places = PolicyPlaces(files, "en")
    assert places.of(NORWAY) == Place("en/sending.md", "Sending", is_new=False)
    assert places.of("return") == Place("en/returns.md", "Returns", is_new=False)
    assert places.of("gift_card") == Place("en/gift-card.md", "gift-card.md", is_new=True)
    assert files.file("en/gift-card.md").read() == ""  # it can be begun under that name
    assert places.of("other") is None
    assert PolicyPlaces(files, "zh").of(NORWAY) == Place("zh/delivery.md", "配送", is_new=False)


def test_where_no_policies_are_edited_there_is_no_place(
    assistant: Assistant, settings: Settings, now: Clock
) -> None:
    none = ShopFiles(assistant.database, policies=None, rules=settings.handoff_file, now=now)
    assert PolicyPlaces(none, "en").of(NORWAY) is None


async def test_the_page_never_has_a_shoppers_words(
    releases: Releases,
    anna: Browser,  # noqa: F811
    assistant: Assistant,
    shoes_index: CatalogueIndex,
    now: Clock,
) -> None:
    secret = "My name is Eva Brandt, do you deliver to Norway, 12 Kirkeveien?"
    asked(assistant, shoes_index, secret, shoppers=9)
    asked(assistant, shoes_index, "Can Eva Brandt pick up at a pirate ship?", shoppers=2, name="f")
    now.on(days=7)
    releases.finish()
    await anna.log_in("Anna")
    for path in ("", "/questions", "/shoppers/questions.csv", "/service"):
        page = (await anna.get(f"/desk/insight{path}")).text
        assert not re.search(r"\bEva\b|Brandt|Kirkeveien|pirate", page)
    page = (await anna.get("/desk/insight/questions")).text
    assert "delivery – Norway" in page
    assert "/desk/files/edit?file=en/sending.md" in page
    marked = await anna.post("/desk/insight/questions/done", "/desk/insight/questions", term=NORWAY)
    assert marked.status_code == 303
    assert "Seen to" in (await anna.get("/desk/insight/questions")).text
    unknown = await anna.post("/desk/insight/questions/done", "/desk/insight/questions", term="Eva")
    assert unknown.status_code == 422


async def test_nobody_marks_anything_without_logging_in_or_from_elsewhere(
    releases: Releases,
    anna: Browser,  # noqa: F811
    assistant: Assistant,
    shoes_index: CatalogueIndex,
    now: Clock,
    questions: OpenQuestions,
) -> None:
    a_week(assistant, shoes_index, releases, now)
    for path in ("done", "open"):
        sent = await anna.client.post(f"/desk/insight/questions/{path}", data={"term": NORWAY})
        assert sent.status_code in (303, 403)
    assert all(one.staff is None for one in questions.all())
