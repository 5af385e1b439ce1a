"""What only the shop may say: questions, offers, promises, and orders to the shopper."""

from __future__ import annotations

import re

from assistant.claims.findings import Findings

_FAULTS: tuple[tuple[str, str], ...] = (
    ("a question", r"[?？]|(?:吗|么|呢)[。.!！]?\s*$|\b(?:would|do|did|are|can|could"
        r"|have)\s+you\s+(?:like|want|need|prefer|looking|think|know|have|also)\b|要不要|需不需要"
        r"|是否需要我|(?:您|你)(?:看|觉得)(?:如何|怎么样)"),
    (
        "an offer that the shop did not make",
        r"\blet\s+(?:me|us)\b|\bfeel\s+free\b|\bhappy\s+to\b|\bhere\s+to\s+help\b|\b(?:i"
        r"|we)\s*(?:['’]ll|['’]d|\s+(?:will|can|could|may|would|shall"
        r"|might))\b(?!\s+(?:\w+ly\s+|also\s+|still\s+)?(?:choose|pick|recommend|suggest|go"
        r"|take|say|look|start|consider|put|rank|opt|prefer|lean)\b)"
        r"|\bif\s+you(?:['’]d|\s+would)?\s+(?:like|want)\s+(?:me|us|more|another|other"
        r"|to\s+(?:see|know|order|buy|hear))\b"
        r"|\b(?:shall|should|may|can)\s+(?:i|we)\b|\b(?:reach\s+out|contact|call|email|visit"
        r"|ask)\s+(?:us|me|our|the\s+(?:shop|store|staff|team))\b"
        r"|\b(?:buy|order|purchase|shop|click|check\s*out|hurry|grab|act)\s+(?:it\s+)?(?:now"
        r"|today|here|soon|yours|fast)\b|\badd(?:ed)?\s+(?:it\s+)?to\s+(?:your\s+)?(?:cart"
        r"|basket|bag)\b"
        r"|\bplease\s+(?:\w+\s+)?(?:let|tell|note|contact|ask|visit|call|choose|check|see|order"
        r"|buy)\b"
        r"|我(?:们)?(?:可以|能|会|来|将|帮|再)(?!选|挑|推荐|建议|首推|优先|说|先)|帮(?:您|你)"
        r"|为(?:您|你)(?:找|查|下单|预留|安排|提供"
        r"|保留|订)|欢迎|如有|如需|若需|随时|告诉我|联系|咨询|下单|点击|加入购物车|赶紧|赶快"
        r"|快来|立即|马上|抢购|请(?:您|你)?(?:告诉|联系|咨询|放心"
        r"|注意|尽快|随时|点|选购)",
    ),
    (
        "a promise to the shopper",
        r"\byou(?:['’]ll|\s+will|\s+won['’]t|\s+are\s+(?:sure|guaranteed|bound|going))\b"
        r"|\byour?\s+(?:\w+\s+){1,2}(?:will|won['’]t)\b|\bwe\s+(?:also\s+|always\s+"
        r"|only\s+)?(?!(?:recommend|suggest|have|carry|sell|list|stock|do|can|could|would|will"
        r"|may|might|picked?|cho[os]+e)\b)\w+|\bwill\s+(?!(?:suit|fit|match|meet|cost"
        r"|work)\b)(?:\w+)|\bwon['’]t\b"
        r"|\b(?:guarantee|promise|assure)[ds]?\b|\byou\s+(?:receive|qualify)\b"
        r"|(?:您|你)(?:将|会|就会|一定|肯定|绝对)|(?:让|使|令|帮助|保证|确保|保护)(?:您|你)|放心"
        r"|保证|承诺|包您|包你",
    ),
    (
        # A record's price says what it costs, and its texts may be anybody's.
        "a price that no record has",
        r"\b(?:is|are|was|comes?|now|today|it['’]s)\s+(?:\w+\s+){0,2}free\b(?!\s+(?:of(?!\s+charge)"
        r"|from|to|for)\b|-)|\bfor\s+(?:free|nothing)\b|\bfree\s+(?:today|now|gift|of\s+charge)\b"
        r"|\b(?:is|as)\s+a\s+(?:free\s+)?(?:gift|giveaway)\b|\b(?:at\s+)?no\s+(?:cost|charge)\b"
        r"|\bcosts?\s+nothing\b|免费|免单|白送|不要钱|不花钱|赠送|零元",
    ),
    (
        "a word to the assistant or of it",
        r"\b(?:assistants?|chatbots?|as\s+an\s+ai|ai\s+model|system\s+(?:message|prompt))\b"
        r"|\b(?:ignore|disregard|forget)\s+(?:all|any|your|the|previous|prior|these)\b"
        r"|\b(?:tell|say\s+to|inform)\s+(?:the\s+|every\s+|all\s+)?(?:shoppers?|customers?|visitors?"
        r"|buyers?|users?)\b|导购|机器人|系统(?:消息|提示)|忽略(?:之前|以上|所有|你)|告诉(?:每|所有|顾客|买家)",
    ),
    (
        "a word on what is left",
        r"\b(?:few|last|only\s+\w+)\s+(?:pairs?|pieces?|units?|ones?|items?)?\s*(?:are\s+"
        r"|is\s+)?left\b"
        r"|\b(?:almost|nearly)\s+(?:gone|sold\s+out)\b|\bwhile\s+(?:stocks?|supplies)\s+last"
        r"|数量(?:不多|有限)"
        r"|库存(?:不多|紧张|有限|告急)|所剩|仅剩|还剩|快(?:没|卖完|断)|先到先得|欲购从速",
    ),
    (
        "a double denial",
        r"不能说|并非不|不是不|并不是没|\bcan(?:['’]?t|not)\s+(?:say|be\s+said)\b|\bnot\s+(?:un"
        r"|in)\w+able\b"
        r"|\bnot\s+without\b|\bnot\s+true\s+that\b|\bcan(?:not|['’]t)\s+deny\b",
    ),
    (
        "a promise of how it is made or liked",
        r"\bwell[\s-](?:made|built|known|loved|liked|crafted|constructed|regarded|reviewed"
        r"|thought)\b|\bmade\s+(?:to\s+last|by\s+hand|well|with\s+care|to\s+order)\b|\bcustom\b"
        r"|\blimited\b|\b(?:at|on)\s+top\s+(?:quality|level)\b"
        r"|\bhigh(?:er|est)?[\s-](?:quality|end)\b|\btop[\s-](?:quality|notch|seller|selling"
        r"|brand|class)\b|\bworth\b|\bmoney\b",
    ),
)  # fmt: skip
_COMPILED = tuple((name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _FAULTS)
# A price bound is no worth, and a note of the advice may say that it is no promise.
_HARMLESS = re.compile(r"(?:是否|还是)(?!需要我)", re.IGNORECASE)


def check_service(text: str, found: Findings) -> None:
    """Faults for what the shop alone may say.

    Args:
        text: the sentence, names blanked.
        found: takes the faults.
    """
    plain = _HARMLESS.sub(lambda m: " " * len(m.group()), text)
    for name, pattern in _COMPILED:
        if match := pattern.search(plain):
            found.fault(f"{name} (“{match.group().strip()}”)")
