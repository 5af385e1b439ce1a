"""Where somebody is reached or found on the network: e-mail, links, messengers, machines."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from evals.recording.identity import Identity, Kind
from evals.recording.name_lists import how_ordinary
from evals.recording.shop_words import ShopWords

# What an address of e-mail may have, letters of any alphabet but Chinese among it.
_NO_HAN = r"[^\s@\x00-\x24&()*,/:-?\[-^`{-\x7f㐀-鿿，。；：！？、（）【】《》“”‘’]"
_PROVIDERS = (
    "gmail|googlemail|outlook|hotmail|live|msn|yahoo|ymail|icloud|me|aol|proton|protonmail|gmx|web|mail|"
    "yandex|zoho|fastmail|qq|163|126|sina|sohu|foxmail|139|189|naver|daum|rediffmail|orange|libero"
)
_AT = r"(?:\s*[\[(]\s*at\s*[\])]\s*|\s+at\s+|\s*艾特\s*|\s*＠\s*)"
_DOT = r"(?:\s*[\[(]\s*dot\s*[\])]\s*|\s+dot\s+|\s*点\s*)"
_SIGN = rf"(?:{_DOT}|\s+(?:underscore|dash|hyphen|minus|plus)\s+)"
# One word of an address, where the signs between are spelled out.
_SPELLED = r"[^\W_㐀-鿿][^\s@,;:()\[\]<>㐀-鿿，。；：！？]*"
_TLD = "(?:com|net|org|edu|gov|co|cn|io|de|uk|fr|in|jp|au|ca|eu|me|info|ie|ng|za|br|nl|it|es|ru)"

_EMAILS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"({_NO_HAN}+\s?@\s?{_NO_HAN}+\.[a-z]{{2,}})",
        rf"({_NO_HAN}+\s?@\s?(?:{_PROVIDERS}))\b",
        rf"({_SPELLED}(?:{_SIGN}{_SPELLED})*{_AT}{_SPELLED}(?:{_DOT}{_SPELLED})*{_DOT}{_TLD})(?![a-z])",
        rf"({_SPELLED}(?:{_SIGN}{_SPELLED})*{_AT}(?:{_PROVIDERS})(?:\.|{_DOT}){_TLD}(?:\.{_TLD})?)(?![a-z])",
        rf"({_NO_HAN}+\s*[\[(]\s*at\s*[\])]\s*{_NO_HAN}+(?:\s*[\[(]\s*dot\s*[\])]\s*{_NO_HAN}+)*)",
        rf"({_NO_HAN}+#(?:{_PROVIDERS})\.{_TLD})\b",
        r"(?:\be-?mail(?:\s+address)?|邮箱|邮件地址|电邮)\s*(?:\bis\b|是|为|[:=])\s*"
        r"((?=[\w.+-]*[\d._+])[a-z0-9][\w.+-]{3,})",
    )
)
_LINKS = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        r"((?:https?://|www\.)[^\s，。；！？、（）【】《》“”\"'<>]+)",
        r"\b((?:[a-z0-9-]+\.)+(?:com|net|org|cn|io|de|uk|co|shop|me|ly|app|eu)/[^\s，。；！？、]+)",
        r"(?<![\d.])((?:\d{1,3}\.){3}\d{1,3})(?!\.?\d)",
        r"(?<![\w:-])((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2})(?![\w:-])",
        r"(?<!/)(///[a-z]+\.[a-z]+\.[a-z]+)",
    )
)
_COLONS = re.compile(r"(?<![\w:.])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*", re.IGNORECASE | re.ASCII)

_MESSENGERS = (
    r"wechat|weixin|we\s?chat|vx|whats\s?app|telegram|tg|instagram|insta|ig|snapchat|snap|qq|discord|skype|"
    r"signal|twitter|tiktok|tik\s?tok|facebook|fb|messenger|weibo|threads|linkedin|viber|kakao(?:talk)?|zalo|"
    r"line\s+id|line\s+account|psn|xbox|steam|github|reddit|xiaohongshu|rednote|douyin"
)
_ZH_MESSENGERS = (
    r"微信|威信|薇信|V信|扣扣|QQ|WX|VX|微博|抖音|快手|小红书|支付宝|旺旺|电报|陌陌|钉钉|飞书|豆瓣|"
    r"知乎|闲鱼"
)
_NAME = r"(@?[a-z0-9_](?:[\w.-]*\w)?)"
# What follows is a name there, whatever it looks like ("my instagram is coolrunner").
_SAID_HANDLES = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"\b(?:{_MESSENGERS}|line)\s*(?:\b(?:id|handle|(?:user\s?)?name|account|number|no)\b\.?)?\s*"
        rf"(?:\bis\b|[:=])\s*{_NAME}",
        rf"\b(?:{_MESSENGERS})\s+(?:id|handle|(?:user\s?)?name|account|number|no)\s+{_NAME}",
        rf"(?:{_ZH_MESSENGERS})\s*(?:账号|帐号|号码|昵称|号|名|id)?\s*(?:是|为|叫|[:=])\s*{_NAME}",
        rf"(?:{_ZH_MESSENGERS})\s*(?:账号|帐号|号码|昵称|号|id)\s*{_NAME}",
        rf"加(?:一下|个|下)?(?:我的?|他的?|她的?)?(?:{_ZH_MESSENGERS})?\s*(?:账号|帐号|号码|号)?\s*(?:是|:)?\s*{_NAME}",
        rf"\b(?:add|find|follow|dm|reach|contact)\s+me\s+(?:on|at|via|as)\s+(?:{_MESSENGERS}|line)\s*"
        rf"(?:at|as|under|with|,|:|-)?\s*{_NAME}",
        rf"\b(?:user\s?name|user\s+id|log-?in|screen\s+name|nick(?:name)?|handle)\b\s*(?:\bis\b|[:=])\s*{_NAME}",
        rf"(?:用户名|昵称|网名|登录名|账户名|账号名?|帐号)\s*(?:是|为|叫|[:=])\s*{_NAME}",
    )
)
# Only what looks like one: with a digit or a sign between letters.
_MAYBE_HANDLES = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"(?:\b(?:{_MESSENGERS})|{_ZH_MESSENGERS})\s*[:,-]?\s*(?:me\s+(?:at|on)\s+)?{_NAME}",
        r"(?<![\w@.])(@?(?=[\w.-]*_)[a-z0-9_][\w.-]*\w)\s*(?:\b(?:on|in|at)\s+(?:my\s+)?|是我的|就是我的?|是)"
        rf"(?:{_MESSENGERS}|line|{_ZH_MESSENGERS})",
        rf"\b(?:i['’]?m|i\s+am|me\s+as|find|add|follow)\s+{_NAME}\s+(?:on|in|at)\s+(?:{_MESSENGERS}|line)\b",
    )
)
_MENTION = re.compile(r"(?<![\w@])(@(?=[\w.-]*[^\W\d_])\w(?:[\w.-]*\w)?)", re.ASCII)
_ZH_MENTION = re.compile(r"(?<![\w@])(@[㐀-鿿][㐀-鿿\w-]{1,15})")
_RARE = 3.0  # of wordfreq's scale
_SHORTEST = 3


def find_reached(text: str, words: ShopWords) -> Iterator[Identity]:
    """Every such thing in a text; some may stand in one another.

    Args:
        text: with characters of common width.
        words: the shop's, of which no handle is made.
    """
    patterns: tuple[tuple[Kind, tuple[re.Pattern[str], ...]], ...] = (
        ("email", _EMAILS),
        ("link", _LINKS),
    )
    for kind, written in patterns:
        for pattern in written:
            for match in pattern.finditer(text):
                yield Identity(kind, *match.span(1))
    yield from _machines(text)
    for pattern in (_MENTION, _ZH_MENTION):
        for match in pattern.finditer(text):
            if not words.has(match.group(1)):
                yield Identity("handle", *match.span(1))
    for certain, written in ((True, _SAID_HANDLES), (False, _MAYBE_HANDLES)):
        for pattern in written:
            for match in pattern.finditer(text):
                if _is_handle(match.group(1), words, certain=certain):
                    yield Identity("handle", *match.span(1))


def _machines(text: str) -> Iterator[Identity]:
    """Addresses of version 6 of the internet protocol; a time of day is none."""
    for match in _COLONS.finditer(text):
        for end in range(match.end(), max(match.end() - 2, match.start()), -1):
            try:
                ipaddress.IPv6Address(text[match.start() : end])
            except ValueError:
                continue
            if end - match.start() > 2:
                yield Identity("link", match.start(), end)
            break


def _is_handle(name: str, words: ShopWords, *, certain: bool) -> bool:
    bare = name.lstrip("@")
    if len(bare) < _SHORTEST or words.has(bare):
        return False
    if bare.isdigit():
        return len(bare) > _SHORTEST + 1  # a number of QQ has five digits or more
    made = any(c.isdigit() or c in "_." for c in bare)
    if certain:
        return made or how_ordinary(bare, "en") < _RARE
    return made and (len(bare) > _SHORTEST or "_" in bare)
