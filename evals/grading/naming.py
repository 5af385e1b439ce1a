"""Which products a text names: by title, by a shortened title that fits few, by marker."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bm25s.stopwords import STOPWORDS_EN_PLUS
from wordfreq import zipf_frequency

from evals.grading.alternatives import one_of, one_of_parts
from retrieval.product import Product
from retrieval.text import has_cjk

# "The Kayano 30's 4.9": behind a figure an apostrophe is no part of the word.
_WORD = re.compile(r"[a-z0-9]+(?:(?:[.&/]|(?<!\d)['’])[a-z0-9]+)*°?", re.IGNORECASE)
_AUDIENCE = frozenset(
    "men's mens women's womens kids' kids kid's men women unisex men’s women’s kids’".split()
)
_LONGEST = 9
_MOST_ALIKE = 6
_PLAIN = frozenset(
    "air all arch boot boots box bright city cloud clog court day club desert elite fit flow force"
    " future game go guide high hot kids light lite low max mid mini new old one pack plus power"
    " premium pro ride road run running select shoe shoes ready soft speed sport star step street"
    " style superior trail ultra walk walker wave waterproof way wide work classic transport match"
    " launch beast ghost rise energy rocket challenger quest safety suede academy recovery slide"
    " charge home smart easy basic double single small large black white blue red green".split()
)
_VERSION = re.compile(
    r"^[ -]?(v?\d{1,4}(?:\.\d)?)(?!\d|\.\d|,\d|['’]s|\s*(?:%|/|(?:g|mm|cm|kg|stars?|reviews?"
    r"|ratings?|people|dollars|usd|eu|out|mm|days?|hours?)\b|[码元美克毫厘条人分星块双款个位种]))"
)
_FOR_WHOM = re.compile(r"\s+([A-Z][A-Za-z]+(?:['’]s|['’])?)(?![A-Za-z])")
_PLURAL_OWNER = re.compile(r"kids['’]$", re.IGNORECASE)  # the title's own: "Runfalcon 5 Kids'"
_EVERYDAY = 4.0  # on the Zipf scale: a hundred times in a million words
_OWNS = ("'s", "’s", "s'", "的")
_NEXT = re.compile(r"^ ([A-Z][A-Za-z0-9]*)(?=[\s,.!?:;*]|$)(?!\.\w)")


@dataclass(frozen=True)
class Named:
    """Words that name products.

    Attributes:
        ids: the products that fit equally well.
        start, end: where the words stand.
        wrong: why the words are not such a product's name; empty where they are.
    """

    ids: tuple[str, ...]
    start: int
    end: int
    wrong: str = ""


class Names:
    """Finds the names of a catalogue's products.

    Args:
        products: all of them.
        plain: words in lower case that name kinds and properties, never a product alone.
        brands: each brand's words, by the brand as the catalogue has it.
    """

    def __init__(
        self,
        products: Sequence[Product],
        plain: Iterable[str],
        brands: Mapping[str, Sequence[str]],
    ) -> None:
        own = {word.lower() for words in brands.values() for word in words}
        self._plain = frozenset(plain) | own | _PLAIN | frozenset(STOPWORDS_EN_PLUS)
        self._by_words: dict[tuple[str, ...], list[str]] = defaultdict(list)
        self._core: dict[str, tuple[str, ...]] = {}
        self._brand = {p.id: (p.brand or "").lower() for p in products}
        self._brand_words = {
            word.lower(): brand.lower() for brand, words in brands.items() for word in words
        }
        self._audience = {
            p.id: {w.lower().replace("’", "'") for w in re.findall(r"[A-Za-z]+(?:['’]s)?", p.title)}
            & {w.rstrip("'") for w in _AUDIENCE}
            for p in products
        }
        chinese: dict[str, list[str]] = defaultdict(list)
        for product in products:
            core = _core(product)
            self._core[product.id] = core
            if core:  # a title in Chinese alone has no words of this kind
                self._by_words[core].append(product.id)
            for start in range(len(core)):
                for end in range(start + 1, min(len(core), start + _LONGEST) + 1):
                    if core[start:end] != core and self._telling(core[start:end]):
                        self._by_words[core[start:end]].append(product.id)
            for key in self._chinese_keys(product):
                chinese[key].append(product.id)
        self._longest_from: dict[str, int] = defaultdict(int)
        for first, *rest in self._by_words:
            self._longest_from[first] = max(self._longest_from[first], len(rest) + 1)
        self._chinese = {k: v for k, v in chinese.items() if len(v) <= _MOST_ALIKE}
        # Blanks between the characters of a title go with the one behind them.
        spaced = (
            [re.escape(key[0]), *(rf"\s*{re.escape(c)}" for c in key[1:])] for key in self._chinese
        )
        self._chinese_names = re.compile(one_of_parts(spaced), re.IGNORECASE)
        self._longest_brand = max(map(len, self._brand_words), default=0) + len("'s **")
        self._brand_before = re.compile(
            rf"(?<![a-z0-9])({one_of(self._brand_words)})(?:'s|’s|的)?[\s*]*$"
        )

    def find(self, text: str) -> list[Named]:
        """The names in a text, in its order."""
        found = list(self._by_chinese_title(text))
        words = [
            (m.group().lower().replace("’", "'"), m.start(), m.end()) for m in _WORD.finditer(text)
        ]
        position = 0
        while position < len(words):
            last, ids = self._longest(text, words, position)
            if not ids:
                position += 1
                continue
            start, end = words[position][1], words[last][2]
            position = last + 1
            if any(f.start < end and start < f.end for f in found):
                continue
            found.append(self._named(text, ids, start, end))
        return sorted(found, key=lambda named: named.start)

    def _longest(
        self, text: str, words: Sequence[tuple[str, int, int]], position: int
    ) -> tuple[int, list[str]]:
        longest = self._longest_from.get(words[position][0], 0)
        for last in range(min(len(words), position + longest) - 1, position - 1, -1):
            key = tuple(word for word, _, _ in words[position : last + 1])
            ids = self._by_words.get(key)
            if not ids or _broken(text[words[position][1] : words[last][2]]):
                continue
            if not self._written_as_name(text, words[position : last + 1], key):
                continue
            whole = [id for id in ids if self._core[id] == key]
            return last, whole or ids
        return position, []

    def _brand_ahead(self, text: str, end: int) -> tuple[str, int] | None:
        """The brand that stands directly before a place, and where its word begins."""
        left = max(0, end - self._longest_brand)
        match = self._brand_before.search(text[left:end].lower())
        return (self._brand_words[match[1]], left + match.start()) if match else None

    def _written_as_name(
        self, text: str, words: Sequence[tuple[str, int, int]], key: tuple[str, ...]
    ) -> bool:
        """Whether words that could be plain ones are meant as a name."""
        if len(words) == 1 and _opens(text, words[0][1]) and _is_everyday(key[0]):
            return False
        capitals = all(text[start].isupper() or text[start].isdigit() for _, start, _ in words)
        if self._telling(key):
            return len(words) > 1 or capitals or has_cjk(text)
        if self._brand_ahead(text, words[0][1]):
            return True
        return len(words) > 1 and capitals

    def _named(self, text: str, ids: Sequence[str], start: int, end: int) -> Named:
        kept, wrong = list(ids), ""
        if before := self._brand_ahead(text, start):
            brand, start = before
            of_brand = [id for id in ids if self._brand[id] == brand]
            wrong = "" if of_brand else f"no {brand} product is called that"
            kept = of_brand or kept
            # "Asics' Nike Pegasus": a second brand ahead is one too many.
            other = self._brand_ahead(text, start)
            if other and other[0] != brand and text[other[1] : start].rstrip().endswith(_OWNS):
                wrong, start = f"no {other[0]} product is called that", other[1]
        after = _VERSION.match(text[end:].lower())
        versions = {w for id in kept for w in self._core[id] if any(c.isdigit() for c in w)}
        if after and versions and after[1] not in versions:
            wrong, end = f"the shop has {', '.join(sorted(versions))}", end + after.end()
        elif after and after[1] in versions:
            end += after.end()
        following = _NEXT.match(text[end:])
        if following and not wrong and not self._ordinary(following[1].lower(), kept):
            wrong, end = "no title goes on like that", end + following.end()
        while follows := _FOR_WHOM.match(text[end:]):
            whom = follows[1].lower().replace("’", "'")
            if whom.rstrip("'") not in {w.rstrip("'") for w in _AUDIENCE}:
                break
            titled = [id for id in kept if self._audience[id]]
            fitting = [id for id in titled if whom.rstrip("'") in self._audience[id]]
            if not titled:
                break
            if not fitting and not wrong:
                wrong = "the title is of another audience"
            kept, end = fitting or kept, end + follows.end()
        end += _PLURAL_OWNER.match(text[:end][-4:] + text[end : end + 1]) is not None
        return Named(tuple(dict.fromkeys(kept)), start, end, wrong)

    def _ordinary(self, word: str, ids: Sequence[str]) -> bool:
        """Whether a word behind a name is none that would make it another product's."""
        if word in self._plain or word in _AUDIENCE or word in self._brand_words:
            return True
        return word in " ".join(self._brand_words) or any(word in self._core[id] for id in ids)

    def _by_chinese_title(self, text: str) -> Iterator[Named]:
        for match in self._chinese_names.finditer(text):
            key = re.sub(r"\s+", "", match.group()).lower()
            if ids := self._chinese.get(key):
                yield self._named(text, ids, match.start(), match.end())

    def _telling(self, words: tuple[str, ...]) -> bool:
        if len(words) == 1:
            word = words[0]
            mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
            long = len(word) >= 3 and any(c.isalpha() for c in word)
            return mixed or (long and word not in self._plain)
        own = [w for w in words if w not in STOPWORDS_EN_PLUS]
        return any(w not in self._plain and not w.isdigit() for w in own) or (
            any(any(c.isdigit() for c in w) for w in own) and any(w.isalpha() for w in own)
        )

    def _chinese_keys(self, product: Product) -> Iterator[str]:
        title = product.title_zh or ""
        if not has_cjk(title):
            return
        whole = re.sub(r"\s+", "", title).lower()
        yield whole
        pieces = title.lower().split()
        for place, (piece, following) in enumerate(zip(pieces, [*pieces[1:], ""], strict=True)):
            plain = any(word in piece for word in self._plain if has_cjk(word))
            if len(piece) < 2 or not has_cjk(piece) or plain or piece in self._brand_words:
                continue
            yield piece
            # With what goes on behind it, so that a version behind all of it is seen.
            for end in range(place + 2, len(pieces) + 1):
                if pieces[end - 1].isdigit():
                    break
                yield "".join(pieces[place:end])
            if following.isdigit():
                yield piece + following
            letters = re.sub(r"\d+$", "", piece)
            if letters != piece and len(letters) >= 2:
                yield letters


def _opens(text: str, start: int) -> bool:
    """Whether a place begins a sentence, where every word has a capital."""
    return not text[:start].strip(' *#->"“(') or text[:start].rstrip(' *"“(')[-1:] in ".!?:\n"


def _is_everyday(word: str) -> bool:
    return zipf_frequency(word, "en") >= _EVERYDAY


def _core(product: Product) -> tuple[str, ...]:
    words = [m.group().lower().replace("’", "'") for m in _WORD.finditer(product.title)]
    brand = [m.group().lower() for m in _WORD.finditer(product.brand or "")]
    if words[: len(brand)] == brand and len(words) > len(brand):
        words = words[len(brand) :]
    while len(words) > 1 and words[-1] in _AUDIENCE - {"kids", "kids'"}:
        words.pop()
    return tuple(words)


def _broken(text: str) -> bool:
    """Whether more than spaces and hyphens stand between the words of a name."""
    return re.search(r"[,，;；:：()|\n。]", text) is not None
