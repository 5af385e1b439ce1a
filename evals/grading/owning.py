"""Whose a figure is, by what stands between it and a name."""

from __future__ import annotations

import re

# Between a name and its own figure; "cheaper than the X at $165" may still be of the others.
ITS_OWN = re.compile(
    r"\s*(?:\[\d{1,2}\])?[\s*]*[(（]?\s*"
    r"(?:(?:which |that |who )?(?:costs?|has|is|gets|scores)(?: at)?|(?:priced |rated )?at|for|with"
    r"|on|costing|的?(?:售价|价格|评分)?(?:为|是|只有)?)?\s*"
)
# "The X's 3.7", X的3.7分: whose a figure is without a doubt. "The 3.7 of the X" is the other way.
OWNED = re.compile(
    r"[\u25a1\s*]*(?:['’]s?|的)[\s*]*(?:own |mere |average |平均|评分|价格|售价)?[\s*]*[(（]?"
)
# "The X, for which we ask $160", said of the name directly before it, set against or not.
RELATIVE = re.compile(
    r"[\u25a1\s*]*,?\s*(?:(?:for|of|on|at) which\b|whose\b|(?:which|itself|that one)\s(?:\w+ly )?"
    r"(?:costs?|is|are|was|sells?|goes|stands?|sits?|comes?|has|gets|holds?|averages?|scores?"
    r"|retails?|weighs?|runs|asks)\b(?! (?:why|because|what|how|where|when)\b))"
    r"(?:(?!\b(?:against|than|versus|compared|so)\b)(?:[^,.;:\u25a1]|(?<=\d)[.,](?=\d))){0,40}"
)
OF_OWNER = re.compile(
    r"[\s*]*(?:stars?|points?|分|ratings?|score)?[\s*]*\b(?:of|for|from)\s(?:the\s)?[\s*]*"
)
