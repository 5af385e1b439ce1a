"""The words that bound a number, before and behind it, and those that make it no sum."""

from __future__ import annotations

import re

AT_MOST_BEFORE = re.compile(
    r"(?:\b(?:under|below|beneath|(?<!no\s)(?<!not\s)less\s+than|up\s+to|at\s+(?:the\s+)?(?:very\s+)?most|"
    r"max(?:imum)?(?:\s+(?:of|is))?|(?:no|not)\s+(?:more|higher|greater)\s+than|within|"
    r"(?:cheaper|lighter|lower|smaller)\s+than|capped?\s+(?:at|of)|(?:cap|limit|ceiling)(?:\s+(?:is|of|at))?|"
    r"(?:budget|budget['’]s)(?:\s+(?:is|of|around))?(?:\s+(?:about|only|just))?|(?:can\s+)?(?:only\s+)?spend|afford|pay|"
    r"(?:i|we)(?:['’]ve|\s+have)?\s+(?:only\s+)?(?:got|have)(?:\s+(?:only|about))?|"
    r"(?:make|raise|increase|up|bump|change|lower|cut|push|bring|set|put)\s+(?:it|that|this|the\s+(?:budget|price|limit)|my\s+budget)(?:\s+(?:up|down))?(?:\s+to)?|"
    r"(?:go|stretch|come)\s+(?:up|down)?\s*to|(?:can|could|may|might|would|will|willing\s+to|able\s+to|happy\s+to)\s+(?:also\s+|even\s+|still\s+|maybe\s+)?(?:go|stretch|do|manage)(?:\s+(?:up|down|as\s+(?:high|far)\s+as|to))*|not\s+over|(?:don['’]t|won['’]t|can['’]t|cannot|not)\s+(?:go|pay)\s+(?:over|above|beyond))\s*:?"
    r"|<=?|≤|低于|不超过|不高于|不大于|不多于|小于|少于|轻于|不到|未满|(?:最多|最高|顶多|至多|撑死)(?:只?能?)?[花出给用]?|上限(?:是|为)?"
    r"|预算(?:就|只有|只|也就|是|在|为|有|大概|大约|差不多|一共|控制在|最多|[:：])*|控制在|(?:别|不要|不能|不想|不可以?)(?:花)?(?:超过?|高于|多于)"
    r"|(?:手里|手头|手上|身上|兜里|口袋里|钱包里|卡里)(?:上|里)?(?:现在|目前|一共|总共|大概)*(?:(?:就|只|仅|才|还|也就)(?:有|剩)?|有|剩)(?:下|了)?|(?<!不)(?:只|仅|就|最多)(?:能|想|够|肯|愿意|打算|准备)(?:花|出|给|付|掏|拿出|拿|接受)?(?:得起|到)?|只有|就有|(?:可以|能|能够)(?:接受)?(?:到|去到|上到)|(?:加|提|涨|放宽|提高|降|降低|改|升|调|上调|下调|增加|减|缩)(?:到|成|为|至))\s*$",
    re.IGNORECASE,
)
_MINE = (
    r"(?:my|our|the)\s+(?:(?:absolute|upper|very|hard|price)\s+)*"
    r"(?:limit|max(?:imum)?|cap|ceiling|budget)\b"
)
AT_MOST_AFTER = re.compile(
    rf"\s*(?:(?:is|was|are|['’]s)\s+(?:(?:about|really|only|pretty\s+much)\s+)?(?:all(?:\s+that)?\s+(?:i|we)\b|(?:the\s+most|as\s+(?:much|high|far)\s+as)\s+(?:i|we)\b|{_MINE})|"
    r"(?:or\s+(?:less|under|below|cheaper|lower|lighter)|max(?:imum)?\b|tops\b|at\s+(?:the\s+)?most|"
    r"(?:budget|limit)\b|to\s+spend\b|and\s+(?:under|below|less)"
    r"|(?:块钱?|元)?(?:以内|以下|之内|之下|内(?![里部侧])|封顶|的?预算|打住|到顶|顶天|(?:就|已经|也)?(?:是|算)(?:我的?)?(?:极限|上限|底线|全部预算)|(?:就)?(?:这么|那么)多钱?)))",
    re.IGNORECASE,
)
AT_LEAST_BEFORE = re.compile(
    r"(?:\b(?:over|above|more\s+than|at\s+(?:the\s+)?least|min(?:imum)?(?:\s+of)?|from|starting\s+(?:at|from)|upwards\s+of|"
    r"(?:higher|greater|heavier|better)\s+than|(?:no|not)\s+(?:less|lower|fewer)\s+than|north\s+of|rated|exceed(?:ing|s)?|beyond)"
    r"|>=?|≥|超过|高于|大于|多于|至少|起码|不低于|不少于|不小于|最低|最少)\s*$",
    re.IGNORECASE,
)
AT_LEAST_AFTER = re.compile(
    r"\s*(?:or\s+(?:more|above|over|higher|better|up)|and\s+(?:up|above|over|higher)|\+|plus\b|以上|之上|往上|起(?![来跑]))",
    re.IGNORECASE,
)
# "Over $100 is too much", "100以上太贵了": the sum itself is refused, and what is above it.
DEAR_AFTER = re.compile(
    r"\s*(?:or\s+(?:more|above)|and\s+(?:up|above)|\+|以上|之上|往上|的)*\s*(?:(?:(?:it|that|this|they)\s*)?(?:is|are|['’]s|would\s+be|seems?|feels?|sounds?)\s+(?:\w+\s+){0,2}?"
    r"(?:too\s+(?:much|expensive|pricey|dear|high|steep|rich)|more\s+than\s+(?:i|we)\b|(?:out\s+of|over|above|beyond|outside)\s+(?:of\s+)?(?:my|our)\s+(?:budget|range|limit|means|reach)|a\s+no\b|out\s+of\s+the\s+question|out\b(?!\s+of))"
    r"|(?:(?:对我来说|对我|我|就|都|也|有点|有些|真的|实在|还是|感觉|觉得)*(?:太[贵多高](?!不|吗|么)|贵了|超(?:出)?(?:我的?)?预算|接受不了|买不起|不(?:要|行|考虑|接受|想要?|看|买)了?(?=\s*(?:$|[,.;!，。；！啊]))|免谈)))",
    re.IGNORECASE,
)
# "Under $50 is too cheap", "50以下的不要".
MEAN_AFTER = re.compile(
    r"\s*(?:or\s+(?:less|below|under)|以下|以内|之下|的)*\s*(?:(?:is|are|['’]s|would\s+be|seems?|feels?|sounds?)\s+(?:\w+\s+){0,2}?(?:too\s+(?:little|cheap|low)|a\s+no\b)"
    r"|(?:就|都|也|有点|真的|实在|感觉|觉得)*(?:太便宜|太低|太少|不(?:要|行|考虑|接受)了?(?=\s*(?:$|[,.;!，。；！啊]))))",
    re.IGNORECASE,
)
# "don't want to spend more than", "nothing over", "不想超过": more, refused, is at most.
NEGATED_MORE = re.compile(
    r"(?:不|别|勿|\b(?:no|not|never|nothing|none|without|cannot)\b|\w*n['’]?t\b)[^,.;!?，。；！？]{0,30}$",
    re.IGNORECASE,
)
BARRED = re.compile(
    r"(?:\b(?:nothing|none|not|no|never|n['’]t\s+go)|别|不要|不能|不可以?|不想|勿)\s*$",
    re.IGNORECASE,
)
AROUND_BEFORE = re.compile(
    r"(?:\b(?:around|about|approximately|approx\.?|roughly|near(?:ly)?|close\s+to|circa|some|say)|~|≈|大约|大概|约|差不多|将近|接近)\s*$",
    re.IGNORECASE,
)
AROUND_AFTER = re.compile(
    r"\s*(?:or\s+(?:so|thereabouts)\b|ish\b|-ish\b|give\s+or\s+take|左右|上下|附近|差不多)",
    re.IGNORECASE,
)
RANGE_JOIN = re.compile(r"^\s*(?:-|–|—|~|～|to|and|through|到|至|和|跟)\s*$", re.IGNORECASE)
WEAK_JOIN = re.compile(r"and|和|跟", re.IGNORECASE)
BETWEEN = re.compile(r"(?:\b(?:between|from|range\s+of)|在)\s*$", re.IGNORECASE)
BETWEEN_AFTER = re.compile(r"\s*(?:之间|这个?区间|range\b)", re.IGNORECASE)
NO_AMOUNT_BEFORE = re.compile(
    r"(?:\b(?:size|eu|us|uk|number|no\.?|option|item|top|the)|第|#|[码号]|美码|欧码|英码|\[)\s*$",
    re.IGNORECASE,
)
# "I'm over 60", "kids under 12": ages, not sums.
PEOPLE_BEFORE = re.compile(
    r"\b(?:i['’]?m|i\s+am|aged?|people|persons?|anyone|folks|adults|runners|s?he['’]?s|s?he\s+is|kids?|"
    r"children|boys|girls|who(?:['’]s|\s+is|\s+are)?|(?:i|s?he|who)\s+weighs?|体重(?:是|有|大概)?|身高(?:是|有)?|年龄)\s*(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
OTHER_UNIT_AFTER = re.compile(
    r"\s*-?(?:码|号|双(?![肩面层色])|款|个|件|只(?![要想看能有买考喜爱接穿])|条(?!纹)|天(?!然|气|蓝|天)|小时|分钟|公里|英里|米(?!色)|年(?!轻)|岁|月(?!子)|次(?!日)|步(?![行态道])|人(?![字造体工])|斤|折(?!叠)|周(?![末边年])|寸|升(?!级)|瓦|度(?![假过])|毫升|"
    r"hours?|hrs?\b|h\b|km|k\b|miles?|meters?|metres?|days?|years?|yrs?|yo\b|y/o|months?|minutes?|mins?\b|weeks?|pairs?|"
    r"shoes?|options?|times?|people|of\s+(?:them|these|those|my|our|your|his|her|their|the|us)\b|am\b|pm\b|%|percent|st\b|nd\b|rd\b|th\b|lbs?\b|"
    r"inch|(?<=\d)in\b|(?<=-)in\b|in\s+stock|in(?=\s*(?:$|[.,;:!?)，。]|(?:long|wide|tall|deep|high|thick|across|screens?|displays?|or\s+(?:more|less))\b))|ft\b|feet|gb|tb|mb|hz|w\b|v\b|ml\b|mah|o['’]clock)",
    re.IGNORECASE,
)
# "I have 2 kids", "from 3 friends": such a word bounds only a sum, which no noun follows.
WEAK_BOUND = re.compile(
    r"(?:\b(?P<holds>got|have|from|make|making|go|do|manage)|\b(?:around|about|some|say|near(?:ly)?)|(?<!预算)只有|(?:手里|手头|手上|身上|兜里|口袋里)(?:就|只|还)?(?:有|剩)?)\s*(?:(?:only|about|to)\s*)*$",
    re.IGNORECASE,
)
NO_NOUN_AFTER = re.compile(
    r"\s*(?:$|[^\w\s]|(?:to|for|in|on|and|but|or|so|max|tops|budget|total|left|is|at|with|please|only|right|now|this|as|altogether|if|because|here|available|per|all|each)\b|[\u4e00-\u9fff])",
    re.IGNORECASE,
)
