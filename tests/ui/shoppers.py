"""Shoppers of tests in both languages: what they say, and what the model makes of it."""

from dataclasses import dataclass
from typing import Any

import pytest
from page_visit import ANSWER, FLAT_FEET, READ_FLAT_FEET
from scripted_model import reading

from assistant.desk.showing import texts as desk_texts
from assistant.reply import Language
from ui.texts import Texts, texts


@dataclass(frozen=True)
class Shopper:
    """What a shopper says in one language, and what the model makes of it.

    Attributes:
        language: of the shopper and of the browser.
        asks, read, answer: the first question, how it is read, and the answer's one true sentence.
        nike: what the shoe that fits best is called.
        chips: the shopper's words for price, feet and kind of shoe.
        feet, read_feet: a question that three shoes fit.
        only_nike, read_only_nike: what narrows the first question.
        compares: asks for two shoes side by side.
        size: tells a size of 42.
        person: asks for somebody of the shop.
        late: is said to that person.
        thanks: is said to the bot again.
    """

    language: Language
    asks: str
    read: dict[str, Any]
    answer: str
    nike: str
    chips: tuple[str, str, str]
    feet: str
    read_feet: dict[str, Any]
    only_nike: str
    read_only_nike: dict[str, Any]
    compares: str
    size: str
    person: str
    late: str
    thanks: str

    @property
    def locale(self) -> str:
        return "zh-CN" if self.language == "zh" else "en-US"

    @property
    def words(self) -> Texts:
        """The page's."""
        return texts(self.language)

    @property
    def desk(self) -> Any:
        """The desk's."""
        return desk_texts(self.language)


ENGLISH = Shopper(
    language="en",
    asks=FLAT_FEET,
    read=READ_FLAT_FEET,
    answer=ANSWER,
    nike="Nike Structure 25",
    chips=("under $120", "flat feet", "running shoe"),
    feet="something for flat feet",
    read_feet=reading("search", ("flat feet", "body", "=", "flat feet")),
    only_nike="something by Nike",
    read_only_nike=reading("search", ("Nike", "brand", "=", "Nike")),
    compares="compare the Nike Structure 25 and the Asics Kayano 31",
    size="I wear size 42",
    person="let me talk to a human <b>now</b>",
    late="my <i>order</i> is late",
    thanks="thank you",
)
CHINESE = Shopper(
    language="zh",
    asks="扁平足的跑步鞋，预算120美元以内，哪款最好？",
    read=reading(
        "search",
        ("跑步鞋", "category", "=", "跑步鞋"),
        ("120美元以内", "price", "<=", "120"),
        ("扁平足", "body", "=", "扁平足"),
    ),
    answer="耐克 支撑跑鞋 [1]，$110。",
    nike="耐克 支撑跑鞋",
    chips=("120美元以内", "扁平足", "跑步鞋"),
    feet="扁平足穿什么好",
    read_feet=reading("search", ("扁平足", "body", "=", "扁平足")),
    only_nike="要耐克的",
    read_only_nike=reading("search", ("耐克", "brand", "=", "Nike")),
    compares="比较一下耐克 支撑跑鞋和亚瑟士 稳定跑鞋",
    size="我穿42码",
    person="我要转人工 <b>现在</b>",
    late="我的<i>订单</i>迟了",
    thanks="谢谢",
)


@pytest.fixture(params=[ENGLISH, CHINESE], ids=["en", "zh"])
def shopper(request: pytest.FixtureRequest) -> Shopper:
    found: Shopper = request.param
    return found
