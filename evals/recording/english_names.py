"""Names of people in English text, where it says that they are names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.recording.identity import Identity, without_han
from evals.recording.name_lists import given_names, how_ordinary
from evals.recording.shop_words import ShopWords

# What stands behind is a name, however it is written.
_CERTAIN = re.compile(
    r"(?:\b(?:my|the|full|first|last|family|given|contact|recipient'?s?|receiver'?s?|account|his|her)\s+name"
    r"(?:\s+is|['’]s|\s*[:=]|\s+was)|\bsurname(?:\s+is|\s*[:=])|(?:^|[\n.;,(])\s*(?:name|recipient|receiver|consignee|"
    r"addressee|cardholder|attn|contact|signed|from|to)\s*[:=]|\b(?:i\s+am|i['’]?m|is|was)\s+(?:called|named)|"
    r"\bthey\s+call\s+me|\bcall\s+me|\bi\s+go\s+by|\b(?:under|in)\s+the\s+name(?:\s+of)?|\bc/o|"
    r"\b(?:account|card)\s*holder(?:\s+is|\s*[:=]))\s*",
    re.IGNORECASE,
)
# What stands behind may be one, and is if it looks like one.
_MAYBE = re.compile(
    r"(?:\bi\s+am|\bi['’]?m|\bthis\s+is|\bit\s+is|\bit['’]?s|\bnamed|\bcalled|\b(?:deliver(?:ed)?|ship(?:ped)?|addressed|"
    r"send|sent)(?:\s+(?:it|this|them))?\s+to|"
    r"\bmy\s+(?:\w+\s+)?(?:wife|husband|son|daughter|mum|mom|mother|dad|father|brother|sister|friend|partner|girlfriend|"
    r"boyfriend|fianc[ée]e?|colleague|boss|kid|child|baby|nephew|niece|aunt|uncle|cousin|grand\w+|neighbou?r|"
    r"roommate|flatmate|coach|teacher)\s*,?|"
    r"(?:^|[\n.!?])\s*(?:hi|hello|hey|dear)(?:\s+there)?)\s+",
    re.IGNORECASE,
)
_OF_SELF = re.compile(r"i\s+am|i['’]?m", re.IGNORECASE)
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Madam)\b\.?\s+")
_SIGNED = re.compile(
    r"(?:\b(?:thanks?(?:\s+(?:you|a\s+lot|so\s+much|again|in\s+advance))?|cheers|regards|best(?:\s+wishes)?|sincerely|"
    r"yours(?:\s+(?:truly|faithfully|sincerely))?|greetings|love|xx+)(?:\s*[,!.\n]\s*|\s+)|(?:^|\s)[-–—~]\s*)"
    r"(?P<name>[^\W\d_][\w'’.-]*(?:\s+[^\W\d_][\w'’.-]*){0,2})\s*[.!]?\s*$",
    re.IGNORECASE,
)
# In a letter the name has a line of its own, and more may stand below it.
_LETTER = re.compile(
    r"(?:^|\n|[.!?]\s+)\s*(?:many\s+)?(?:thanks|thank\s+you|cheers|regards|rgds|(?:kind|best|warm)\s+regards|br|best|all\s+the\s+best|"
    r"sincerely|yours(?:\s+\w+)?|warmly|love|xx+|--+)[,.!]?\s*\n\s*[-–—~]?\s*"
    r"(?P<name>[^\W\d_][\w'’.-]*(?:[ ]+[^\W\d_][\w'’.-]*){0,3})[ ]*(?=[\n,|]|$)",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"\b(?P<name>[^\W\d_][\w-]*(?:[ ]+[^\W\d_][\w-]*)?)['’]s?\s+"
    r"(?:i?phone|ipad|ipod|macbook|galaxy|pixel|mobile|android|laptop|tablet)\b",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(r"\bsent\s+(?:from|via|by|using)\s+$", re.IGNORECASE)
# For whom a thing is: an unknown word of a capital letter is a name there.
_RECIPIENT = re.compile(
    r"(?:\b(?:this|that|these|those|it|they|which)(?:['’]s|['’]re|\s+is|\s+are|\s+was|\s+would\s+be|\s+will\s+be)"
    r"(?:\s+(?:a|the)\s+\w+)?|\b(?:gift|present|surprise|birthday\s+\w+))\s+for\s+",
    re.IGNORECASE,
)
# Here only what is known as a given name.
_FOR = re.compile(r"\b(?:for|to|asked|told)\s+(?=[^\W\d_])", re.IGNORECASE)
# What only people do and have.
_PERSONAL = re.compile(
    r"(?<![\w'’-])(?P<name>[^\W\d_][\w-]*)(?:['’]s\s+(?:birthday|b-?day|feet|foot|wedding|graduation|address|"
    r"e-?mail)|\s+(?:wears\s+(?:an?\s+)?(?:size\s+)?\d|turns\s+\d|is\s+(?:turning|\d+\b|\d+\s+years?|an?\s+size|a\s+beginner)|"
    r"has\s+(?:flat|wide|narrow|small|big)\s+feet))"
)
_DOES = re.compile(
    r"(?<![\w'’-])(?P<name>[^\W\d_][\w-]*)(?:['’]s\b|\s+(?:wears|needs|loves|likes|wants|prefers|said|told|runs|"
    r"asked|recommended)\b)"
)

_HERE = re.compile(
    r"(?:^|[\n.!?,]\s*)(?P<name>[^\W\d_][\w'’-]*(?:\s+[^\W\d_][\w'’-]*)?)\s+(?:here|speaking|calling|writing)\b(?!\s+\w)",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[^\W\d_㐀-鿿](?:[^\W㐀-鿿]|['’-](?=[^\W\d_]))*\.?")
_GIVEN_BEHIND = re.compile(r",\s*(?P<name>[^\W\d_][\w'’-]*)")  # Schmidt, Anna
_BETWEEN = re.compile(r" +|(?<=\.)")
# Brands that are called like people.
_BRANDS = frozenset(
    "martens scholl scholls oetker hauschka bronner coffee pepper clean muscle jart".split()
)
_NO_NAME = frozenset(
    "not a an the on in at of my your is as under for and or but what written this that it just "
    "here back when if later now please asap tomorrow today tonight again by to with about "
    "regarding so very really looking interested sorry sure trying going after also still only "
    "from i me you we they he she his her our their no yes anything something anyone someone out "
    "up down same different".split()
)
_GOES_ON = re.compile(
    r"\s*(?:$|[,.!?;:()\n，。！？]|(?:and|here|i|i['’]?m|from|but|speaking)\b)", re.IGNORECASE
)
_PARTICLES = frozenset(
    "de da del della van von der den bin bint al el la le ben mac mc st o".split()
)
_MOST = 4  # words of a name
_EVERYDAY, _KNOWN = 4.5, 3.2  # of wordfreq's scale


def find_english_names(text: str, words: ShopWords) -> Iterator[Identity]:
    """Every name that a text gives as one.

    Args:
        text: with characters of common width.
        words: the shop's; what may be a name is none where it is one of them.
    """
    text = without_han(text)
    for match in _CERTAIN.finditer(text):
        yield from _name(text, match.end(), certain=True, words=words)
    for match in _MAYBE.finditer(text):
        token = _TOKEN.match(text, match.end())
        # "I'm Jordan" names a person, "this is Brooks" a shoe.
        if token and (_OF_SELF.match(match.group()) or not words.has(token.group())):
            yield from _name(text, match.end(), certain=False, words=words)
    for match in _TITLE.finditer(text):
        token = _TOKEN.match(text, match.end())
        if token and token.group()[0].isupper() and not _is_brand(match.group(), token, words):
            yield from _name(text, match.end(), certain=True, words=words)
    for match in _RECIPIENT.finditer(text):
        yield from _name(text, match.end(), certain=False, words=words)
    for match in _FOR.finditer(text):
        token = _TOKEN.match(text, match.end())
        if token and _is_given(token.group(), words):
            yield from _name(text, match.end(), certain=False, words=words)
    for match in _PERSONAL.finditer(text):
        if match["name"][0].isupper() and _is_unknown(match["name"], words):
            yield Identity("name", *match.span("name"))
    for match in _DOES.finditer(text):
        if _is_given(match["name"], words):
            yield Identity("name", *match.span("name"))
    for match in _DEVICE.finditer(text):
        yield from _owner(text, match, words)
    for match in (*_SIGNED.finditer(text), *_LETTER.finditer(text), *_HERE.finditer(text)):
        start, end = match.span("name")
        first = text[start:end].split()[0]
        if _looks_like_one(first, text, start + len(first), words):
            yield Identity("name", start, end)


def _is_given(word: str, words: ShopWords) -> bool:
    """Whether a word of a capital letter is a given name and no everyday word."""
    small = word.lower().rstrip(".")
    return (
        word[0].isupper()
        and small in given_names()
        and not words.has(word)
        and how_ordinary(small, "en") < _EVERYDAY
    )


def _is_unknown(word: str, words: ShopWords) -> bool:
    """Whether a word is no everyday one, nor the shop's."""
    small = word.lower()
    if small in _NO_NAME or words.has(word):
        return False
    return how_ordinary(small, "en") < (_EVERYDAY if small in given_names() else _KNOWN)


def _owner(text: str, match: re.Match[str], words: ShopWords) -> Iterator[Identity]:
    """Whose telephone it is: "Sent from Aoife's iPhone", of one word or two."""
    start, end = match.span("name")
    first, _, last = text[start:end].partition(" ")
    if last and (first.lower() in _NO_NAME or first.lower() in ("sent", "via", "using")):
        start = end - len(last)
    said = _SENT_FROM.search(text[:start]) is not None
    owner = text[start:end].split()[-1]
    if owner.lower() not in _NO_NAME and (said or _is_unknown(owner, words)):
        yield Identity("name", start, end)


def _is_brand(title: str, token: re.Match[str], words: ShopWords) -> bool:
    """Whether a title and a name are what goods are called: "Dr. Martens"."""
    word = token.group().rstrip(".")
    return word.lower() in _BRANDS or words.has_phrase(f"{title} {word}")


def _name(text: str, start: int, *, certain: bool, words: ShopWords) -> Iterator[Identity]:
    """The name that begins at a place, if one does."""
    end = start
    for number in range(_MOST):
        token = _TOKEN.match(text, end if number == 0 else _behind(text, end))
        if token is None or token.group().lower() in _NO_NAME:
            break
        word = token.group()
        if number == 0:
            fits = certain or _looks_like_one(word, text, token.end(), words)
        else:
            fits = _goes_with(word, text, token.end(), words, upper=text[start].isupper())
        if not fits:
            break
        end = token.end()
        if word.endswith(".") and len(word) > 3:
            break  # the end of the sentence, not an initial
    if end > start:
        end = start + len(re.sub(r"(?:['’]s)?\.*$", "", text[start:end]))
        turned = _GIVEN_BEHIND.match(text, end) if certain else None
        if turned and turned["name"].lower() in given_names():
            end = turned.end()
        yield Identity("name", start, end)


def _behind(text: str, at: int) -> int:
    between = _BETWEEN.match(text, at)
    return between.end() if between else len(text)


def _looks_like_one(word: str, text: str, end: int, words: ShopWords) -> bool:
    small = word.lower().rstrip(".")
    if small in _NO_NAME:
        return False
    known, ends = small in given_names(), _GOES_ON.match(text, end) is not None
    if words.has(word):
        return known and ends and word[0].isupper()
    if word[0].isupper():
        return known or how_ordinary(small, "en") < _KNOWN
    return known and ends and how_ordinary(small, "en") < _EVERYDAY


def _goes_with(word: str, text: str, end: int, words: ShopWords, *, upper: bool) -> bool:
    """Whether a word behind a given name is a part of the name."""
    if word.lower() in _PARTICLES:
        return True
    if upper or word[0].isupper():
        return word[0].isupper() and not (words.has(word) and not _GOES_ON.match(text, end))
    ordinary = how_ordinary(word.rstrip("."), "en") >= _EVERYDAY
    return not ordinary or _GOES_ON.match(text, end) is not None
