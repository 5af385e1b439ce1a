"""What messages of both languages wish for, read by rules alone."""

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.index import CatalogueIndex
from retrieval.text import has_cjk
from retrieval.vocabulary import Term
from tools.reading.fact import ModelReading, ParsedQuery
from tools.reading.reader import Reader

NOTHING = ModelReading(action="search")


@pytest.fixture(scope="module")
def reader(demo_index: CatalogueIndex) -> Reader:
    return Reader(demo_index, {"CNY": Decimal("7.0")})


def told(parsed: ParsedQuery) -> set[str]:
    """Facts as ``field=value``, soft ones with ``~``; ``-`` relaxed, ``?`` unmatched."""
    lines = set()
    for fact in parsed.facts:
        if fact.sort:
            lines.add(f"{fact.field}:{fact.sort}")
            continue
        value = f"{fact.value:g}" if isinstance(fact.value, float) else f"{fact.value}"
        soft = "~" if fact.strength == "prefer" else ""
        lines.add(f"{fact.field}{fact.op}{value}{soft}")
    lines |= {f"-{name}" for name in parsed.relaxed}
    return lines | {f"?{u.field}" for u in parsed.unmatched}


def read_all(reader: Reader, table: str) -> dict[str, set[str]]:
    """The messages of a table that are read otherwise than it says."""
    wrong = {}
    for line in table.strip().splitlines():
        message, _, labels = line.partition("=>")
        expected = {label.strip() for label in labels.split(";") if label.strip()}
        found = told(reader.read(message.strip(), NOTHING))
        if found != expected:
            wrong[message.strip()] = found
    return wrong


POLARITY = """
Nike or Asics but not Hoka => brand=Nike; brand=Asics; brand!=Hoka
除了耐克和阿迪都行 => brand!=Nike; brand!=Adidas
非耐克不买 => brand=Nike
除了耐克其他都不要 => brand=Nike
nothing but Nike => brand=Nike
只考虑李宁或者安踏 => brand=Li-Ning; brand=Anta
不是不要白色 =>
我不是不喜欢耐克 =>
no Nike, Adidas or Puma => brand!=Nike; brand!=Adidas; brand!=Puma
不要耐克、阿迪和彪马 => brand!=Nike; brand!=Adidas; brand!=Puma
不要耐克，要阿迪 => brand!=Nike; brand=Adidas
not Nike but Adidas => brand!=Nike; brand=Adidas
Adidas instead of Nike => brand=Adidas; brand!=Nike
别给我推荐耐克 => brand!=Nike
耐克就算了 => brand!=Nike
除耐克外 => brand!=Nike
any color except black => color!=black
I'm not a fan of Nike => brand!=Nike
my old Nikes fell apart =>
I used to wear Brooks but want a different brand => brand!=Brooks
之前一直穿耐克，想换个牌子 => brand!=Nike
don't you have Nike? => brand=Nike
我没有跑鞋，想买一双 => category=Running shoes
I don't have any running shoes yet => category=Running shoes
leather-free => upper!=leather
must be waterproof and ideally black => waterproof=True; color=black~
防水必须，最好黑色 => waterproof=True; color=black~
white would be nice => color=white~
能防水就更好了 => waterproof=True~
under $100 if possible => price<=100~
不用防水 => -waterproof
I do not need waterproof => -waterproof
不是41，是42码 => size=42
"""

WORDS = """
trail runing shoes please => category=Trail running shoes
trial running shoes => category=Trail running shoes
runing sho => category=Running shoes
skechrs walking shoes => brand=Skechers; category=Walking shoes
balck, watreproof => color=black; waterproof=True
I like books =>
kicks under 80 dollars => category=Shoes; price<=80
球鞋 => category=Shoes
給老公買雙跑鞋 => gender=men; category=Running shoes
给我妈买双健步鞋 => gender=women; category=Walking shoes
for my 8 year old => gender=kids
my wife says I need new running shoes => category=Running shoes
high quality running shoes => category=Running shoes
does it work? =>
they never fit me =>
high cushioning => cushioning=high
high grip soles => grip=high
dark blue => color=navy
burgundy => color=red
turquoise shoes => ?color; category=Shoes
my feet are flat => need=flat-feet
脚有点宽 => need=wide-feet
flat and wide feet => need=flat-feet; need=wide-feet
do you sell bicycles? => ?category
do you sell zorbs? => ?category
有泳镜卖吗 => ?category
Balenciaga trainers => ?brand; category=Shoes
sneakers to wear with jeans => category=Shoes
zero drop => heel_drop_mm=0
"""

EXTREMES = """
lowest drop running shoes => category=Running shoes; heel_drop_mm:asc
落差最小的跑鞋 => category=Running shoes; heel_drop_mm:asc
the lightest racing shoes => category=Racing shoes; weight_g:asc
评价最多的跑鞋 => category=Running shoes; rating_count:desc
highest rated walking shoes => category=Walking shoes; rating:desc
budget-friendly running shoes => category=Running shoes
经济实惠的跑鞋 => category=Running shoes
I don't need the cheapest =>
something cheap, under $80 => price<=80
720块以内最便宜的 => price<=102.86; price:asc
"""

RELAXED = """
colour doesn't matter any more => -color
颜色无所谓了 => -color
颜色都可以 => -color
什么颜色的都行 => -color
any brand is fine => -brand
品牌不限 => -brand
no preference on brand => -brand
forget the budget => -price
money is no object => -price
预算不是问题 => -price
the price can be higher => -price
有什么颜色 =>
do you have any brand recommendations =>
"""

EVERYDAY_WORDS = """
only Nike => brand=Nike
I want only white ones => color=white
only the ones in black please => color=black
going on a hike in white => color=white; use=hiking
On Running please, only in black => brand=On Running; color=black
I want shoes from On => category=Shoes; brand=On Running
"""

SUMS = """
under 120 in black => price<=120; color=black
under 100 in size 42 => price<=100; size=42
max 90 in grey => price<=90; color=grey
less than 90 in Nike => price<=90; brand=Nike
below 150 in white or black => price<=150; color=white; color=black
预算300只要白色 => price<=300; color=white
预算200步行穿 => price<=200; use=walking
I have 2 kids and need 3 pairs => gender=kids
I have 4 cats =>
around 5 friends told me =>
blisters from 2 of my pairs =>
I have 100 => price<=100
I've got about 100 to spend => price<=100
over $100 is too much => price<=100
anything above 150 dollars is out of my budget => price<=150
$100 is too much for me => price<=100
超过100美元太贵了 => price<=100
100美元以上的不要 => price<=100
100美元太贵了 => price<=100
100以内不要白色的 => price<=100; color!=white
under $50 is too cheap => price>=50
my budget is 150 but could go 170 => price<=170
budget 150, can stretch to 170 => price<=170
预算150，可以到170 => price<=170
ideally under $100, at most $140 => price<=100~; price<=140
"""

COMPLAINTS = """
耐克太贵了 =>
Nike hurts my feet =>
Nikes fall apart on me =>
my Asics wear out too fast =>
Adidas feel cheap and look ugly =>
blisters from my Nikes =>
white shoes always get dirty => category=Shoes
the laces are annoying =>
耐克的鞋我穿着磨脚 => category=Shoes
阿迪达斯总是磨脚 =>
白色太容易脏了 =>
鞋带太麻烦了 =>
velcro is fine but laces are a pain => closure=strap
Nike are too narrow, something else please => brand!=Nike
白色不耐脏，换个颜色 => color!=white
I have 3 pairs of Nike already, want something else => brand!=Nike
we already own two pairs of Hoka =>
我有两双耐克了，想换别的 => brand!=Nike
家里已经有三双阿迪了 =>
耐克会磨脚吗 => brand=Nike
防水太重要了 => waterproof=True
white too please => color=white
I want leather, it wears out slowly => upper=leather
Nike runs small so I take 43 => brand=Nike; size=43
size 42 is too tight on me =>
42码太大了 =>
my running shoes hurt => category=Running shoes
不要像耐克那种硬的 =>
nothing like Nike =>
not like my Nikes =>
I don't like Nike => brand!=Nike
lighter than my Hoka => weight_g:asc
比耐克便宜的 => price:asc
shoes that don't look like dad shoes => category=Shoes
I'm not a runner =>
我不是跑步的人 =>
"""

EITHER_WAY = """
not necessarily Nike => -brand
not necessarily waterproof => -waterproof
不要求防水 => -waterproof
防水不防水都可以 => -waterproof
有没有鞋带都行 => -closure
with or without laces => -closure
waterproof or not, whatever you have => -waterproof
实在没有白的也行 => -color
没有黑色也行 => -color
没有耐克的话阿迪也可以 => brand=Nike; brand=Adidas
if you don't have white, black is fine => color=white; color=black
if possible no leather => upper!=leather
我没有扁平足 =>
I don't have flat feet =>
no flat feet here =>
I don't have wide feet but I have bunions => need=bunions
有没有扁平足的鞋 => need=flat-feet
I have two kids => gender=kids
我有两个孩子 => gender=kids
the second cheapest =>
第二便宜的 =>
the third lightest =>
"""


@pytest.mark.parametrize(
    "table",
    [POLARITY, WORDS, EXTREMES, RELAXED, EVERYDAY_WORDS, SUMS, COMPLAINTS, EITHER_WAY],
)
def test_what_messages_wish_for(reader: Reader, table: str) -> None:
    assert read_all(reader, table) == {}


@pytest.mark.parametrize(
    ("message", "undecided", "person"),
    [
        ("随便", True, False),
        ("都可以，你推荐吧", True, False),
        ("you choose", True, False),
        ("no preference really", True, False),
        ("随便看看", False, False),
        ("white or black", False, False),
        ("talk to a human", False, True),
        ("转人工", False, True),
        ("不用转人工", False, False),
        ("找你们经理", False, True),
        ("I'd like shoes for my manager", False, False),
    ],
)
def test_what_is_left_to_the_shop(
    reader: Reader, message: str, undecided: bool, person: bool
) -> None:
    parsed = reader.read(message, NOTHING)
    assert (parsed.undecided, parsed.wants_person) == (undecided, person)


@pytest.mark.parametrize(
    ("message", "widens"),
    [
        ("also in white", True),
        ("white too", True),
        ("white is fine too", True),
        ("white as well", True),
        ("I'd also consider white", True),
        ("也可以白色", True),
        ("白色也可以", True),
        ("白色的也要", True),
        ("white", False),
        ("in white instead", False),
        ("换成白色", False),
        ("not white", False),
        ("白色也不要", False),
    ],
)
def test_what_is_allowed_besides(reader: Reader, message: str, widens: bool) -> None:
    (fact,) = reader.read(message, NOTHING).facts
    assert (fact.field, fact.widens) == ("color", widens)


def test_a_verb_is_no_name(reader: Reader) -> None:
    assert not reader.read("my budget is 150 but could go 170", NOTHING).products


REFUSING = {
    False: ("no {}", "I don't want {}", "anything but {}", "please avoid {}, size 42", "{} is out"),
    True: ("不要{}", "我不喜欢{}", "除了{}都行", "{}的不要", "不考虑{}"),
}
WANTING = {
    False: ("I want {}", "do you have {}?", "something {} under $100", "why not {}?"),
    True: ("想要{}的", "有没有{}", "预算100美元以内，{}", "最好是{}"),
}


COMPLAINING = {
    False: ("{} hurts my feet", "{} shoes are too expensive", "blisters from my {}"),
    True: ("{}太贵了", "{}的鞋穿着磨脚", "我已经有两双{}了"),
}


@pytest.fixture(scope="module")
def words(reader: Reader, demo_index: CatalogueIndex) -> list[tuple[Term, str]]:
    """Every word of the vocabulary that means one thing wherever it stands."""
    vocabulary = demo_index.vocabulary
    found = []
    for field in sorted(vocabulary.fields() - {"size"}):
        for value in vocabulary.values(field):
            for word in vocabulary.words_for(Term(field, value)):
                facts = reader.read(word, NOTHING).facts
                if [(f.field, f.op, f.value) for f in facts] == [(field, "=", value)]:
                    found.append((Term(field, value), word))
    return found


def test_signs_of_every_word(reader: Reader, words: list[tuple[Term, str]]) -> None:
    """Every wording of a refusal and of a wish, over words of the whole vocabulary."""
    draw = random.Random(20261124)
    wrong = []
    for _ in range(400):
        term, word = draw.choice(words)
        refused = draw.random() < 0.5
        template = draw.choice((REFUSING if refused else WANTING)[has_cjk(word)])
        facts = reader.read(template.format(word), NOTHING).facts
        kept = [(f.op, f.value) for f in facts if f.field == term.field]
        if isinstance(term.value, bool):
            right = {value for _, value in kept} <= {term.value != refused}
        else:
            right = kept == [("!=" if refused else "=", term.value)]
        if not right:
            wrong.append(template.format(word))
    assert len(wrong) <= 12, wrong


@given(data=st.data())
@settings(max_examples=80, deadline=None)
def test_what_is_complained_of_is_not_wanted(
    reader: Reader, words: list[tuple[Term, str]], data: st.DataObject
) -> None:
    named = [(term, word) for term, word in words if term.field in ("brand", "color")]
    term, word = data.draw(st.sampled_from(named))
    template = data.draw(st.sampled_from(COMPLAINING[has_cjk(word)]))
    facts = reader.read(template.format(word), NOTHING).facts
    assert not [f for f in facts if f.field == term.field and f.op == "="]


def test_most_words_mean_one_thing(words: list[tuple[Term, str]]) -> None:
    assert len(words) > 500


@given(message=st.text(max_size=120), quote=st.text(min_size=1, max_size=20))
@settings(max_examples=120, deadline=None)
def test_any_text_is_read_and_quotes_stand_in_it(
    reader: Reader, demo_index: CatalogueIndex, message: str, quote: str
) -> None:
    model = ModelReading.model_validate(
        {
            "action": "search",
            "facts": [
                {"quote": quote, "field": "brand", "op": "=", "value": "Nike"},
                {"quote": message[:20] or "x", "field": "category", "op": "=", "value": quote},
            ],
        }
    )
    shown = [p.id for p in demo_index.products[:3]]
    parsed = reader.read(message, model, shown=shown, pick=shown[0])
    for fact in (*parsed.facts, *parsed.asked):
        assert fact.quote
        assert fact.quote in message


@given(
    amount=st.integers(min_value=20, max_value=9_999),
    form=st.sampled_from(["under ${}", "no more than {} dollars", "{}美元以内", "最多{}美元"]),
)
@settings(max_examples=60, deadline=None)
def test_budgets_come_back(reader: Reader, amount: int, form: str) -> None:
    facts = reader.read(f"跑鞋 {form.format(amount)}", NOTHING).facts
    assert ("price", "<=", float(amount)) in {(f.field, f.op, f.value) for f in facts}


@given(st.sampled_from(["brand", "category", "color", "use"]), st.data())
@settings(max_examples=60, deadline=None)
def test_inventions_of_the_model_are_not_believed(
    reader: Reader, demo_index: CatalogueIndex, field: str, data: st.DataObject
) -> None:
    value = data.draw(st.sampled_from(demo_index.vocabulary.values(field)))
    message = "Please show me something comfortable for every day, my budget is small"
    words = message.split()
    start = data.draw(st.integers(min_value=0, max_value=len(words) - 3))
    proposal = {
        "quote": " ".join(words[start : start + 3]),
        "field": field,
        "op": "=",
        "value": str(value),
    }
    model = ModelReading.model_validate({"action": "search", "facts": [proposal]})
    without = reader.read(message, NOTHING)
    assert reader.read(message, model).facts == without.facts
