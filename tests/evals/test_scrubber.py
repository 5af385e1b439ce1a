"""Identities do not survive; what a conversation is about does."""

import string
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric
from stdnum.iso7064 import mod_97_10

from evals.recording.name_lists import chinese_surnames, given_names, how_ordinary
from evals.recording.scrubber import Scrubber
from evals.recording.shop_words import ShopWords
from retrieval.index import CatalogueIndex

_SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="session")
def words(shoes_index: CatalogueIndex) -> ShopWords:
    return ShopWords.of(shoes_index)


def _scrubbed(words: ShopWords, *texts: str) -> list[str]:
    scrubber = Scrubber(words)
    scrubber.learn(texts)
    return [scrubber.scrub(text) for text in texts]


_GIVEN_NAMES = sorted(
    name.capitalize()
    for name in given_names()
    if name.isascii() and name.isalpha() and len(name) > 2 and how_ordinary(name, "en") < 4.5
)
_NAMES = st.one_of(
    st.text(string.ascii_lowercase, min_size=4, max_size=9)
    .filter(lambda name: how_ordinary(name, "en") < 3)  # no word of the language
    .map(str.capitalize),
    st.sampled_from(_GIVEN_NAMES),
)
_GIVEN_HAN = "伟芳娜敏静丽强磊军洋艳勇涛明超霞刚玲雪梅琳宁浩宇轩涵诗梦雅婷"
_HAN_NAMES = st.builds(
    lambda surname, given: surname + given,
    st.sampled_from(sorted(chinese_surnames())[:200]),
    st.text(_GIVEN_HAN, min_size=1, max_size=2),
)
_DIGITS = st.integers(0, 9).map(str)


def _digits(count: int) -> st.SearchStrategy[str]:
    return st.lists(_DIGITS, min_size=count, max_size=count).map("".join)


def _card(digits: str) -> str:
    return digits + luhn.calc_check_digit(digits)


def _cn_id(digits: str, year: int) -> str:
    body = f"110101{year}0307{digits}"
    return body + ric.calc_check_digit(body)


_GROUPED: list[Callable[[str], str]] = [
    lambda number: number,
    lambda number: " ".join(number[i : i + 4] for i in range(0, len(number), 4)),
    lambda number: "-".join(number[i : i + 4] for i in range(0, len(number), 4)),
]
_CARDS = st.builds(
    lambda digits, way: way(_card("4" + digits)), _digits(14), st.sampled_from(_GROUPED)
)
_ACCOUNTS = st.builds(
    lambda digits, way: way(f"DE{mod_97_10.calc_check_digits(digits + 'DE')}{digits}"),
    _digits(18),
    st.sampled_from(_GROUPED),
)
_IDS = st.builds(_cn_id, _digits(3), st.integers(1950, 2008))
_PHONES = st.one_of(
    _digits(8).map(lambda d: f"138{d}"),
    _digits(8).map(lambda d: f"138-{d[:4]}-{d[4:]}"),
    _digits(8).map(lambda d: f"+86 138 {d[:4]} {d[4:]}"),
    _digits(4).map(lambda d: f"212-555-{d}"),
    _digits(4).map(lambda d: f"(212) 555 {d}"),
    _digits(4).map(lambda d: f"+1 (212) 555-{d}"),
    _digits(6).map(lambda d: f"07700 {d}"),
    _digits(5).map(lambda d: f"98765 {d}"),
    _digits(8).map(lambda d: f"+91 98{d[:3]} {d[3:]}"),
    _digits(7).map(lambda d: f"0803 {d[:3]} {d[3:]}"),
)
_EMAILS = st.builds(
    lambda name, host, end: f"{name}@{host}.{end}",
    st.from_regex(r"[a-z]{2,8}([._+-][a-z0-9]{1,6})?", fullmatch=True),
    st.from_regex(r"[a-z]{2,10}", fullmatch=True),
    st.sampled_from(["com", "co.uk", "cn", "org"]),
)
_LINKS = st.builds(
    lambda path, token: f"https://shop.example/{path}?token={token}",
    st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    st.from_regex(r"[A-Za-z0-9]{6,20}", fullmatch=True),
)
_HANDLES = st.builds(
    lambda name, sign, digits: f"{name}{sign}{digits}",
    st.from_regex(r"[a-z]{3,8}", fullmatch=True),
    st.sampled_from(["", "_"]),
    _digits(3),
)
_HOSTS = st.one_of(
    st.tuples(*[st.integers(1, 255).map(str)] * 4).map(".".join),
    st.ip_addresses(v=6).map(str).filter(lambda ip: len(ip) > 4),
)
_SPELLED = st.builds(
    lambda first, last, at, host: f"{first} dot {last} {at} {host}",
    st.from_regex(r"[a-z]{3,8}", fullmatch=True),
    st.from_regex(r"[a-z]{3,8}", fullmatch=True),
    st.sampled_from(["at", "(at)", "[at]"]),
    st.sampled_from(["gmail dot com", "gmail.com", "example dot org", "mail dot example dot com"]),
)
_PLATES = st.builds(
    lambda place, letter, digits: f"{place}{letter}{digits}",
    st.sampled_from("京沪粤苏浙川鲁"), st.sampled_from("ABCDE"), _digits(5),
)  # fmt: skip
_BIRTHS = st.sampled_from(
    ["the third of May 1990", "3 May 1990", "May 3rd, 1990", "03/05/1990", "1990-05-03",
     "the twenty-first of june", "May 1990"]
)  # fmt: skip
_BIRTHS_ZH = st.sampled_from(
    ["1990年5月3日", "一九九〇年五月三日", "九零年五月三号", "5月3号", "1990-05-03", "农历五月初三"]
)
_CODES = st.builds(
    lambda letters, digits: letters + digits,
    st.from_regex(r"[A-Z]{1,2}", fullmatch=True), _digits(5),
)  # fmt: skip
_PLACES = st.builds(
    lambda lat, long: f"{lat:.5f}, {long:.5f}", st.floats(-89, 89), st.floats(-179, 179)
)
_ORDERS = st.from_regex(r"[A-Z]{1,3}-?[0-9]{4,10}", fullmatch=True)
_ANY_ENGLISH = st.one_of(
    _EMAILS.map(lambda v: (v, f"you can write to {v}, thanks")),
    _LINKS.map(lambda v: (v, f"see {v} for it")),
    _PHONES.map(lambda v: (v, f"my number is {v}.")),
    _CARDS.map(lambda v: (v, f"I paid with {v} yesterday")),
    _ACCOUNTS.map(lambda v: (v, f"refund it to {v} please")),
    _IDS.map(lambda v: (v, f"my id is {v}")),
    _ORDERS.map(lambda v: (v, f"where is my order number {v}?")),
    _digits(9).map(lambda v: (v, f"reference {v} it says")),
    _digits(5).map(lambda v: (v, f"order {v} never came")),
    _digits(4).map(lambda v: (v, f"it is the card ending in {v}")),
    _HANDLES.map(lambda v: (v, f"add me on telegram: {v}, ok")),
    _HANDLES.map(lambda v: (v, f"my LINE id is {v}.")),
    _HANDLES.map(lambda v: (v, f"my username is {v}")),
    _HANDLES.map(lambda v: (v, f"as @{v} wrote")),
    _HOSTS.map(lambda v: (v, f"blocked from {v}.")),
    _SPELLED.map(lambda v: (v, f"write to {v}")),
    _BIRTHS.map(lambda v: (v, f"I was born on {v}.")),
    _BIRTHS.map(lambda v: (v, f"my birthday is {v}")),
    _CODES.map(lambda v: (v, f"my passport is {v}.")),
    _CODES.map(lambda v: (v, f"student id {v} here")),
    _CODES.map(lambda v: (v, f"employee number: {v}")),
    _CODES.map(lambda v: (v, f"booking reference {v}")),
    _CODES.map(lambda v: (v, f"my insurance policy number is {v}")),
    _PLACES.map(lambda v: (v, f"I am at {v} now")),
    st.builds(
        lambda n, name, type: (f"{n}b {name} {type}", f"{n}b {name} {type}"),
        st.integers(1, 999), st.sampled_from(["baker", "downing", "high", "st mary", "elm"]),
        st.sampled_from(["street", "road", "avenue"]),
    ),
    st.builds(
        lambda n, name, type: (f"{n} {name} {type}", f"ship it to {n} {name} {type}, please"),
        st.integers(1, 999), _NAMES, st.sampled_from(["Street", "Road", "Ave"]),
    ),
)  # fmt: skip
_WIDE = {48 + i: 0xFF10 + i for i in range(10)}
_ANY_CHINESE = st.one_of(
    _EMAILS.map(lambda v: (v, f"邮箱是{v}，谢谢")),
    _LINKS.map(lambda v: (v, f"看这个{v}。")),
    _PHONES.map(lambda v: (v, f"我的电话是{v}。")),
    _CARDS.map(lambda v: (v, f"用{v}付的款")),
    _IDS.map(lambda v: (v, f"身份证号{v}")),
    _ORDERS.map(lambda v: (v, f"订单号：{v}，到哪了")),
    _HANDLES.map(lambda v: (v, f"加我微信{v}，谢谢")),
    _HANDLES.map(lambda v: (v, f"微信 {v}")),
    _HANDLES.map(lambda v: (v, f"{v}是我的微信") if "_" in v else (v, f"微信号是{v}")),
    st.integers(10000, 10**10).map(str).map(lambda v: (v, f"我的QQ是{v}。")),
    st.integers(10000, 10**10).map(str).map(lambda v: (v, f"QQ {v}")),
    _PLATES.map(lambda v: (v, f"我的车是{v}。")),
    _BIRTHS_ZH.map(lambda v: (v, f"我的生日是{v}。")),
    _BIRTHS_ZH.map(lambda v: (v, f"我{v}出生。")),
    _CODES.map(lambda v: (v, f"学号{v}")),
    _CODES.map(lambda v: (v, f"工号是{v}")),
    _CODES.map(lambda v: (v, f"护照号码：{v}")),
    _CODES.map(lambda v: (v, f"医保卡号{v}")),
    _digits(4).map(lambda v: (v, f"尾号{v}的卡")),
    _HOSTS.map(lambda v: (v, f"地址是{v}。")),
    _digits(8).map(lambda d: (f"138{d}", f"打１３８{d.translate(_WIDE)}")),
    st.integers(1, 999).map(lambda n: (f"建国路{n}号", f"寄到北京市朝阳区建国路{n}号3号楼{n}室")),
)  # fmt: skip
# What must stay, to the letter.
_WISHES = {
    "en": "I need Nike Pegasus 41 or Asics Kayano 31 in size 42 or 43 under $120, not 150-200.",
    "zh": "我要耐克飞马跑鞋41码或42号，公路跑步，预算500-800元，不要李宁，扁平足。",
}


@_SLOW
@given(found=_ANY_ENGLISH, before=st.booleans())
def test_nothing_of_a_person_survives_in_english(
    words: ShopWords, found: tuple[str, str], before: bool
) -> None:
    value, sentence = found
    texts = [sentence, _WISHES["en"]] if before else [_WISHES["en"], sentence]
    [out] = _scrubbed(words, " ".join(texts))
    assert value not in out
    assert _WISHES["en"] in out
    assert "[" in out


@_SLOW
@given(found=_ANY_CHINESE)
def test_nothing_of_a_person_survives_in_chinese(words: ShopWords, found: tuple[str, str]) -> None:
    value, sentence = found
    [out] = _scrubbed(words, f"{sentence} {_WISHES['zh']}")
    assert value not in out
    assert _WISHES["zh"] in out
    assert not any(c in out for c in "１３８")


_SAID = (
    "My name is {0}, hello.",
    "my name's {0} and I run a lot",
    "I'm {0}.",
    "Hi, I'm {0}, looking for a gift",
    "This is {0} speaking.",
    "Please call me {0}.",
    "Name: {0}",
    "it is for my wife {0}.",
    "Thanks, {0}",
    "Kind regards,\n{0}",
    "Mr. {0} asked before",
    "ask for {0} at the desk. I am {0}.",
    "for my son {0}, he is 12",
    "this is for {0}",
    "It's a gift for {0}.",
    "These are for {0}, thanks",
    "Sent from {0}'s iPhone",
    "{0}'s birthday is soon",
    "{0} wears size 38",
    "I want shoes.\nBest,\n{0}\nSales, Acme",
)


@_SLOW
@given(first=_NAMES, last=st.none() | _NAMES, said=st.sampled_from(_SAID))
def test_no_name_survives_in_english(
    words: ShopWords, first: str, last: str | None, said: str
) -> None:
    whole = f"{first} {last}" if last else first
    if words.has_any(whole):
        return
    message, reply, later = _scrubbed(
        words,
        f"{said.format(whole)}",
        f"Hi {first}, it costs $110 [1].",
        f"so {first.lower()} it is",
    )
    for text in (message, reply, later):
        assert first.casefold() not in text.casefold().replace("[name]", "")
        assert last is None or last.casefold() not in text.casefold().replace("[name]", "")
    assert reply == "Hi [name], it costs $110 [1]."


_SAID_IN_CHINESE = (
    "我叫{0}，想买鞋。",
    "我叫{0}想买鞋",
    "你好，我的名字是{0}。",
    "收件人：{0}，谢谢",
    "联系人是{0}，",
    "请叫我{0}",
    "发自{0}的iPhone",
    "谢谢。\n{0} 敬上",
)


@_SLOW
@given(name=_HAN_NAMES, said=st.sampled_from(_SAID_IN_CHINESE))
def test_no_name_survives_in_chinese(words: ShopWords, name: str, said: str) -> None:
    if words.has(name):
        return
    message, reply = _scrubbed(words, said.format(name), f"{name}您好，这款跑鞋130美元。")
    assert name not in message + reply
    assert reply == "[姓名]您好，这款跑鞋130美元。"


_CALLED_IN_CHINESE = (
    "我是小{0}，想买鞋",
    "小{0}说这双好",
    "老{0}推荐我来的",
    "给老{0}买一双跑鞋",
    "同事小{0}也穿",
    "{0}姐让我来问的",
    "我找{0}总",
    "{0}老板在吗",
    "{0}先生的尺码",
    "{0}师兄说好穿",
)
_SURNAMES = (
    "李王张刘陈杨赵周吴徐孙胡朱郭何罗梁宋郑谢韩唐冯董萧曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛阎余潘杜戴"
)


@_SLOW
@given(of=st.sampled_from(_SURNAMES), said=st.sampled_from(_CALLED_IN_CHINESE))
def test_what_people_are_called_does_not_survive(words: ShopWords, of: str, said: str) -> None:
    sentence = said.format(of)
    [out] = _scrubbed(words, sentence)
    assert of not in out, sentence
    assert "[姓名]" in out


@_SLOW
@given(
    found=st.lists(st.one_of(_ANY_ENGLISH, _ANY_CHINESE), max_size=3), noise=st.text(max_size=40)
)
@example(found=[("1b baker street", "1b baker street")] * 2, noise="")
def test_scrubbing_again_changes_nothing(
    words: ShopWords, found: list[tuple[str, str]], noise: str
) -> None:
    [once] = _scrubbed(words, " ".join([*(sentence for _, sentence in found), noise]))
    assert _scrubbed(words, once) == [once]


@pytest.mark.parametrize(
    "text",
    [
        *_WISHES.values(),
        "I'm looking for something for a beginner, I'm tall and I am a runner.",
        "sizes 36 37 38 39 40 41, or US 8 9 10 11 12",
        "This is great! This is Nike, is it? It's Asics then.",
        "Thanks! Best regards",
        "WH-1000XM5, GT-2000 12, 55UR7800PUA or 1920x1080 with 16 GB",
        "between 250 350 and 4500, or under 1500000 rupiah, 1234567元以内",
        "a birthday gift under 100, by 24 December",
        "42 Black Road shoes, I run 10 km on the road 3 times",
        "I'd like to order 2 pairs. In order to run 1000 km.",
        "10000mAh充电宝2000元以内，一百二十块，一千二",
        "男士和女士都能穿吗？老师穿的，同学们都穿耐克",
        "我是学生，我是高个子，我是平足，我是李宁的粉丝",
        "我在市区跑步穿42号，越野路43号，在路上",
        "女朋友生日送什么鞋好，预算1000元左右",
        "Call me when it is back. My name is on the list.",
        "Dr. Martens or Mr. Coffee",
        "从小李宁就是我的最爱，李宁和安踏哪个好？",
        "老爹鞋和小白鞋，王者荣耀联名款，老北京布鞋",
        "小于500元的，小程序里能买吗？小米手环呢",
        "给老公和老师买鞋，送给姐姐的，和哥哥一起穿",
        "帅哥穿的，都总是断码，摩洛哥风格，要大包和小包",
        "谢谢师傅，老花眼镜，小高跟，小香风",
        "微信支付可以吗？能用支付宝吗？加2双袜子，加绒加大码",
        "Is WeChat Pay OK? my Instagram is private, a line of shoes",
        "10 km on the road, 5 star road shoes, 42 black road shoes",
        "3 times a week on the street, from 10:30:45 to 11:30",
        "a $60000 80000 budget, 6000 7000 8000 rupees, 2300 4500 6700 元",
        "12.50, 13.99 or 12.500, 13.990; 2 @ $50; 990v5, 1080v13",
        "生日礼物送什么 5月10日前到，1990年代复古鞋，2023年新款",
        "Nike needs no introduction, from Nike, for Christmas, for trail running",
        "looking for Hoka or Saucony; Hoka's cushioning, Saucony wears out fast",
        "a gift for runners, it is for my wife, something for Men",
        "I want to order 20000 pairs, my number is 42, staff shoes 42",
        "insurance for 1500 euros, tax 1000, student discount 20",
        "born to run shoes, the phone's battery",
        "",
    ],
)  # fmt: skip
def test_what_a_conversation_is_about_stays(words: ShopWords, text: str) -> None:
    assert _scrubbed(words, text) == [text]


def test_words_of_the_catalogue_stay_whatever_they_look_like() -> None:
    words = ShopWords(["SKU 20260301123", "Jordan 1 Retro", "Amber Heels", "Dr. Jart Cream"])
    texts = [
        "the 20260301123 please",
        "it's Jordan 1 Retro, for my wife Amber Heels",
        "Dr. Jart Cream",
    ]
    assert _scrubbed(words, *texts) == texts
    # Who is called like a thing of the shop is taken out where it says so, and the thing stays.
    assert _scrubbed(words, "I'm Jordan, I want the Jordan 1 Retro") == [
        "I'm [name], I want the Jordan 1 Retro"
    ]


def test_the_same_name_has_the_same_place_and_another_one_its_own(words: ShopWords) -> None:
    texts = (
        "I'm Anna Schmidt, my sister is called Ilse.",
        "Anna wears 38, Ilse 40. Phone: 13800138000, or 13900139000",
        "Mrs Schmidt will take the 38",
    )
    assert _scrubbed(words, *texts) == [
        "I'm [name], my sister is called [name B].",
        "[name] wears 38, [name B] 40. Phone: [phone], or [phone B]",
        "Mrs [name] will take the 38",
    ]


def test_what_was_taken_out_is_counted(words: ShopWords) -> None:
    scrubber = Scrubber(words)
    scrubber.scrub("I'm Anna, a@b.com, 212-555-0123 or 212-555-0124.")
    assert scrubber.replaced == {"name": 1, "email": 1, "phone": 2}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("CPF 123.456.789-09", "123.456.789-09"),
        ("it is RSSMRA85T10A562S", "RSSMRA85T10A562S"),
        ("HEGG560427MVZRRL04 is mine", "HEGG560427MVZRRL04"),
        ("Aadhaar 2345 6789 1238", "2345 6789 1238"),
        ("my pan is ABCPE1234F", "ABCPE1234F"),
        ("NHS number 943 476 5919", "943 476 5919"),
        ("12.345.678-5 is my rut", "12.345.678-5"),
        ("the plate number is KA 01 AB 1234", "KA 01 AB 1234"),
        ("licence plate AB12 CDE", "AB12 CDE"),
        ("booking code QKZTRB", "QKZTRB"),
        ("flight BA 123", "BA 123"),
        ("航班CA1234延误", "CA1234"),
        ("6222 0212 3456 7890 123", "7890 123"),
        ("call nine eight seven six five four three two one zero", "four three two"),
    ],
)  # fmt: skip
def test_numbers_of_documents_and_journeys_do_not_survive(
    words: ShopWords, text: str, number: str
) -> None:
    [out] = _scrubbed(words, text)
    assert number not in out
    assert "[" in out
