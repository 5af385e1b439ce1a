"""True and false attributes, needs and stock of a couple of products."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sentence_couple import Couple, mentions, text_of
from sentence_wordings import Phrase

from retrieval.advice import Advice
from retrieval.product import Product, Variant
from retrieval.vocabulary import Term

# Values so near each other that claiming one where a record has the other is no plain lie.
_NEAR: Mapping[str, Sequence[frozenset[str]]] = {
    "cushioning": [frozenset({"high", "max"})],
    "upper": [
        frozenset({"mesh", "knit", "textile", "synthetic", "foam"}),
        frozenset({"leather", "suede"}),
    ],
    "terrain": [frozenset({"road", "city"}), frozenset({"court", "indoor"})],
    "closure": [frozenset({"laces", "quick lace", "laces and strap", "elastic laces"})],
    "plate": [frozenset({"carbon", "nylon"})],
    "arch_support": [frozenset({"stability", "motion control"})],
    "use": [
        frozenset({"daily training", "long runs", "speed work", "racing"}),
        frozenset({"walking", "everyday wear", "travel", "work", "hiking", "school"}),
        frozenset({"gym training", "weightlifting"}),
    ],
}
# Fields whose values a record lists in full, so that what is not listed is denied.
_CLOSED = ("width", "plate", "arch_support", "grinder", "fill")


def add_qualities(couple: Couple) -> None:
    """Adds what can be said of the products' kind, fit and stock, truly and falsely."""
    _attributes(couple)
    _needs(couple)
    _stock(couple)


def _attributes(couple: Couple) -> None:
    p, q = couple.p, couple.q
    phrases = couple.wordings.phrases
    true = [x for x in phrases if _sayable(x, p)]
    couple.rng.shuffle(true)
    plus = [x for x in true if x.value not in (False, "none")]
    if plus:
        couple.pick("says", plus[0].says)
        couple.pick("says2", [s for x in plus if x.field != plus[0].field for s in x.says])
    nouns = [x for x in plus if x.has]
    if nouns:
        couple.pick("has", nouns[0].has)
        couple.slots["has_bare"] = re.sub(r"^(?:an?|its) ", "", couple.slots["has"])
        couple.pick("has2", [h for x in nouns if x.field != nouns[0].field for h in x.has])
    fields = couple.index.columns.fields
    false = [x for x in phrases if x.field in fields and _false(couple, x, p)]
    couple.pick("false_says", [s for x in false for s in x.says])
    couple.pick("false_has", [h for x in false for h in x.has])
    moved = [x for x in false if _holds(x, q)]
    couple.pick("q_says", [s for x in moved for s in x.says])
    couple.pick("q_has", [h for x in moved for h in x.has])
    own = [x for x in true if _false(couple, x, q) and q.values(x.field)]
    couple.pick("p_says", [s for x in own for s in x.says])
    couple.pick("own_says", [s for x in own for s in x.says])
    couple.pick("own_has", [h for x in own for h in x.has])
    shared = [x for x in plus if _sayable(x, q)]
    if shared:
        couple.pick("shared_says", shared[0].says)
        couple.pick("shared_has", [h for x in shared for h in x.has])
    couple.pick("false_denies", [d for x in phrases if _holds(x, p) for d in x.denies])
    couple.pick(
        "denied",
        [s for x in true if x.value is False for s in x.says]
        + [d for x in false if x.field in _CLOSED and p.values(x.field) for d in x.denies],
    )
    silent = couple.wordings.data["silent"]
    alike = [x for x in couple.index.products if x.category[-1] == p.category[-1]]
    relevant = [f for f in silent if any(x.values(f) for x in alike)]
    couple.pick(
        "silent",
        [s for f in relevant if not p.values(f) and _untold(couple, f) for s in silent[f]],
    )
    couple.pick("told", [s for f in relevant if p.values(f) for s in silent[f]])
    wet = [x.attributes.get("waterproof") is False for x in (p, q)]
    couple.when(both_wet=all(wet))
    couple.when(dry_no=p.attributes.get("waterproof") is not True and _untold(couple, "waterproof"))


def _untold(couple: Couple, field: str) -> bool:
    vocabulary = couple.index.vocabulary
    words = [w for v in vocabulary.values(field) for w in vocabulary.words_for(Term(field, v))]
    words += vocabulary.labels().get(field, ())
    return not any(mentions(text_of(couple.p), word) for word in words)


def _false(couple: Couple, phrase: Phrase, product: Product) -> bool:
    """Whether the record speaks against a phrase, or is silent on it in every way."""
    values = product.values(phrase.field)
    if phrase.value is False:
        return values == [True]
    if phrase.value == "none":
        return bool(values) and "none" not in values
    if phrase.value in values or any(
        phrase.value in group and group & {str(v) for v in values}
        for group in _NEAR.get(phrase.field, ())
    ):
        return False
    if phrase.field == "width" and {"wide", "extra wide"} & {*map(str, values)}:
        return phrase.value == "extra wide"
    words = couple.index.vocabulary.words_for(Term(phrase.field, phrase.value))
    return not any(mentions(text_of(product), word) for word in words)


def _needs(couple: Couple) -> None:
    e, p, rng = couple.evidence, couple.p, couple.rng
    named = couple.wordings.data["needs"]
    row = couple.index.row(p.id)
    for entry in e.advice:
        if entry.id not in named or not _suits(couple, entry, p):
            continue
        couple.conditions.add("suits")
        couple.pick("need", named[entry.id])
        couple.slots["need_word"] = named[entry.id][0]
        reason = entry.reason[couple.language]
        if len(re.findall(r"[.。](?:\s|$)", reason)) == 1:
            couple.slots["reason"] = reason
        fields = {c.field for c in (*entry.require, *entry.prefer)}
        wanted = [
            x
            for x in couple.wordings.phrases
            if x.field in fields and _sayable(x, p) and _meets(entry, x)
        ]
        couple.pick("need_says", [s for x in wanted for s in x.says])
    wrong = [
        entry.id
        for entry in couple.index.advice
        if entry.id in named
        and entry.require
        and not couple.index.suiting(entry)[row]
        and not any(mentions(text_of(p), w) for ws in entry.words.values() for w in ws)
    ]
    # Half of what speaks for a product is too little.
    couple.pick(
        "half_need",
        [
            word
            for entry in couple.index.advice
            if entry.id in named
            and not entry.require
            and any(p.values(c.field) for c in entry.prefer)
            and not _suits(couple, entry, p)
            and not any(mentions(text_of(p), w) for ws in entry.words.values() for w in ws)
            for word in named[entry.id]
        ],
    )
    if wrong:
        asked = [entry.id for entry in e.advice if entry.id in wrong]
        pool = asked if asked and rng.random() < 0.7 else wrong
        couple.pick("wrong_need", named[rng.choice(pool)])


def _suits(couple: Couple, entry: Advice, product: Product) -> bool:
    """Whether a careful seller would call a product right for a need."""
    row, columns = couple.index.row(product.id), couple.index.columns
    if entry.require:
        return bool(columns.mask(entry.require)[row])
    told = [c for c in entry.prefer if product.values(c.field)]
    return bool(told) and bool(columns.mask(told)[row])


def _meets(entry: Advice, phrase: Phrase) -> bool:
    for condition in (*entry.require, *entry.prefer):
        wanted = condition.value if isinstance(condition.value, list) else [condition.value]
        if condition.field == phrase.field and condition.op in ("=", "in"):
            return phrase.value in wanted
    return False


def _stock(couple: Couple) -> None:
    p, rng = couple.p, couple.rng
    stocked = [v for v in p.variants if v.availability == "in_stock"]
    sizes = list(dict.fromkeys(v.size for v in stocked if v.size))
    everywhere = sorted({v.size for x in couple.index.products for v in x.variants if v.size})
    every = {v.size for v in p.variants if v.size}
    couple.pick("size", sizes)
    if sizes:
        couple.pick("no_size", [s for s in everywhere if s not in sizes])
        couple.pick("sold_size", [s for s in sorted(every) if s not in sizes])
        couple.slots["sizes"] = ("、" if couple.zh else ", ").join(couple.evidence.sizes(p))
        couple.when(some_out=bool(every - {*sizes}))
    colors = list(dict.fromkeys(v.color for v in stocked if v.color))
    mine = {*colors, *map(str, p.values("color")), *(v.color for v in p.variants)}
    if colors:
        couple.pick("color", [_color(couple, c) for c in colors])
        join = [_color(couple, c) for c in colors]
        couple.slots["colors"] = (
            "、".join(join) if couple.zh else re.sub(r", ([^,]+)$", r" and \1", ", ".join(join))
        )
        known = [str(v) for v in couple.index.vocabulary.values("color")]
        absent = [
            c
            for c in known
            if c not in mine
            and not any(
                mentions(text_of(p), w) for w in couple.index.vocabulary.words_for(Term("color", c))
            )
            and not ({c, *map(str, mine)} >= {"blue", "navy"})
        ]
        couple.pick("no_color", [_color(couple, c) for c in absent])
    pairs = [v for v in stocked if v.size and v.color]
    if pairs:
        pair: Variant = rng.choice(pairs)
        couple.slots |= {"c_color": _color(couple, pair.color or ""), "c_size": pair.size or ""}
        held = {(v.size, v.color) for v in pairs}
        wrong = [(s, c) for s in sizes for c in colors if (s, c) not in held]
        if wrong:
            size, color = rng.choice(wrong)
            couple.slots |= {"x_size": size, "x_color": _color(couple, color)}


def _color(couple: Couple, color: str) -> str:
    return couple.index.vocabulary.display(Term("color", color), couple.language)


def _holds(phrase: Phrase, product: Product) -> bool:
    return phrase.value in product.values(phrase.field)


def _sayable(phrase: Phrase, product: Product) -> bool:
    """Whether a careful seller would say it: it holds, and nothing beside it weakens it."""
    values = product.values(phrase.field)
    if not _holds(phrase, product):
        return False
    if phrase.field in ("upper", "arch_support", "cushioning", "closure"):
        return len(values) == 1
    return not (phrase.field == "width" and phrase.value == "narrow" and "wide" in values)
