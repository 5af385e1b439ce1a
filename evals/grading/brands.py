"""Brands of a text: carried or not, and whose the product is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from bm25s.stopwords import STOPWORDS_EN_PLUS

from evals.grading.alternatives import one_of
from evals.grading.claim import Claim
from evals.grading.phrases import phrases, unhedged
from evals.grading.subjects import Speech, Subject
from retrieval.product import Product
from retrieval.text import has_cjk, lowered
from retrieval.words import Words, lexicon

_EVERYDAY = frozenset(STOPWORDS_EN_PLUS) | {"apple", "columbia", "next", "gap", "warrior", "on"}
_OF_BRAND = re.compile(
    r"(\bby|\bfrom|\bbrand\**\s*(?:[:：]|is|=)|\bmade by"
    r"|品牌\**\s*[:：]?(?:是|为)?|来自|出自)\s*\**\s*(?:the )?$"
)
_MAKES = re.compile(
    r"\s*(?:(?:makes|produces|manufactures|builds)\b|(?:is|are) behind\b|(?:出品|生产)的)"
)
# "The second is a Nike.", "后者是耐克的。": the brand alone says what a product is.
_IS_A = re.compile(r"(?:\b(?:is|are|it[’']s) an? |是)[\s*]*$")
_ALONE = re.compile(r"的?[\s*]*(?:$|[.,;!，。；！、)）])")
_IS_OF = re.compile(r"\s*(?:家的|的产品|旗下的|出品(?!的)|生产(?!的))")
# "Nike has the Pegasus", 耐克有一款飞马: of what is named right behind.
_HAS_ONE = re.compile(
    r"(?:家|旗下|那边|这边|这个牌子)?(?:也|还|就|则|倒是?|新|最近)*(?:有|推?出[了过的]|做[了过])"
    r"(?:[这那]?[一几两]?[款双台件把张个部])?(?:叫做?)?[\s*“「]*(?=\u25a1)"
    r"| (?:also |still )?(?:has|offers|sells|does) (?:the |an? |its |their )?(?:own )?"
    r"[\s*]*(?=\u25a1)"
)
# The head of a card below the product's name, "Nike · $140 · ★ 4.5", and a part of one.
_ON_CARD = re.compile(r"(?:^[^\w\u25a1]*|[·•|｜/]\s*\**)$")
_CARD_GOES_ON = re.compile(r"\**\s*(?:[·•|｜/]|$|[,，—–-]\s*(?:us)?[$¥￥€£\d])")
_NOT_OF = re.compile(r"(?:\bnot|n['’]t|不是|并非)\s+(?:\w+\s+)?(?:by|from)?\s*(?:the )?$")
# A name, not the first of "Italian craftsmen": no ordinary word goes on.
_MADE_BY = re.compile(
    r"(?:\b(?:made|manufactured|produced|built|designed|developed) by (?:the brand )?"
    r"|\b(?:manufacturer|maker|brand|company|label)(?: behind it)?(?: is|:) "
    r"|\b(?:collab\w*|partnership|team(?:s|ed)? up|together) with (?:the brand )?)"
    r"(?P<en>[A-Z][\w&'’-]+(?: [A-Z][\w&'’-]+)*)"
    r"(?=\s*(?:$|[.,;:!?()\[*]|(?:and|or|for|in|with|which|that|to|at|but|as|since|who)\b))"
    r"|[和与跟同](?P<joint>[\u4e00-\u9fffA-Za-z]{2,12}?)的?联名"
    r"|(?:(?:品牌|制造商|生产商|厂商|厂家|出品方)\**(?:是|为|：|:)|(?:由|出自|来自))"
    r"\s*(?P<zh>[A-Z][A-Za-z&'’-]+(?: [A-Z][A-Za-z&'’-]+)*)"
)
# Who is offered as well, known or not: "we stock a few by Zorvan", "店里的Zorvan也不错".
_OFFERED = re.compile(
    r"(?:\b[Ww]e(?:[’']ve got| (?:also |do |still |currently )*(?:have|stock|carry|sell|offer))\b"
    r"(?:(?!\b(?:no|not|nothing|none)\b)[^.;:,\u25a1]){0,40}?"
    r"|\b(?:[Ll]ook at|[Cc]onsider|[Tt]ry|[Ll]ike|[Cc]heck out|[Ss]how you|[Ss]uggest)\b"
    r"(?: \w+){0,3} (?:some|something|anything|models?|ones?|options?|what we have|range|line|few))"
    r"\s(?:by|from)\s(?P<en>[A-Z][a-z][\w&'’-]+(?: [A-Z][\w&'’-]+)*)"
    r"(?=\s*(?:$|[.,;:!?()\[*]|(?:and|or|too|as|if|in|which|that|but|also|who|here|instead)\b))"
    r"|(?P<is>[A-Z][a-z][\w&'’-]+) is (?:(?:also|another|an?|one of the) )+(?:brand|label|maker)s? "
    r"(?:that )?we (?:also )?(?:carry|have|stock|sell)\b"
    r"|(?:(?:店里|本店|我们(?:家|店|这里|这儿|这边)?)(?:也|还|都|另外|同样)*"
    r"(?:的|有|卖|售|经营|代理|引进了?)"
    r"|换(?:个|一个|一家|成)?(?:别的)?(?:牌子|品牌)[^。；\u25a1]{0,12}?(?:看看|试试|考虑|选|推荐))"
    r"\s*(?P<zh>[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*)\s*"
    r"(?=(?:这个|这家)?(?:品牌|牌子)|家?的?(?:产品|东西|商品|鞋)|(?:家?的)?(?:也|同样|都)|可(?:选|供)|值得|$|[，。！；,.])"
)
# Where goods come from, and is no brand.
_LANDS = frozenset(
    "italy germany japan china france spain portugal sweden denmark norway finland europe asia "
    "america britain england switzerland austria korea taiwan vietnam india scandinavia january "
    "february march april may june july august september october november december".split()
)
_HAVE_IT = re.compile(
    r"\bwe (?:also |do )?(?:have|stock|carry|sell|offer) (?:it|them|those|that|some)\b"
    r"|\b(?:it|that|they|those)(?:[’']s| is|[’']re| are) (?:also )?"
    r"(?:available|in stock|here|in our)\b"
    r"|\byou(?:[’']ll| will| can)? (?:also |even )?(?:find|get|buy|order) "
    r"(?:it|them|that|those|some) (?:here|with us|from us|(?:in|at) our|too|as well)\b"
    r"|我们?(?:也|都|这里|店里)*有(?!类似|其他|别)|也有(?:售|卖|货)?[。！，]?"
    r"|(?:也|都|同样|一样|照样|店里|本店|这里|这儿)(?:就|是|可以|能|也)*"
    r"(?:有[售卖货的]|在[售卖]|买[得能]?到)"
)
_MODEL = re.compile(r"^[\s*]*((?:(?:[A-Z][A-Za-z-]*|\d[\w.]*|[A-Z0-9]{2,}\w*)[ -]?){1,5})")


class Brands:
    """Knows the brands that a catalogue carries and those that shoppers know besides.

    Args:
        products: all products of the catalogue.
        words: the shop's own words.
    """

    def __init__(self, products: Sequence[Product], words: Words) -> None:
        own = words.values.get("brand", {})
        carried = dict.fromkeys(p.brand for p in products if p.brand)
        self.carried: dict[str, list[str]] = {b: [b, *own.get(b, ())] for b in carried}
        known = {w.lower(): b for b, listed in self.carried.items() for w in listed}
        self._unsold: dict[str, str] = {}
        for group in lexicon().get("brand", ()):
            brand = next((known[w.lower()] for w in group if w.lower() in known), None)
            for word in group:
                if brand is not None:
                    known.setdefault(word.lower(), brand)
                    if word.lower() not in (w.lower() for w in self.carried[brand]):
                        self.carried[brand].append(word)
                else:
                    self._unsold[word.lower()] = group[0]
        self._known = known
        self._carried_words = _finder(known)
        self._unsold_words = _finder(self._unsold)

    def named(self, text: str) -> list[str]:
        """The carried brands that a text names, as the catalogue writes them."""
        return [self._known[m[1].lower()] for m in self._carried_words.finditer(lowered(text))]

    def claims(
        self, speech: Speech, get: Callable[[str], Product], plain: re.Pattern[str]
    ) -> Iterator[Claim]:
        """Brands that are not carried, brands of another product, names that no product has.

        Args:
            speech: the sentence.
            get: the product of an id.
            plain: finds words that name kinds and properties.
        """
        text = speech.lower
        unsold = phrases().found("not_sold", text)

        def refused(start: int, end: int) -> bool:
            ahead = speech.ahead(start)
            found = phrases().found
            if unsold or found("not_carried", unhedged(ahead)):
                return True
            if found("not_carried_after", text[end:]):
                return True
            # "If you like Bosch, we have those too" offers them.
            return bool(found("about_shopper", ahead) and not _HAVE_IT.search(text[start:]))

        question = text.rstrip(" *").endswith(("?", "？"))
        for match in self._unsold_words.finditer(speech.small):
            word = speech.text[match.start() : match.end()]
            if not _written_as_name(speech.text, match.start(), match.end()):
                continue
            supported = refused(*match.span()) or question
            yield Claim("brand", word, speech.text, None, supported, "not carried")
        of_known = list(self._carried_words.finditer(speech.small))
        carded = len(of_known) == 1 and not speech.named and not speech.markers
        for match in of_known:
            brand = self._known[match[1]]
            word = speech.text[match.start() : match.end()]
            before, behind = text[: match.start()], text[match.end() :]
            alone = _IS_A.search(before) is not None and _ALONE.match(behind) is not None
            alone = alone or (carded and _heads_card(before, behind))
            has = _HAS_ONE.match(speech.small, match.end())
            if (
                has
                or alone
                or _OF_BRAND.search(before)
                or _MAKES.match(behind)
                or _IS_OF.match(behind)
            ):
                subject = speech.subject(match.start(), match.end())
                own = next((n.ids for n in speech.named if has and n.start == has.end()), None)
                subject = Subject((own,)) if own else subject
                products = [[get(id) for id in ids] for ids in subject.items]
                if products:
                    met = [any(p.brand == brand for p in alike) for alike in products]
                    supported = all(met) if subject.every else any(met)
                    if _NOT_OF.search(text[: match.start()]):
                        supported = not any(met)
                    first = products[0][0]
                    yield Claim(
                        "brand", word, speech.text, first.id, supported, f"brand {first.brand}"
                    )
            elif not has_cjk(word) and not refused(*match.span()):
                # A question offers what it marks: "Shall I show you the Nike Zephyr [1]?"
                for claim in self._model(match, speech, plain):
                    name = claim.text.removeprefix(match[1]).strip()
                    if not question or f"{name} [" in speech.text:
                        yield claim
        if not question and not unsold:
            yield from self._makers(speech)
            yield from self._offered(speech, plain)

    def _makers(self, speech: Speech) -> Iterator[Claim]:
        """Makers that nobody knows: "made by Zorvan"."""
        for match in _MADE_BY.finditer(speech.text):
            name = match["en"] or match["zh"] or match["joint"]
            small = name.strip().lower()
            if self._unsold_words.search(small) or self._carried_words.search(small):
                continue
            if not _NOT_OF.search(speech.lower[: match.start(match.lastgroup or 0)]):
                yield Claim("brand", name, speech.text, None, False, "not carried")

    def _offered(self, speech: Speech, plain: re.Pattern[str]) -> Iterator[Claim]:
        """Brands that nobody knows among those that the shop offers."""
        masked = "".join(
            "\u25a1" if small == "\u25a1" else own
            for small, own in zip(speech.small, speech.text, strict=True)
        )
        for match in _OFFERED.finditer(masked):
            name = match["en"] or match["zh"] or match["is"]
            small = name.lower()
            if small in _LANDS or plain.fullmatch(small):
                continue
            if self._unsold_words.search(small) or self._carried_words.search(small):
                continue
            yield Claim("brand", name, speech.text, None, False, "not carried")

    def _model(
        self, match: re.Match[str], speech: Speech, plain: re.Pattern[str]
    ) -> Iterator[Claim]:
        """A brand and a name behind it that no title has."""
        after = re.split(r"[\[(]", speech.text[match.end() :])[0]
        masked = speech.small[match.end() : match.end() + len(after)]
        end = masked.find("\u25a1")
        name = _MODEL.match(after if end < 0 else after[:end])
        if name is None or speech.text[match.start()].islower():
            return
        said = name[1].strip()
        left = plain.sub(" ", said.lower())
        telling = [w for w in re.findall(r"[a-z0-9.]+", left) if w not in STOPWORDS_EN_PLUS]
        if not telling or (len(telling) == 1 and telling[0].isdigit() and len(said.split()) == 1
                           and len(telling[0]) < 2):  # fmt: skip
            return
        if end >= 0 and not after[:end][name.end() :].strip(" *-"):
            return
        words = f"{match[1]} {said}"
        yield Claim("product", words, speech.text, None, False, "no product is called that")


def _finder(words: dict[str, str]) -> re.Pattern[str]:
    chinese, latin = (one_of(w for w in words if has_cjk(w) is cjk) for cjk in (True, False))
    return re.compile(rf"({chinese}|(?<![a-z0-9-]){latin}(?![a-z0-9]))")


def _heads_card(before: str, behind: str) -> bool:
    """Whether a brand stands by itself between the dots or bars of a line of figures."""
    parted = _ON_CARD.search(before) is not None and _CARD_GOES_ON.match(behind) is not None
    return parted and re.search(r"\d", before + behind) is not None


def _written_as_name(text: str, start: int, end: int) -> bool:
    word = text[start:end]
    if has_cjk(word):
        return True
    if word.lower() not in _EVERYDAY and len(word) > 2:
        return True
    return word[0].isupper() and bool(re.sub(r"[\W_]", "", text[:start])) and len(word) > 1
