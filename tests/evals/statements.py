"""Statements over a catalogue that are true or false by construction, in both languages."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from retrieval.product import Product

# A field, then a value, and how a reply says it in English and Chinese.
SAID = """\
arch_support | neutral | neutral support | 中性支撑
arch_support | stability | stability support | 稳定支撑
arch_support | motion control | motion control | 运动控制
upper | mesh | a mesh upper | 网面鞋面
upper | leather | a leather upper | 皮革鞋面
upper | suede | a suede upper | 麂皮鞋面
upper | knit | a knit upper | 针织鞋面
upper | canvas | a canvas upper | 帆布鞋面
cushioning | minimal | minimal cushioning | 极少缓震
cushioning | moderate | moderate cushioning | 适中缓震
cushioning | high | high cushioning | 高缓震
cushioning | max | maximum cushioning | 顶级缓震
closure | laces | a lace-up closure | 系带
closure | slip-on | a slip-on closure | 一脚蹬
closure | strap | a velcro strap | 魔术贴
plate | none | no plate | 无碳板
plate | carbon | a carbon plate | 碳板
width | wide | a wide fit | 宽楦
width | extra wide | an extra wide fit | 超宽楦
width | narrow | a narrow fit | 窄楦
"""
NAMES: dict[str, dict[str, tuple[str, str]]] = {}
for _line in SAID.splitlines():
    _field, _value, _en, _zh = _line.split(" | ")
    NAMES.setdefault(_field, {})[_value] = (_en, _zh)
COLORS = {
    "black": "黑色",
    "white": "白色",
    "blue": "蓝色",
    "green": "绿色",
    "red": "红色",
    "pink": "粉色",
}
POLICIES = (
    ("It comes with free shipping.", "这双鞋包邮。"),
    ("You can return it within 30 days.", "支持七天无理由退货。"),
    ("It has a two-year warranty.", "保修两年。"),
    ("Orders arrive with next-day delivery.", "下单后次日达。"),
    ("Use a coupon for another ten dollars.", "可以用优惠券再减十元。"),
)  # fmt: skip
UNCARRIED = (("Gucci", "古驰"), ("Fila", "斐乐"), ("Zara", "优衣库"), ("Chanel", "香奈儿"))
STOCKED = {"in_stock", "preorder", "backorder"}


@dataclass(frozen=True)
class Statement:
    """A text, what is offered with it, and whether it is true."""

    text: str
    language: str
    offered: tuple[str, ...] = ()


Pair = tuple[Statement | None, Statement | None]
"""A true and a false statement of one kind about one product."""


def statements(products: Sequence[Product], seed: int) -> tuple[list[Statement], list[Statement]]:
    """True ones and false ones, all kinds over all products, in a drawn order."""
    draw = random.Random(seed)
    true: list[Statement] = []
    false: list[Statement] = []
    for product in products:
        other = draw.choice([p for p in products if p.brand != product.brand])
        for kind in KINDS:
            for language in ("en", "zh"):
                for right, wrong in kind(product, other, language, products, draw):
                    true += [right] if right else []
                    false += [wrong] if wrong else []
    draw.shuffle(true)
    draw.shuffle(false)
    return true, false


def name(product: Product, language: str) -> str:
    """A product's name as a reply in that language writes it."""
    return product.title_zh if language == "zh" and product.title_zh else product.title


def _say(language: str, product: Product, en: str, zh: str) -> Statement:
    pattern = en if language == "en" else zh
    return Statement(pattern.format(name=name(product, language)), language, (product.id,))


def _money(language: str, amount: float) -> str:
    text = f"{amount:.2f}".removesuffix(".00")
    return f"${text}" if language == "en" else f"{text}美元"


def price(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    amount = float(p.effective_price)
    off = amount + draw.choice([-7, 10, 15, -12.5])
    near = {float(p.price), amount}
    texts = draw.choice([
        ("{{name}} costs {m}.", "{{name}}售价{m}。"),
        ("At {m}, {{name}} is good value.", "{{name}}只要{m}，性价比不错。"),
        ("I recommend {{name}} [1]. It costs {m}.", "推荐{{name}} [1]。价格是{m}。"),
        ("**{{name}}** – Price: {m}", "**{{name}}**：价格 {m}"),
    ])  # fmt: skip
    made = [
        _say(
            language,
            p,
            texts[0].format(m=_money(language, m)),
            texts[1].format(m=_money(language, m)),
        )
        for m in (amount, off)
    ]
    yield made[0], made[1] if off not in near else None


def rating(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    if p.rating is None or p.rating_count is None:
        return
    forms = [
        ("{{name}} is rated {r} out of 5 by {c} people.", "{{name}}评分{r}分，{c}人评价。"),
        ("{{name}} has {r} stars from {c} reviews.", "{{name}}有{c}条评价，评分为{r}。"),
    ]
    en, zh = draw.choice(forms)
    wrong = round(p.rating - 0.3, 1)
    yield (
        _say(
            language,
            p,
            en.format(r=p.rating, c=p.rating_count),
            zh.format(r=p.rating, c=p.rating_count),
        ),
        _say(
            language, p, en.format(r=wrong, c=p.rating_count), zh.format(r=wrong, c=p.rating_count)
        ),
    )
    yield (
        None,
        _say(
            language,
            p,
            en.format(r=p.rating, c=p.rating_count + 37),
            zh.format(r=p.rating, c=p.rating_count + 37),
        ),
    )


def measure(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    weight, drop = p.attributes.get("weight_g"), p.attributes.get("heel_drop_mm")
    en, zh = "{{name}} weighs {n:g} g.", "{{name}}重量{n:g}克。"
    if isinstance(weight, float):
        yield (
            _say(language, p, en.format(n=weight), zh.format(n=weight)),
            _say(language, p, en.format(n=weight - 23), zh.format(n=weight - 23)),
        )
    else:
        yield None, _say(language, p, en.format(n=251), zh.format(n=251))
    if isinstance(drop, float):
        en, zh = "{{name}} has a heel drop of {n:g} mm.", "{{name}}前后掌落差{n:g}毫米。"
        yield (
            _say(language, p, en.format(n=drop), zh.format(n=drop)),
            _say(language, p, en.format(n=drop + 3), zh.format(n=drop + 3)),
        )


def attribute(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    for field, names in NAMES.items():
        held = p.values(field)
        right = next((v for v in names if v in held and v not in {"standard"}), None)
        wrong = next(
            (
                v
                for v in draw.sample(list(names), len(names))
                if v not in held and not _covered(v, held)
            ),
            None,
        )
        if right is None and draw.random() < 0.5:
            wrong = None
        made = []
        for value in (right, wrong):
            if value is None:
                made.append(None)
                continue
            en, zh = names[value]
            made.append(_say(language, p, f"{{name}} has {en}.", f"{{name}}采用{zh}。"))
        yield made[0], made[1]
    for field, en, zh in (
        ("waterproof", "waterproof", "防水"),
        ("breathable", "breathable", "透气"),
    ):
        held = p.values(field)
        is_so = _say(language, p, f"{{name}} is {en}.", f"{{name}}{zh}。")
        is_not = _say(language, p, f"{{name}} is not {en}.", f"{{name}}不{zh}。")
        if held:
            yield (is_so, is_not) if held[0] else (is_not, is_so)
        elif zh not in (p.description + (p.title_zh or "")) and en not in p.description.lower():
            yield None, is_so


def _covered(value: str, held: Sequence[object]) -> bool:
    higher = {
        "wide": "extra wide",
        "high": "max",
        "moderate": "high",
        "minimal": "moderate",
        "stability": "motion control",
    }
    while value in higher:
        value = higher[value]
        if value in held:
            return True
    return False


def color_and_size(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    there = {(v.color, v.size) for v in p.variants if v.availability in STOCKED}
    known = [(c, s) for c, s in sorted(there, key=str) if c in COLORS and s]
    if not known:
        return
    color, size = draw.choice(known)
    lacking = [
        (c, s) for c in COLORS for s in ("35", "38", "42", "44", "46", "48") if (c, s) not in there
    ]
    other_color, other_size = draw.choice(lacking)
    en, zh = "{{name}} is in stock in {c}, size {s}.", "{{name}}有{c}{s}码现货。"
    yield (
        _say(language, p, en.format(c=color, s=size), zh.format(c=COLORS[color or ""], s=size)),
        _say(
            language,
            p,
            en.format(c=other_color, s=other_size),
            zh.format(c=COLORS[other_color], s=other_size),
        ),
    )
    absent = [c for c in COLORS if c not in {v.color for v in p.variants} | set(p.values("color"))]
    if absent:
        yield (
            _say(
                language, p, f"{{name}} comes in {color}.", f"{{name}}有{COLORS[color or '']}款。"
            ),
            _say(
                language, p, f"{{name}} comes in {absent[0]}.", f"{{name}}有{COLORS[absent[0]]}款。"
            ),
        )


def stock(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    shelved = not p.variants or any(v.availability in STOCKED for v in p.variants)
    there = p.availability in STOCKED and shelved
    is_in = _say(language, p, "{name} is in stock.", "{name}有货。")
    is_out = _say(language, p, "{name} is out of stock.", "{name}缺货。")
    yield (is_in, is_out) if there else (is_out, is_in)


def two(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    a, b = float(p.effective_price), float(o.effective_price)
    if a == b or {float(p.price), a} & {float(o.price), b}:
        return
    for verdict in (True, False):
        first, second = (a, b) if verdict else (b, a)
        m, n = _money(language, first), _money(language, second)
        text = (
            f"{p.title} [1] costs {m}, while {o.title} [2] costs {n}."
            if language == "en"
            else f"{name(p, 'zh')} [1]售价{m}，{name(o, 'zh')} [2]售价{n}。"
        )
        made = Statement(text, language, (p.id, o.id))
        yield (made, None) if verdict else (None, made)
    low, high = (p, o) if a < b else (o, p)
    for x, y, right in ((low, high, True), (high, low, False)):
        text = (
            f"{x.title} is cheaper than {y.title}."
            if language == "en"
            else f"{name(x, 'zh')}比{name(y, 'zh')}便宜。"
        )
        made = Statement(text, language, (x.id, y.id))
        yield (made, None) if right else (None, made)
    text = f"{p.title} [2] is a fine shoe." if language == "en" else f"{name(p, 'zh')} [2]不错。"
    yield None, Statement(text, language, (p.id, o.id))


def brand(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    if not p.brand or not o.brand:
        return
    yield (
        _say(language, p, f"{{name}} is made by {p.brand}.", f"{{name}}的品牌是{p.brand}。"),
        _say(language, p, f"{{name}} is made by {o.brand}.", f"{{name}}的品牌是{o.brand}。"),
    )
    en, zh = draw.choice(UNCARRIED)
    yield (
        _say(
            language,
            p,
            f"We do not carry {en}; {{name}} is near.",
            f"本店不卖{zh}，可以看看{{name}}。",
        ),
        _say(
            language,
            p,
            f"{{name}} goes well with our {en} range.",
            f"除了{{name}}，我们还推荐{zh}的新款。".replace("除了", "和"),
        ),
    )


def superlative(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    there = [x for x in all if x.availability != "out_of_stock"]
    if p not in there:
        return
    extremes: tuple[tuple[str, str, Callable[[Product], float | None], bool], ...] = (
        ("cheapest", "最便宜", lambda x: float(x.effective_price), True),
        ("most expensive", "最贵", lambda x: float(x.effective_price), False),
        ("best rated", "评分最高", lambda x: x.rating, False),
    )
    for en, zh, value, least in extremes:
        own = value(p)
        known = [v for v in map(value, there) if v is not None]
        if own is None:
            continue
        is_first = own == (min(known) if least else max(known))
        made = _say(language, p, f"The {en} of all we have is {{name}}.", f"全店{zh}的是{{name}}。")
        yield (made, None) if is_first else (None, made)


def policy(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    en, zh = draw.choice(POLICIES)
    yield (
        _say(
            language,
            p,
            "I like {name}. I have no information on returns.",
            "推荐{name}。我不清楚退货政策。",
        ),
        _say(language, p, f"I like {{name}}. {en}", f"推荐{{name}}。{zh}"),
    )


def invented(
    p: Product, o: Product, language: str, all: Sequence[Product], draw: random.Random
) -> Iterator[Pair]:
    en, zh = f"Take a look at the {p.brand} Zephyron 77.", f"可以看看{p.brand} Zephyron 77。"
    yield None, Statement(en if language == "en" else zh, language, (p.id,))


KINDS = (
    price,
    rating,
    measure,
    attribute,
    color_and_size,
    stock,
    two,
    brand,
    superlative,
    policy,
    invented,
)
