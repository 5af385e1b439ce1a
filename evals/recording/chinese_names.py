"""Names of people in Chinese text, where it says that they are names."""

from __future__ import annotations

import re
from collections.abc import Iterator

import jieba.posseg

from evals.recording.chinese_callings import find_callings
from evals.recording.identity import Identity
from evals.recording.name_lists import certain_surnames, chinese_surnames, how_ordinary
from evals.recording.shop_words import ShopWords

_CERTAIN = re.compile(
    r"(?:我叫|我的名字(?:是|叫)|我名叫|名字(?:是|叫|[:：])|姓名(?:是|为|[:：])|名叫|收件人(?:是|为|[:：])?|收货人(?:是|为|[:：])?|"
    r"联系人(?:是|为|[:：])?|持卡人(?:是|为|[:：])?|户名(?:是|为|[:：])?|(?:可以|请)?(?:叫|称呼)我|全名(?:是|[:：])|署名(?:是|[:：])?|"
    r"(?:妈妈|爸爸|老婆|老公|妻子|丈夫|儿子|女儿|孩子|朋友|闺蜜|同事|男朋友|女朋友|哥哥|弟弟|姐姐|妹妹|奶奶|爷爷|外婆|外公)叫)"
    r"\s*(?P<run>[㐀-鿿][㐀-鿿·•]*)"
)
_SURNAME = re.compile(r"(?:我|本人)姓\s*(?P<run>[㐀-鿿]{1,2})")
_MAYBE = re.compile(
    r"(?:我是|这是|这里是|本人是?|我们是|(?:帮|给|替|送|寄给|为)(?=[㐀-鿿])|妈妈|爸爸|老婆|老公|妻子|丈夫|儿子|女儿|孩子|朋友|闺蜜|同事|"
    r"男朋友|女朋友|哥哥|弟弟|姐姐|妹妹|奶奶|爷爷|外婆|外公)\s*(?=(?P<run>[㐀-鿿·]{2,}))"
)
_TITLED = re.compile(
    r"(?P<run>[㐀-鿿]{1,4})(?:先生|女士|小姐|太太|老师|师傅|阿姨|叔叔|经理|医生|大夫|教练|同学)"
)
_SIGNED = re.compile(
    r"(?:[—–-]{1,2}|谢谢[，,。！!]?\s*|此致[，,。]?\s*)(?P<run>[㐀-鿿]{2,4})\s*[。.]?\s*$"
)
# What comes behind a name, and is in none.
_BEHIND = frozenset(
    "想要在是我买的求请能可有住今需来给和跟就吧即好了也这那呢啊，说问穿喜欢今年岁男女电话手机地址收"
)
_NO_NAME = re.compile(
    r"^(?:了|他|她|它|你|您|不|过|什么|上|下|起来|进|出|来了|来的|去|到|车来|外卖|客服|这|那个|一|是|个|人|的)"
)
_MOST_GIVEN = 2
_COMMON = 3.6  # of wordfreq's scale


def find_chinese_names(text: str, words: ShopWords) -> Iterator[Identity]:
    """Every name that a text gives as one.

    Args:
        text: in simplified or traditional characters.
        words: the shop's; what may be a name is none where it is one of them.
    """
    yield from find_callings(text, words)
    for match in _CERTAIN.finditer(text):
        run = match["run"]
        if not _NO_NAME.match(run):
            yield _at(match, _whole_name(run))
    for match in _SURNAME.finditer(text):
        run = match["run"]
        yield _at(match, run if run in chinese_surnames() else run[:1])
    for match in _MAYBE.finditer(text):
        name = _tagged(match["run"])
        if name and not words.has(name):
            yield _at(match, name)
    for match in _TITLED.finditer(text):
        name = _before_title(match["run"])
        if name and not words.has(name):
            end = match.end("run")
            yield Identity("name", end - len(name), end)
    for match in _SIGNED.finditer(text):
        name = match["run"]
        if _surname(name) and not words.has(name) and how_ordinary(name, "zh") < _COMMON:
            yield _at(match, name)


def _at(match: re.Match[str], name: str) -> Identity:
    start = match.start("run")
    return Identity("name", start, start + len(name))


def _surname(run: str) -> str | None:
    for length in (2, 1):
        if run[:length] in chinese_surnames() and len(run) >= length:
            return run[:length]
    return None


def _whole_name(run: str) -> str:
    """The name that a run of characters begins with; a nickname has no surname."""
    if "·" in run or "•" in run:
        return run
    surname = _surname(run)
    end = len(surname) if surname else 1
    most = end + _MOST_GIVEN
    while end < min(len(run), most) and run[end] not in _BEHIND:
        end += 1
    return run[:end]


def _tagged(run: str) -> str | None:
    """The name that a run begins with by jieba's dictionary and model, if it does."""
    surname = _surname(run)
    if surname is None:
        return None
    name = ""
    for word, tag in jieba.posseg.lcut(run):
        if not tag.startswith("nr") and not (not name and word == surname):
            break
        name += word
        if len(name) > len(surname):
            break
    if not len(surname) < len(name) <= len(surname) + _MOST_GIVEN:
        return None
    return name if how_ordinary(name, "zh") < _COMMON else None


def _before_title(run: str) -> str | None:
    """The longest end of a run that is a surname, or a whole name by jieba."""
    if run.endswith("谢谢"):
        return None
    for length in (4, 3):
        if len(run) >= length and _tagged(run[-length:]) == run[-length:]:
            return run[-length:]
    for length in (2, 1):
        if run[-length:] in certain_surnames():
            return run[-length:]
    return None
