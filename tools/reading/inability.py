"""What somebody cannot handle, and so does not want: "can't tie laces", "不会系鞋带"."""

from __future__ import annotations

import re

from tools.reading.quotes import Span

_REACH = 48
_HANDLES = (
    r"(?:tie|tying|fasten(?:ing)?|do(?:ing)?\s+up|lac(?:e|ing)|undo(?:ing)?|buckl(?:e|ing)|clos(?:e|ing)|manag(?:e|ing)|handl(?:e|ing)|"
    r"us(?:e|ing)|operat(?:e|ing)|cop(?:e|ing)|deal(?:ing)?|fiddl(?:e|ing)|mess(?:ing)?\s+(?:about|around)|walk(?:ing)?|run(?:ning)?|wear(?:ing)?|get(?:ting)?\s+(?:on|along))"
)
_BETWEEN = (
    r"(?:\s+(?:with|up|in|on|his|her|their|my|its|own|the|any|a|an|those|these|shoe|shoes?['’]?s?|yet|well|properly|himself|herself|themselves|"
    r"really|quite|alone|normal|regular|fiddly|real|of))*\s+"
)
_BEFORE = re.compile(
    r"(?:\b(?:can(?:['’]?t|\s?not)|could(?:n['’]?t|\s+not)|(?:un|not\s+(?:yet\s+)?)able\s+to|(?:is|am|are)n['’]?t\s+able\s+to|"
    r"(?:do|does|did)(?:n['’]?t|\s+not)(?:\s+yet)?\s+(?:know\s+how\s+to|want\s+to|like(?:\s+to)?|enjoy)|"
    r"(?:has|have)(?:n['’]?t|\s+not|\s+yet|\s+never)(?:\s+(?:yet|really|quite))?\s+(?:to\s+)?(?:learn(?:t|ed)?|master(?:ed)?|figure[d]?\s+out)(?:\s+(?:how\s+)?to)?|"
    r"(?:too\s+(?:young|small|little|old|stiff|lazy|clumsy|impatient))\s+(?:yet\s+)?(?:to|for)|no\s+(?:good|use)\s+at|bad\s+at|struggl(?:e|es|ed|ing)\s+(?:to|with)|"
    r"(?:hard|difficult|impossible)(?:\s+for\s+\w+(?:\s+\w+)?)?\s+to|(?:hate|hates|dislike|dislikes|tired\s+of|sick\s+of)(?:\s+to)?)"
    rf"(?:\s+(?:yet|still|really|even|always|actually|properly))*\s+{_HANDLES}{_BETWEEN}"
    rf"|\bstruggl(?:e|es|ed|ing)(?=\s+with\b){_BETWEEN}"
    r"|(?:不会|不太会|不大会|还不会|学不会|没学会|不懂得?|不知道怎么|不能|没法|没办法|无法|不方便|不好|懒得|不想|不爱|不愿意?|讨厌|嫌|怕|弯不下腰)(?:自己|独立|好好|再|去|老是?)*"
    r"(?:系|绑|打|弄|扣|解|拉|用|穿)(?:好|上|这种|那种|什么|个|条)*"
    r"|(?:系|绑|打|弄|扣|用|穿)不(?:了|好|来|上|动|惯|牢|紧)(?:这种|那种|什么)*)$",
    re.IGNORECASE,
)
# "不会系带": the verb is part of the name.
_BEFORE_VERB = re.compile(
    r"(?:不会|不太会|还不会|学不会|没学会|懒得|不想|不爱|没法|没办法|无法|不方便)(?:自己|独立)*$"
)
_AFTER = re.compile(
    r"^(?:的|他|她|我|孩子|都|也|还|又|老是?|总是?|自己|一直)*(?:系|绑|弄|扣|解|用|打|穿)不(?:了|好|来|上|动|惯|牢|紧)"
)
_WITH = re.compile(r"with\s+", re.IGNORECASE)
_DOES = re.compile(r"[系绑]")


def unable(message: str, span: Span) -> bool:
    """Whether somebody cannot or does not like to handle what the words at a span name.

    Args:
        message: as it is read, in simplified characters.
        span: of the words.
    """
    # "With laces" may be a name of the value.
    led = _WITH.match(message, span.start)
    before = message[max(0, span.start - _REACH) : led.end() if led else span.start]
    if _BEFORE.search(before):
        return True
    if _DOES.match(message, span.start) and _BEFORE_VERB.search(before):
        return True
    return _AFTER.match(message[span.end : span.end + _REACH]) is not None
