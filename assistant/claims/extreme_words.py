"""Words that claim an extreme or a comparison, and the field that settles each."""

from __future__ import annotations

import re

SUPERLATIVES: tuple[tuple[str, str, str], ...] = (
    ("price", "asc", r"\bcheapest\b|lowest[\s-]price[d]?|least\s+expensive|most\s+(?:affordable"
        r"|budget[\s-]friendly|economical|inexpensive)"
     r"|prices?\s+(?:start|begin)s?\s+(?:at|from)|\b(?:start|begin)(?:s|ning|ing)?\s+(?:at|from)"
     r"(?=\s*[$€£¥￥\d])|起价|起售价|[$€£¥￥\d元]\s*起(?![来见])"
     r"|(?:lowest|smallest)\s+cost|costs?\s+the\s+least|最便宜|最低价|价格最低|最实惠|价钱最低"
     r"|最省钱|售价最低"),
    ("price", "desc", r"most\s+expensive|priciest|dearest|highest[\s-]price[d]?"
        r"|costs?\s+the\s+most|最贵|价格最高|价钱最高|售价最高"),
    ("weight", "asc", r"\blightest\b|weighs?\s+the\s+least|最轻|重量最低"),
    ("weight", "desc", r"\bheaviest\b|weighs?\s+the\s+most|最重"),
    ("rating", "desc", r"(?:best|highest|top)[\s-]+(?:rat(?:ed|ing)|scor(?:e|ed|ing)|reviewed)"
        r"|rated\s+(?:the\s+)?(?:best|highest)|评分最高|评价最高|评价最好|口碑最好|得分最高"
        r"|星级最高|最高(?:的)?评分"),
    ("rating", "asc", r"(?:worst|lowest)[\s-]+(?:rat(?:ed|ing)|scor\w+)|评分最低|评价最低"
        r"|评价最差"),
    ("rating_count", "desc", r"most\s+(?:popular|reviewed|rated|reviews|ratings)|最受欢迎|最热门"
        r"|评价最多"
        r"|评论最多|评分人数最多"),
    ("rating_count", "asc", r"fewest\s+(?:reviews|ratings)|least\s+(?:popular|reviewed)|评价最少"
        r"|评论最少"),
)  # fmt: skip
DEGREE = r"(?:(?:a\s+(?:bit|little)|slightly|somewhat|even|also|still)\s+)?"
COMPARATIVES: tuple[tuple[str, str, str], ...] = (
    ("price", "asc", r"\bcheaper\b|less\s+expensive|more\s+(?:affordable|economical"
        r"|budget[\s-]friendly)|lower[\s-]+(?:price[d]?|cost)|更便宜|(?<!最)便宜(?:一些|一点|点"
        r"|些)|更实惠"
        r"|更低的?价格|(?:价格|价钱|售价)(?:更|较|略|稍|也更)低"),
    ("price", "desc", r"more\s+(?:expensive|costly)|pricier|higher[\s-]+(?:price[d]?|cost)"
        r"|dearer|更贵|(?<!最)贵(?:一些|一点|点|些)|(?:价格|价钱|售价)(?:更|较|略|稍|也更)高"),
    ("weight", "asc", r"\blighter\b|更轻|轻(?:一些|一点|些)"),
    ("weight", "desc", r"\bheavier\b|更重|重(?:一些|一点|些)"),
    ("rating", "desc", r"(?:better|higher)[\s-]+(?:rat(?:ed|ing)|scor\w+)"
        r"|\brate[ds]?\s+(?:\0+\s+|it\s+)?(?:higher|better|above|over|ahead\s+of)|(?:评分|评价|得分)(?:也|要)?(?:(?:更|较|略|稍微?|稍微)高|高(?:一些|一点|些"
        r"|于))"),
    ("rating", "asc", r"(?:worse|lower)[\s-]+(?:rat(?:ed|ing)|scor\w+)"
        r"|\brate[ds]?\s+(?:\0+\s+|it\s+)?(?:lower|worse|below|behind)|(?:评分|评价|得分)(?:也|要)?(?:(?:更|较|略|稍微?|稍微)低|低(?:一些|一点|些|于))"),
    ("rating_count", "desc", r"more\s+(?:reviews|ratings|popular)|(?:评价|评论)更多|更受欢迎"),
    ("rating_count", "asc", r"fewer\s+(?:reviews|ratings)|less\s+popular|(?:评价|评论)更少"),
    ("price", "asc",
        r"\bcosts?\s+(?:(?:only\s+)?[$€£¥\d.,\0]+\s+(?:\w+\s+)?)?less\b(?!\s+than\s*[$€£¥\d])"
        r"|便宜(?:了)?\s*[$€£¥￥\d\0]|[$€£¥\0]+\s+less\b(?=\s+than)"),
    ("price", "desc",
        r"\bcosts?\s+(?:(?:only\s+)?[$€£¥\d.,\0]+\s+(?:\w+\s+)?)?more\b(?!\s+than\s*[$€£¥\d])"
        r"|贵(?:了)?\s*[$€£¥￥\d\0]|[$€£¥\0]+\s+more\b(?=\s+than)"),
    ("weight", "asc", r"\bweighs?\s+(?:[\d.,\0]+\s*(?:\w+\s+)?)?less\b|轻(?:了)?\s*[\d\0]"),
    ("weight", "desc", r"\bweighs?\s+(?:[\d.,\0]+\s*(?:\w+\s+)?)?more\b|重(?:了)\s*[\d\0]"),
    ("price", "asc", r"比(?!\0*原价|别的?|其他|其它|市面|同类|同价|网上|外面|同行|以往"
        r"|平均)[^，。；]{0,40}?便宜"
        r"|没有[^，。；]{0,40}?(?:那么)?贵"),
    ("price", "desc", r"比[^，。；]{0,40}?贵|没有[^，。；]{0,40}?(?:那么)?便宜"),
    ("weight", "asc", r"比[^，。；]{0,40}?轻|没有\s*\0[^，。；]{0,40}?(?:那么)?重"),
    ("weight", "desc", r"比[^，。；]{0,40}?重(?!\s*[\d\0量])|没有\s*\0[^，。；]{0,40}?(?:那么)?轻"),
    ("rating", "desc", r"(?:评分|评价|得分)比[^，。；]{0,40}?(?:要|更)?高(?:一些|一点|些)?"
        r"|比[^，。；]{0,40}?(?:评分|评价"
        r"|得分)(?:更|要)?高"),
    ("rating", "asc", r"(?:评分|评价|得分)比[^，。；]{0,40}?(?:要|更)?低(?:一些|一点|些)?"
        r"|比[^，。；]{0,40}?(?:评分|评价"
        r"|得分)(?:更|要)?低"),
    ("price", "desc", r"(?:价格|售价|价钱)(?:也|要|略|稍)?高于\s*(?=\0)"),
    ("price", "asc", r"(?:价格|售价|价钱)(?:也|要|略|稍)?低于\s*(?=\0)"),
    ("price", "desc", r"(?:价格|售价|价钱)比[^，。；]{0,40}?高"),
    ("price", "asc", r"(?:价格|售价|价钱)比[^，。；]{0,40}?低"),
)  # fmt: skip
_UP = r"(?:higher|greater|larger|bigger|more|longer|taller|stronger)"
_DOWN = r"(?:lower|smaller|less|shorter|fewer)"
_UPMOST = r"(?:highest|greatest|largest|biggest|most|longest|tallest)"
_DOWNMOST = r"(?:lowest|smallest|least|shortest|fewest)"
LABELLED = (
    ("most", "desc", rf"\b{_UPMOST}\s+(?:\w+\s+)?$"),
    ("most", "asc", rf"\b{_DOWNMOST}\s+(?:\w+\s+)?$"),
    ("more", "desc", rf"\b{_UP}\s+(?:\w+\s+)?$"),
    ("more", "asc", rf"\b{_DOWN}\s+(?:\w+\s+)?$"),
)
LABELLED_AFTER = (
    ("most", "desc", r"^(?:是)?最(?:高|大|长|多|重)"),
    ("most", "asc", r"^(?:是)?最(?:低|小|短|少|轻)"),
    ("more", "desc", r"^(?:也|要|会)?(?:更|较|略|稍)(?:高|大|长|多|重)"),
    ("more", "asc", r"^(?:也|要|会)?(?:更|较|略|稍)(?:低|小|短|少|轻)"),
    ("more", "desc", r"^比[^，。；]{0,40}?(?:更|要)?(?:高|大|长|多)"),
    ("more", "asc", r"^比[^，。；]{0,40}?(?:更|要)?(?:低|小|短|少)"),
)
# Whoever wants to spend less is shown what costs less.
SPENDING = (
    ("asc", re.compile(
        r"\b(?:spend(?:ing)?|pay(?:ing)?)\s+(?:a\s+(?:bit|little|lot)\s+)?less\b|\bsave\s+money\b"
        r"|\bfor\s+less\b|省钱|少花(?:点|些|一点)?钱?|省(?:一点|点|些)", re.IGNORECASE)),
    ("desc", re.compile(
        r"\b(?:spend(?:ing)?|pay(?:ing)?)\s+(?:a\s+(?:bit|little|lot)\s+)?more\b"
        r"|多花(?:点|些|一点)?钱?", re.IGNORECASE)),
)  # fmt: skip
# Words that set one product over another without a field that settles it.
OVER_ANOTHER = re.compile(
    r"\b(?:above|below|ahead\s+of|behind|beats?|tops?|rivals?|equals?|match(?:es)?|on\s+par\s+with"
    r"|level\s+with|similar\s+to|close\s+to|next\s+to|not\s+far\s+(?:off|from)|up\s+to)"
    r"\s+(?:that\s+of\s+|the\s+)?\0{3,}"
    r"|\b(?:just|equally|nearly|almost|about|every\s+bit|quite|exactly)\s+as\s+\w+(?<!as well)"
    r"|\bas\s+(?:good|nice|great|fine|decent)\b"
    r"|\b(?:more|less|fewer|greater|extra|better|added)\s+(?!than\b|to\b|for\b|on\b|about\b|of\b|important"
    r"|if\b|you\b|or\b|and\b|but\b|info|detail|option|choice)(?=[\w\0\1])"
    r"|(?:超过|高于|低于|优于|好于|胜过|强过|不输|不逊于?|媲美|堪比|接近|相当于|类似)\s*(?:于\s*)?\0{2,}"
    r"|同样(?:的)?(?:好|不错|优秀|出色)|不相上下|不分上下",
    re.IGNORECASE,
)
# Any other comparison is one that nobody computed.
OTHER_COMPARISON = re.compile(
    r"\b(?!(?:other|rather|under|over|after|former|number|another)\b)\w+er\s+than\b"
    r"|\b(?:less|more|fewer|better|worse)\s+(?!than\b)\w+(?:\s+\w+)?\s+than\b|\b(?:better|worse"
    r"|superior|inferior)\b|\bcosts?\s+the\s+same\b|\bthe\s+same\s+(?:price|cost|weight"
    r"|rating)\b|\bequally\s+\w+|\bprice\s+is\s+the\s+same\b"
    r"|\bas\s+\w+\s+as\b(?<!as well as)(?<!as long as)(?<!as soon as)|\b(?:half|twice|double"
    r"|triple)\b|\bsame\s+\w+\s+as\b"
    r"|\b(?:hardly|barely|scarcely)\b|\b(?:more|less)\s+(?:than(?!\s*[$€£¥\d])|\w+(?:able|ive"
    r"|ful|ous|ic|ish|ant|ent|al|ed|ible|y)\b)"
    r"|\b(?:much|far|way|significantly|considerably|noticeably)\s+(?:\w+er|more|less|better)\b"
    r"|比(?!较|如|例|(?:您|你)?的?预算)[^，。；例如]{1,40}更?(?:宽|软|硬|高|低|好|稳|厚|薄|大|小"
    r"|强|多|少|舒|耐|适|暖|快|慢|长|短|新)"
    r"|\bthan\s+(?:in\s+|at\s+|from\s+)?(?:any|most|elsewhere|average|usual|before|similar"
    r"|comparable|ever|other\s+(?:shops?|stores?|brands?|sellers?|sites?|places?))\b|半价"
    r"|[一二三四五六七八九\d]折|与众不同|不像|更(?!多是|何况|倾向|换|新|想|看重|喜欢|在意|适合"
    r"|合适|偏|需要|注重|希望|愿|关心)"
    r"|(?<![\0 ])一样(?!的?是)|\b(?:more|less)\s+\0+\s*than\b|没有(?:什么|哪)?[^，。；]{0,4}比"
    r"|比(?:别的?|其他|其它"
    r"|市面|同类|同价|网上|外面|同行|以往|平均)",
    re.IGNORECASE,
)
BEST = re.compile(
    r"\b(?:best|(?:ideal|perfect)\s+(?:choice|option|pick|match|fit|one|for|if)|(?:ranks?|ranked"
    r"|comes?|placed?)\s+first|top\s+(?:pick|choice|option|recommendation)|my\s+(?:pick"
    r"|recommendation)|the\s+pick|first\s+choice|number\s+one|main\s+pick)\b"
    r"|\bbetter\s+(?:choice|option|pick|match|fit|one|buy|suited)\b|\btop\s+of\s+(?:my"
    r"|the)\s+list\b|首选|首推|最佳|最好|最符合|最匹配|最合适|最适合|最推荐|完美|理想|最优",
    re.IGNORECASE,
)
OTHER_EXTREME = re.compile(
    r"\b(?:most|least|only|never|always|every|every(?:thing|one|body)|any(?:thing|one|body)|all"
    r"|none|nothing|no\s+other|any\s+(?:colou?r|size|budget|weather|time|occasion|purpose)"
    r"|whatever|whichever|unmatched|unbeatable|ultimate|unrivall?ed|unique)\b|\b\w{3,}est\b"
    r"|\bhighly\b|\bwell[\s-](?:rated|reviewed)\b|\b(?:very|extremely|super|incredibly"
    r"|amazingly)\s+\w+|评分(?:也|都)?(?:很|较|非常|都|相当)高|口碑(?:很|较|非常)?好|好评"
    r"|最(?!终|后|近|佳|好|看重|在意|在乎|关心|想|需要)|唯一|全部|所有|每一?(?:款|个|双|件|种)"
    r"|任何|绝对|永远|第一(?!款|个|双|件|种)|始终|从不"
    r"|一切|顶尖|什么[^，。；]{0,4}都|哪[^，。；]{0,4}都|无论|不管|不论|超级|极其|极为|极佳|极好",
    re.IGNORECASE,
)
ORDINARY_EST = re.compile(
    r"\b(?:best|rest|west|test|request|interest|honest|suggest|modest|chest|nest|guest|quest|"
    r"forest|invest|arrest|contest|harvest|protest|digest|lest|manifest)s?\b", re.IGNORECASE
)  # fmt: skip
MATTERS_MOST = re.compile(
    r"\bmatters?\s+(?:the\s+)?most\b|\bmost\s+important\s+(?:to|for)\s+you\b", re.IGNORECASE
)
ALL_OF = re.compile(
    r"\ball\s+(?:two|three|four|five|of\s+(?:them|these|those|the)|these|those)\b|\bthey\s+all\b",
    re.IGNORECASE,
)
NONE_OF = re.compile(r"\bnone\s+of\s+(?:these|them|those|the)\b", re.IGNORECASE)
ONLY_THIS = re.compile(r"\bonly\s+(?=(?:the\s+)?\0)", re.IGNORECASE)
IF = re.compile(r"\bif\b|如果|要是|若|的话|想要", re.IGNORECASE)
ONLY_MONEY = re.compile(
    r"\bonly\s+(?=[$€£¥\0]|[\d.,]+\s*(?:dollars|usd|eur|yuan))|\b(?:not\s+only|if\s+only)\b",
    re.IGNORECASE,
)
ONLY_ONE = re.compile(
    r"\bthe\s+only\s+(?:\w+\s+){0,2}?(?:product|one|option|model|match|item|choice|pick|result"
    r"|[\w-]+)\s+(?:here\s+)?(?:that|which|to)\s+(?:\w+\s+)?(?:fits?|meets?|match(?:es)?|suits?"
    r"|satisf\w+|\0)"
    r"|\bonly\s+(?:the\s+)?(?:product\s+)?[\s\0]*(?:fits|meets|matches|suits)\b|(?:唯一"
    r"|只有)[\s\0]*(?:一款|一个|这款|这双)?[\s\0]*(?:一款|一个)?(?:能|可以)?(?:符合|满足|适合"
    r"|合适|\0)",
    re.IGNORECASE,
)
AMONG = re.compile(
    r"\b(?:of|among|amongst|between|from)\s+(?:the|these|those|all|your|them|both"
    r"|my)\b(?:\s+(?:\w+\s+)?(?:two|three|four|five|options|products|models|picks|shoes|choices"
    r"|here|listed|shown|these|of\s+them))?"
    r"|(?:这|以上|上述)?[两二三四五]?(?:款|者|双|个|件)(?:商品|产品)?(?:之)?中|其中|当中|之中"
    r"|里面?最",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"(?:\bnot|n['’]t|\bnever|不是|并非|不|没有)\s*(?:the\s+|a\s+)?(?:much\s+)?$", re.IGNORECASE
)
SAME_PRICE = re.compile(
    r"\bcosts?\s+the\s+same\b|\bthe\s+same\s+price\b|\bequally\s+priced\b|价格(?:相同|一样|一致)"
    r"|(?:一样"
    r"|同样)的?(?:贵|价)|同价",
    re.IGNORECASE,
)
