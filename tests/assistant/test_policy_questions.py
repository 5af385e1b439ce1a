"""What a message asks of the policies: its parts, what it is about, and what is only told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.language import language_of
from assistant.policy.facts_asked import Kind, bears, kinds_asked
from assistant.policy.parts import asking_parts, parts_of
from assistant.policy.question import questions_of
from assistant.policy.subjects import subjects_of
from assistant.reply import Language

_PIECES = st.sampled_from(
    [
        "can i return it",
        "it broke",
        "how long",
        "?",
        ".",
        ", ",
        "and when",
        "我买的",
        "能退吗",
        "，",
        "\n",
        "if",
    ]
)


@given(
    st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=8).map(" ".join)),
    st.sampled_from(["en", "zh"]),
)
@settings(max_examples=150, deadline=None)
def test_any_message_asks_at_least_one_thing(message: str, language: Language) -> None:
    assert parts_of(message, language)
    questions = questions_of(message, language)
    assert questions
    for question in questions:
        assert not question.topics & question.things
        assert not question.needs & question.some


@pytest.mark.parametrize(
    ("message", "asks"),
    [
        ("When you hang a lamp, do you hide the cables?", ["do you hide the cables?"]),
        ("If I'm out when it comes, what happens?", ["what happens?"]),
        ("Can I return sale items, and who pays?", ["Can I return sale items", "who pays?"]),
        ("The vase came in pieces.", []),
    ],
)
def test_what_only_says_when_asks_nothing(message: str, asks: list[str]) -> None:
    assert asking_parts(message, "en") == asks


@pytest.mark.parametrize(
    "message", ["师傅穿不穿鞋套", "停车场有充电桩没", "资料是存在国内还是国外"]
)
def test_chinese_questions_without_a_mark_are_questions(message: str) -> None:
    assert asking_parts(message, "zh")


def test_what_is_told_is_weighed_where_the_question_names_its_subject() -> None:
    [question] = questions_of("The box is gone. Can I still return the shoes?", "en")
    assert question.topics == {"return"}
    assert question.also == {"box"}
    assert question.whole.startswith("The box is gone")


def test_what_is_told_is_the_subject_where_the_question_names_none() -> None:
    [question] = questions_of("My brother will collect my order for me. Is that a problem?", "en")
    assert not question.needs
    assert {"pickup", "proxy"} <= question.some


@pytest.mark.parametrize(
    ("message", "language", "topic"),
    [
        ("It isn't for me. How long have I got?", "en", "return"),
        ("I just ordered it by mistake. What can I do?", "en", "cancel"),
        ("刚下单就买错了，怎么办", "zh", "cancel"),
    ],
)
def test_who_wants_goods_no_more_gives_them_back(
    message: str, language: Language, topic: str
) -> None:
    assert questions_of(message, language)[-1].topics == {topic}


def test_who_asks_matters_to_a_discount_alone() -> None:
    [question] = questions_of("I'm a nurse. Is there a discount for me?", "en")
    assert question.things == {"discount", "nhs"}
    [question] = questions_of("I'm a nurse. How long does delivery take?", "en")
    assert "nhs" not in question.needs | question.also


@pytest.mark.parametrize(
    ("message", "country"),
    [
        ("Do you deliver to Toronto?", "country:CA"),
        ("I live in Berlin. Do you deliver?", "country:DE"),
    ],
)
def test_a_city_stands_for_its_country_where_something_is_sent(message: str, country: str) -> None:
    [question] = questions_of(message, "en")
    assert country in question.things


def test_a_city_stays_a_word_where_a_shop_is_asked_for() -> None:
    [question] = questions_of("Do you have a shop in Berlin?", "en")
    assert question.things == frozenset()
    assert question.words == ("berlin",)


def test_what_nobody_opened_is_no_opened_box() -> None:
    assert "opened" not in subjects_of("I have not opened it", "en", ()).things
    assert "opened" in subjects_of("I opened it", "en", ()).things


def test_days_and_money_are_no_count() -> None:
    assert not bears("Delivery costs €4.90 and takes 3 days.", Kind.COUNT)
    assert bears("Up to 4 cards can be combined.", Kind.COUNT)
    assert kinds_asked("at most how many days do you keep it?", "en") == {Kind.DURATION}


@pytest.mark.parametrize(
    ("message", "topics"),
    [
        ("Can I return them? Who pays the postage?", {"delivery", "return"}),
        ("能换码吗？邮费谁付？", {"delivery", "exchange"}),
        ("Can I return them? How much is delivery?", {"delivery"}),
        ("Who pays the postage?", {"delivery"}),
    ],
)
def test_who_pays_for_the_way_back_is_asked_after_it(message: str, topics: set[str]) -> None:
    assert questions_of(message, language_of(message))[-1].topics == topics
