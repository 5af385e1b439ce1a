"""What of a message lasts, in many wordings of both languages, over shoes and coffee machines."""

from decimal import Decimal

import pytest
from coffee_machines import coffee_index

from assistant.profile.dialogue.lasting import read_lasting
from assistant.profile.facts import ProfileFact
from retrieval.index import CatalogueIndex
from tools.reading.fact import ModelReading
from tools.reading.reader import Reader
from tools.reading.subject import read_clauses

RATES = {"USD": Decimal(1), "EUR": Decimal(1)}

TOLD = {
    # Bodies.
    "I have flat feet": "foot_type=flat feet",
    "which running shoe is best for flat feet?": "foot_type=flat feet",
    "Do you have shoes for wide feet?": "foot_type=wide feet",
    "Are these good for my flat feet?": "foot_type=flat feet",
    "My doctor says I have flat feet": "foot_type=flat feet",
    "I've got bunions and bad knees": "foot_type=bunion; injury=knee pain",
    "I don't have wide feet, but I do have flat feet": "foot_type=flat feet",
    "我的脚比较宽": "foot_type=wide feet",
    "扁平足穿什么跑鞋好": "foot_type=flat feet",
    "医生说我是扁平足": "foot_type=flat feet",
    "我有拇外翻，还有足底筋膜炎": "foot_type=bunion; injury=plantar fasciitis",
    "没有扁平足，但是脚宽": "foot_type=wide feet",
    # Sizes.
    "I wear 43": "size=43",
    "I'm a 43 and my wife is a 38": "size=43",
    "My wife is a 38 and I'm a 43": "size=43",
    "a 43 for me and a 38 for my wife": "size=43",
    "I'm a woman, US 9": "gender=women; size=40",
    "I used to be a 42, now I'm a 43": "size=43",
    "running shoes in 42 please": "size=42",
    "My kids like it here, and I wear 43": "size=43",
    "我穿43码": "size=43",
    "我老婆37码，我43码": "size=43",
    "男朋友穿44，我穿38": "size=38",
    "我以前穿42，现在穿43码": "size=43",
    "我現在穿42了": "size=42",
    "这次是给我自己买的，42码": "size=42",
    "im a 43": "size=43",
    "I take 42 in most brands": "size=42",
    "我穿四十二码": "size=42",
    # Tastes.
    "Saucony never worked for me": "brand!=Saucony",
    "彪马打死我也不买": "brand!=Puma",
    "徒步是我的爱好": "use=hiking",
    "I only wear black": "color=black",
    "I love Nike, Adidas and black": "brand=Adidas; brand=Nike; color=black",
    "Nike is my favourite brand": "brand=Nike",
    "I've always worn Brooks": "brand=Brooks",
    "I love Nike and need black shoes": "brand=Nike",
    "I can't stand Skechers": "brand!=Skechers",
    "I don't like Nike or Adidas": "brand!=Adidas; brand!=Nike",
    "I'm allergic to leather": "upper!=leather",
    "I'm a vegan, no leather": "upper!=leather",
    "I like waterproof shoes": "waterproof=yes",
    "my wife loves Nike but I love Asics": "brand=Asics",
    "I prefer Asics over Nike": "brand=Asics",
    "no Nike please": "brand!=Nike",
    "我一直穿耐克": "brand=Nike",
    "耐克我一直很喜欢": "brand=Nike",
    "我最喜欢的颜色是蓝色": "color=blue",
    "我喜欢黑色和白色": "color=black; color=white",
    "从来不穿皮的": "upper!=leather",
    "皮的我从来不穿": "upper!=leather",
    "我對皮革過敏": "upper!=leather",
    "我吃素，不要皮革的": "upper!=leather",
    "我老公喜欢耐克，我喜欢亚瑟士": "brand=Asics",
    "不要耐克和阿迪达斯": "brand!=Adidas; brand!=Nike",
    # People and habits.
    "I'm a guy who plays tennis": "gender=men",
    "我是个女生，想买跑鞋": "gender=women",
    "I run marathons": "category=Running shoes",
    "I play basketball every week": "use=basketball",
    "I mostly run on trails": "terrain=trail",
    "I hike on weekends": "use=hiking",
    "我每天跑步": "category=Running shoes",
    "我每周打三次篮球": "use=basketball",
    "我周末经常去徒步": "use=hiking",
    # Budgets.
    "I usually spend at most 100": "price<=100",
    "I never spend more than 150 on shoes": "price<=150",
    "平时买鞋都不超过300": "price<=300",
}
NOTHING = [
    "平时走路的鞋怎么选",
    "扁平足会不会影响跑步",
    "why do flat feet hurt?",
    "id really like black",
    "i dont have flat feet",
    "I bought 43 of them",
    "is it good for flat feet?",
    "Is the Nike Pegasus 41 good for flat feet?",
    "What are flat feet?",
    "Do I have flat feet?",
    "I don't have flat feet",
    "I had flat feet as a child",
    "if I had flat feet, which would you recommend?",
    "suppose I wear 45, do you have any?",
    "someone with flat feet should wear what?",
    "They say I have flat feet",
    "My friend says Nike is bad",
    "Nike running shoes under 100",
    "my budget is 120",
    "just this once I'd like something in leather",
    "I need black shoes for a party, size 43",
    "For this trip I need hiking boots, size 43",
    "I want red shoes for Halloween",
    "I'd like black ones",
    "I like the black one",
    "Something like Nike please",
    "I love the Nike Pegasus 41",
    "I don't mind leather",
    "I used to wear Nike",
    "Nike hurts my feet",
    "I'm going to run a marathon next month",
    "I'm not a runner",
    "I'm 45",
    "I'm between 42 and 43",
    "I have a 5 year old son, he wears size 30",
    "For a friend: she's allergic to leather",
    "Do you like Nike?",
    "什么是扁平足？",
    "这双适合扁平足吗？",
    "如果我是扁平足，该买哪双？",
    "朋友说耐克不好",
    "听说索康尼不错",
    "我给我妈买，她脚宽",
    "买给爸爸的，他穿42码",
    "我老公喜欢耐克",
    "我这次想要黑色的",
    "出差临时穿，要黑色的",
    "参加婚礼穿的白色鞋子",
    "只要黑色的",
    "我喜欢这双黑色的",
    "喜欢黑色的吗",
    "我想开始跑步",
    "预算500，黑色",
]
COFFEE = {
    "I only drink espresso": "drink=espresso",
    "I drink cappuccino every morning": "drink=cappuccino",
    "I never drink filter coffee": "drink!=filter",
    "I hate drip machines": "kind!=drip machine",
    "capsule machines are not for me": "kind!=capsule machine",
    "I love cappuccino but my wife prefers filter": "drink=cappuccino",
    "I usually spend at most 200 euros": "price<=200",
    "no Capso": "brand!=Capso",
    "我只喝浓缩咖啡": "drink=espresso",
    "我从来不喝滴滤": "drink!=filter",
    "我平时喝卡布奇诺": "drink=cappuccino",
    "I love my Alta Crema": "",
    "a machine for espresso under 300": "",
    "I need a milk frother for my cappuccino": "",
    "my husband only drinks cappuccino": "",
}


@pytest.fixture(scope="module")
def coffee() -> CatalogueIndex:
    return coffee_index()


def told(message: str, index: CatalogueIndex, known: tuple[ProfileFact, ...] = ()) -> str:
    """What a message states, by rules alone, as one line."""
    facts = Reader(index, RATES).read(message, ModelReading(action="search")).facts
    stated, _ = read_lasting(message, facts, known, index=index, for_other=False)
    return "; ".join(sorted(f"{s.field}{s.op}{s.value}" for s in stated if s.holds))


@pytest.mark.parametrize("message", TOLD)
def test_what_lasts_is_read(message: str, demo_index: CatalogueIndex) -> None:
    assert told(message, demo_index) == TOLD[message]


@pytest.mark.parametrize("message", NOTHING)
def test_what_does_not_last_is_left(message: str, demo_index: CatalogueIndex) -> None:
    assert told(message, demo_index) == ""


@pytest.mark.parametrize("message", COFFEE)
def test_other_goods_than_shoes(message: str, coffee: CatalogueIndex) -> None:
    assert told(message, coffee) == COFFEE[message]


def test_without_facts_of_the_turn_words_alone_tell(demo_index: CatalogueIndex) -> None:
    stated, _ = read_lasting(
        "I wear 43 and I have flat feet, is it any good?",
        (),
        (),
        index=demo_index,
        for_other=False,
    )
    assert {(s.field, s.value) for s in stated} == {("size", "43"), ("foot_type", "flat feet")}


@pytest.mark.parametrize("message", ["", "   ", "?!?", "。。", "🙂"])
def test_nothing_said(message: str, demo_index: CatalogueIndex) -> None:
    assert read_lasting(message, (), (), index=demo_index, for_other=True) == ([], True)


@pytest.mark.parametrize(
    ("messages", "others"),
    [
        (["a gift for my wife", "she has flat feet", "size 38"], [True, True, True]),
        (["a gift for my wife", "for me, I wear 43"], [True, False]),
        (["My husband recommended this shop", "size 43"], [False, False]),
        (["It's for my dad", "he likes black", "Now something for me in 42"], [True, True, False]),
        (["想给我老婆买双跑鞋", "她是扁平足", "38码", "我自己穿43码"], [True, True, True, False]),
        (["送女朋友", "白色的"], [True, True]),
        (["给我推荐一双跑鞋"], [False]),
    ],
)
def test_of_whom_a_talk_goes_on(messages: list[str], others: list[bool]) -> None:
    other, heard = False, []
    for message in messages:
        _, other = read_clauses(message, for_other=other)
        heard.append(other)
    assert heard == others


def test_clauses_stand_in_the_message_without_gaps() -> None:
    message = "I'm a 43, my wife is 38.5; she hates Nike. 我喜欢黑色，但是她不喜欢！"
    clauses, _ = read_clauses(message, for_other=False)
    assert "".join(clause.text for clause in clauses) == message
    assert [clause.other for clause in clauses] == [False, True, True, False, True]
