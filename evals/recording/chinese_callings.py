"""What people are called in Chinese without their whole name: "小李", "老王", "李姐", "张总".

Small and old are words of goods too ("小白鞋", "老爹鞋", "小于"). Where the surname is such a word,
or part of one by jieba, something beside it must tell of a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import jieba
import jieba.posseg
from faker.providers.person.zh_CN import Provider as Chinese

from evals.recording.identity import Identity
from evals.recording.name_lists import certain_surnames, chinese_surnames
from evals.recording.shop_words import ShopWords

_HAN = re.compile("[㐀-鿿]+")
# Surnames that with "small" or "old" before them are as often a thing, a size or a comparison.
_THINGS = frozenset(
    "于白黄金钱高方石马熊毛叶花米车路门包牛羊鹿麦豆汤段池海楼时孔康文武常易雷姜夏程成任边谷景曲班盘苗官农区商平华安和利"
    "乐童房支国宫富幸季宗强惠容向来从温宿乌古全皮单甘蓝柴公师母祖翁练相解项费权井原巴伍史尚帅"
)
_NEVER = frozenset(("老公", "老师", "老母", "老区", "老农", "小于", "小时", "小区", "小费", "帅哥"))
_TELLS = re.compile(
    r"(?:我是|叫我|我叫|这是|我就是|跟|找|问|同事|朋友|同学|邻居|室友|闺蜜|哥们|联系|认识|介绍|听)(?:的)?$"
)
_GIVES = re.compile(r"(?:给|帮|替|送|送给|和|与|儿子|女儿|孩子|弟弟|妹妹|老婆|老公)$")
_GOES_ON = re.compile(
    r"$|[^㐀-鿿]|说|让|叫|推荐|讲|告诉|喜欢|想|要|穿|家|今年|生日|过生日|的(?:生日|脚|尺码|鞋码|地址|电话|手机)|买|选|挑|呀|啊|吧|呢|了"
)
_FAMILIAR = re.compile(r"[小老](?=(?P<of>[㐀-鿿]))")
_BESIDE = (
    "哥|姐|叔|姨|嫂|婶|伯|总|董|导|妈|爸|爷|大哥|大姐|大妈|大爷|大叔|大伯|阿姨|叔叔|伯伯|妈妈|爸爸|奶奶|爷爷|哥哥|姐姐|老板|"
    "主任|主管|院长|校长|律师|警官|师兄|师姐|师弟|师妹|学长|学姐|店长|会计|护士|博士|教授|队长|秘书|助理|部长|科长|处长|局长|老|工"
)
_CALLED = re.compile(rf"(?P<name>[㐀-鿿])(?=(?P<as>{_BESIDE}))")
# These are parts of other words, and of names written by their sound: "斯伯丁".
_DOUBTFUL = frozenset("工老导伯董爷")
_LONG_BESIDE = tuple(sorted(_BESIDE.split("|"), key=len, reverse=True))
_DEVICE = re.compile(
    r"(?:发自|来自|由)\s*(?P<name>[㐀-鿿·]{2,4}?)\s*的\s*(?:iphone|ipad|手机|华为|小米|荣耀|三星|平板)",
    re.IGNORECASE,
)
_LETTER = re.compile(
    r"(?:^|[\s，。！,.!])(?P<name>[㐀-鿿]{2,4})\s*(?:敬上|谨上|敬启|谨启|上\s*$|留言?\s*$|亲笔)",
    re.MULTILINE,
)
_LAST_LINE = re.compile(r"\n\s*(?P<name>[㐀-鿿]{2,3})\s*$")


def find_callings(text: str, words: ShopWords) -> Iterator[Identity]:
    """Every such name in a text.

    Args:
        text: in simplified or traditional characters.
        words: the shop's, of which no name is a part.
    """
    for run in _HAN.finditer(text):
        edges = _edges(run.group(), run.start())
        yield from _familiar(text, run.span(), edges, words)
        yield from _called(text, run.span(), edges, words)
    for match in _DEVICE.finditer(text):
        if match["name"] not in ("我", "我们", "本人"):
            yield Identity("name", *match.span("name"))
    for match in _LETTER.finditer(text):
        if match["name"][0] in chinese_surnames() and not words.has(match["name"]):
            yield Identity("name", *match.span("name"))
    for match in _LAST_LINE.finditer(text):
        name = match["name"]
        if name[0] in certain_surnames() and not words.has(name) and not _is_word(name):
            yield Identity("name", *match.span("name"))


def _familiar(
    text: str, run: tuple[int, int], edges: frozenset[int], words: ShopWords
) -> Iterator[Identity]:
    for match in _FAMILIAR.finditer(text, *run):
        start, end, of = match.start(), match.end() + 1, match["of"]
        name = text[start:end]
        if start not in edges or name in _NEVER or words.has(name) or _of_shop(text, end, words):
            continue
        before, on = text[max(0, start - 3) : start], _GOES_ON.match(text, end) is not None
        if end not in edges and not on:
            continue
        tells, gives = _TELLS.search(before) is not None, _GIVES.search(before) is not None
        surname, thing = of in chinese_surnames(), of in _THINGS
        told = (surname or of in _given()) and on and (tells or (gives and not thing))
        if told or (surname and not thing):
            yield Identity("name", start, end)


def _called(
    text: str, run: tuple[int, int], edges: frozenset[int], words: ShopWords
) -> Iterator[Identity]:
    for match in _CALLED.finditer(text, *run):
        start, end = match.span("name")
        if match["name"] not in certain_surnames() or start not in edges:
            continue
        beside = next(word for word in _LONG_BESIDE if text.startswith(word, end))
        whole = match["name"] + beside
        on = _GOES_ON.match(text, end + len(beside)) is not None
        if (
            not (on or end + len(beside) in edges)
            or whole in _NEVER
            or _is_word(whole)
            or words.has(whole)
        ):
            continue
        tells = _TELLS.search(text[max(0, start - 3) : start]) is not None
        if beside in _DOUBTFUL and not (on or tells):
            continue
        yield Identity("name", start, end)


def _edges(run: str, start: int) -> frozenset[int]:
    """Where a word of a run of characters begins or ends."""
    return frozenset(
        start + edge for _, *span in jieba.tokenize(run, HMM=False) for edge in span
    )  # fmt: skip


def _is_word(text: str) -> bool:
    """Whether jieba's dictionary has it as something else than a name."""
    if not jieba.dt.FREQ.get(text):
        return False
    tag = jieba.posseg.dt.word_tag_tab.get(text, "")
    return not tag.startswith("nr")


def _of_shop(text: str, end: int, words: ShopWords) -> bool:
    """Whether the surname begins a word of the shop: "小李宁"."""
    return any(words.has(text[end - 1 : end + more]) for more in (1, 2) if end + more <= len(text))


@cache
def _given() -> frozenset[str]:
    names = (*Chinese.first_names_male, *Chinese.first_names_female)
    return frozenset(character for name in names for character in name) - _THINGS
