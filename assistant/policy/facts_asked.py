"""What kind of fact a question asks for, and whether a sentence bears one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum

from retrieval.policies.notions import CARRIER, COUNTRY, names_in_clause, plain


class Kind(StrEnum):
    """A kind of fact that questions ask for."""

    DURATION = "duration"
    AMOUNT = "amount"
    PAYER = "payer"
    PLACE = "place"
    CLOCK = "clock"
    TIME = "time"
    COUNT = "count"
    WAY = "way"


# Longer ones run over what is asked about: "who pays if I send them back to".
_LONGEST_ASK = 24
_N = r"(?:\d+(?:[.,]\d+)?|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|thirty|sixty|ninety)"
_UNIT = r"(?:business |working |calendar |week)?-? ?(?:days?|weeks?|months?|years?|hours?|minutes?)"
_ZH_N = r"[\d一二两三四五六七八九十百半几]+"
_ZH_UNIT = r"个?(?:工作日|自然日|天|日(?!元)|周|星期|礼拜|月|年|小时|分钟)"
_DURATION = rf"(?<![a-z]){_N}[ -]{{0,2}}(?:(?:to|-|–|or|and) ?{_N} )?{_UNIT}(?![a-z])|{_ZH_N}(?:[到至\-~–]{_ZH_N})?{_ZH_UNIT}|life ?time|for life|never expire|no expiry|(?:at once|immediately|instantly|right away|same[ -]day|next[ -]day|overnight|by the end of)|永久|终身|长期有效|立即|即时|马上|当天|次日|当日"
_MONEY = r"(?:[$€£¥￥]|usd|eur|gbp|rmb|cny) ?\d|\d+(?:[.,]\d+)? ?(?:%|percent|dollars?|euros?|pounds?|usd|eur|gbp|yuan|cents?|元|美元|欧元|英镑|块|%|折)"
_FREE = r"(?:for )?free(?! to)(?:ly)?|no (?:extra |additional |other )?(?:charge|cost|fee)s?|at no cost|costs? nothing|without charge|complimentary|prepaid|(?:is|are|not) (?:included|charged|refunded)|included|免费|包邮|免运费|不收费|不收取|免收|预付费|已含|包含|不退|含(?=税|关税|运费)"
_PAYER = r"(?<![a-z])(?:we|you|us|customers?|buyers?|the (?:shop|customer|buyer|recipient))(?: \w+){0,2} (?:pay|cover|bear|carry|pays|covers|bears)|(?:your|our|own|customer's|buyer's) (?:own )?(?:expense|cost)|由?(?:您|我们|买家|卖家|顾客|客户|店铺|本店|商家)(?:自己|自行|来)?(?:承担|负担|付|出|支付)|自理|自付|自费|补"

_BEARS: Mapping[Kind, re.Pattern[str]] = {
    Kind.DURATION: re.compile(_DURATION),
    Kind.AMOUNT: re.compile(f"{_MONEY}|{_FREE}|{_PAYER}"),
    Kind.PAYER: re.compile(f"{_MONEY}|{_FREE}|{_PAYER}"),
    Kind.PLACE: re.compile(
        r"(?<![a-z])(?:address(?:es)?|countr(?:y|ies)|street|road|online|worldwide|store|shop|shops|warehouse|branch|point|points|(?:to|in|at|from) [a-z])|路|街|号|地址|网上|线上|全球|境内|仓|网点|店|到|区"
    ),
    Kind.CLOCK: re.compile(
        r"\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|a\.m|p\.m|o'clock|h)(?![a-z])|\d{1,2}:\d\d|open[^.]{0,24}\d|(?:from )\d{1,2} (?:to|until|till|-|–) \d{1,2}|24/7|around the clock|noon|midnight|\d+[点時时](?:\d+分|半)?|全天|24小时"
    ),
    Kind.TIME: re.compile(
        rf"{_DURATION}|(?<![a-z])(?:when|once|as soon as|after|before|until|on the day|at (?:checkout|the time)|upon|during)(?![a-z])|\d{{1,2}} ?(?:am|pm)|(?:之?[前后]|时[就会，,]|[的]?时候|一旦|当[天日时]|(?:下单|付款|发货|签收|发出)时)"
    ),
    Kind.COUNT: re.compile(
        r"\d|(?<![a-z])(?:once|twice|one|two|three|single|only|several|any number|unlimited|as (?:often|many)|limit)(?![a-z])|[一两二三四五六七八九十几]+[次张件双个]|不限|任意|最多|无限"
    ),
    Kind.WAY: re.compile(r"\w"),
}

_ASKS_EN: tuple[tuple[Kind, str], ...] = (
    (Kind.COUNT, r"how (?:often|many times)|how many (?!days|weeks|months|years|hours|business|working|dollars)|max(?:imum)?|minimum|(?:most|least|limit)(?: \w+){0,3} (?:i can|can i|per|order)|(?:is there a|any) limit"),
    (Kind.CLOCK, r"what time|(?:opening|business|working|office|service|support|store|shop) hours|what (?:are|is) (?:\w+ )?hours|(?:until|till|from) what time"),
    (Kind.DURATION, r"how (?:long|soon|fast|quick(?:ly)?|many (?:\w+ )?(?:days|weeks|months|years|hours))|what(?: is|'s| are)? (?:the )?(?:time ?frame|deadline|turnaround|(?:delivery|shipping|return|processing) (?:time|period|window)s?)|when (?:will|do|does|can|would|should|is|are) (?:i|my|the|it|they|we|you)(?: \w+){0,4} (?:arrive|get|come|receive|here|have|see|delivered|ship|back|refunded|expire)|(?:delivery|shipping|arrival|dispatch|processing|lead) times?|(?:until|till|by) when|any time limit|time limit|(?:get|have|need|arrive|receive|deliver\w*|ship\w*|here|come|them|it|reach)(?: \w+){0,4} (?:by|before|in time|within|until) (?:the )?(?:\w+day|tomorrow|tonight|weekend|christmas|friday|next|end|\d|two|three)|in time for|(?:tomorrow|next day|same day|overnight)|(?:in|within) (?:a|one|two|three|\d+) (?:days?|hours?|weeks?)|latest"),
    (Kind.PAYER, r"who (?:pays|covers|bears|has to pay|must pay|is paying)|(?:do|will|would|must|should) (?:i|we|you|it) (?:\w+ )?(?:have to |need to )?(?:pay|cost|cover)(?! (?:with|by|via|in|using|later))|at (?:my|your|whose) (?:own )?(?:expense|cost)|on me|on you|my own pocket"),
    (Kind.AMOUNT, r"how much(?! (?:time|longer))|(?:what|which|any|an?|the|extra|additional) (?:\w+ ){0,3}(?:fees?|costs?|charges?|price)|(?:fees?|costs?|charges?|prices?)(?: (?:for|of|to|is|are|extra)| ?\?|$)|cost (?:me|anything|extra|more)|costs?(?= to|\?|$)|(?:is|are|get|for) (?:\w+ ){0,4}free|free (?:delivery|shipping|returns?|exchanges?|of charge)|charge (?:me |you )?(?:for|extra)|expensive"),
    (Kind.PLACE, r"where(?! is my| are my|'s my)|(?:which|what) (?:countr(?:y|ies)|places?|regions?|states?|address|city|cities)"),
    (Kind.TIME, r"when(?! (?:i|you|it|they|we|my|the|a|an) )"),
    (Kind.WAY, r"how(?: do| can| to| would| should| does| is| are| will|'s)?(?! much| many| long| soon| often| fast| quick| old| about| come)|what (?:do|must|should|can) i (?:need to |have to )?do|(?:what|which) (?:steps|way|process|procedure)|what (?:happens|now|next)|what if"),
)  # fmt: skip
_ASKS_ZH: tuple[tuple[Kind, str], ...] = (
    (Kind.COUNT, r"[几多少]+次|最[多少][^，。？]{0,6}[几多]|几(?:张|双|件|个(?!工作日|小时|月))|多少(?:张|双|件|个(?!工作日|小时|月))|限购|上限"),
    (Kind.CLOCK, r"几点|营业时间|上班时间|服务时间|工作时间"),
    (Kind.DURATION, r"多久|多长时间|[几多少]+(?:个)?(?:工作日|天|日|周|月|年|小时)|什么时候(?:能|可以|会)?(?:到|收到|送到|发货|退|给|处理|到账)|期限|时效|时限|(?:有效|保修|退货|退换)期|最快|最[晚迟]|[今明后]天(?:能|可以|会)?(?:就)?(?:到|送|发|拿)|当天[发送到]|来得及|赶得上"),
    (Kind.PAYER, r"谁(?:来)?(?:付|出|承担|负担|掏)|(?:要|需要|得)?(?:自己|我)(?:来)?(?:付|出|承担|负担|掏)"),
    (Kind.AMOUNT, r"多少钱|多少(?:元|块|费|运费)|几块|什么价|怎么(?:收费|算|收)|费用|收费吗?|要钱|免费|包邮|免邮|[满买]多少|收(?:不收)?[^，。？]{0,4}费|运费(?=[吗？?]|$|多少|怎么)|花钱|贵吗|免运费"),
    (Kind.PLACE, r"哪里|哪儿|在哪|到哪|哪些(?:国家|地区|地方|城市)|什么地方|地址(?=[吗？?]|$|是|在)"),
    (Kind.TIME, r"什么时候|何时|啥时候"),
    (Kind.WAY, r"怎么(?!样|收|算)|如何|怎样|咋|流程|步骤|怎么办"),
)  # fmt: skip


def kinds_asked(question: str, language: str) -> frozenset[Kind]:
    """The kinds of facts that a question asks for; none where yes or no answers it."""
    small = plain(question)
    table = _ASKS_ZH if language == "zh" else _ASKS_EN
    found = [kind for kind, words in table if re.search(_bounded(words, language), small)]
    # "How long" is also how, "by when" also when: the first, more particular kind counts.
    particular = [kind for kind in found if kind not in (Kind.TIME, Kind.WAY)]
    return frozenset(particular[:2] or found[:1])


def kind_spans(question: str, language: str) -> list[tuple[int, int]]:
    """Where the words stand that ask for a kind of fact."""
    small = plain(question)
    table = _ASKS_ZH if language == "zh" else _ASKS_EN
    return [
        (match.start(), match.end())
        for _, words in table
        for match in re.finditer(_bounded(words, language), small)
        if match.end() - match.start() <= _LONGEST_ASK
    ]


def bears(text: str, kind: Kind) -> bool:
    """Whether a sentence has a fact of a kind in it."""
    if kind is Kind.PLACE and any(
        name.startswith((COUNTRY, CARRIER)) for name in names_in_clause(text)
    ):
        return True
    return _BEARS[kind].search(plain(text)) is not None


def figures(text: str, kind: Kind) -> frozenset[str]:
    """The facts of a kind that a sentence has, written so that equal ones are equal."""
    if kind not in (Kind.DURATION, Kind.AMOUNT, Kind.COUNT, Kind.CLOCK):
        return frozenset()
    return frozenset(
        re.sub(r"[\s\-–]+", "", match.group()) for match in _BEARS[kind].finditer(plain(text))
    )


def _bounded(words: str, language: str) -> str:
    return words if language == "zh" else rf"(?<![a-z])(?:{words})"
