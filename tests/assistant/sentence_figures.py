"""True and false prices, numbers and ratings of a couple of products."""

from __future__ import annotations

from sentence_couple import Couple

from tools.ranking import field_number

_SPELLED = {
    "en": {"nineteen": 19, "thirty-nine": 39, "ninety-nine": 99, "four hundred": 400},
    "zh": {"十九": 19, "三十九": 39, "九十九": 99, "四百": 400},
}


def add_figures(couple: Couple) -> None:
    """Adds what can be said in numbers, truly and falsely."""
    _money(couple)
    _numbers(couple)
    _ratings(couple)


def _money(couple: Couple) -> None:
    e, p, q, rng = couple.evidence, couple.p, couple.q, couple.rng
    paid, other = float(p.effective_price), float(q.effective_price)
    couple.slots |= {"price": couple.price(paid), "qprice": couple.price(other)}
    prices = [float(x.effective_price) for x in couple.scene.shown]
    known = {v for x in couple.scene.shown for v in (float(x.price), float(x.effective_price))}
    low, high = e.extremes["price"]
    couple.when(
        cheaper=paid < other,
        dearer=paid > other,
        same_price=paid == other,
        apart=paid != other,
        sale=p.on_sale,
        nosale=not p.on_sale,
        cents=paid % 5 != 0,
        cheapest=paid == low and prices.count(low) == 1,
        dearest=paid == high and prices.count(high) == 1,
        not_cheapest=paid > min(prices),
        not_dearest=paid < max(prices),
        low=paid == min(prices) and prices.count(paid) == 1,
        high=paid == max(prices) and paid > min(prices),
    )
    gap = round(abs(paid - other), 2)
    if gap:
        couple.slots |= {"diff": couple.price(gap), "other_price": couple.price(other)}
        if other == float(p.price):
            del couple.slots["other_price"]
        couple.slots["bad_diff"] = couple.price(round(gap * 1.5) + 7)
    if p.on_sale:
        saved = round(float(p.price) - paid, 2)
        couple.slots |= {"list": couple.price(float(p.price)), "saved": couple.price(saved)}
    above = max(paid, other) // 10 * 10 + 10
    couple.slots["above"] = couple.price(above)
    budgets = [float(w.value) for w in e.need.find("price") if isinstance(w.value, float)]
    for budget in budgets:
        assert paid <= budget, "What is shown meets the budget."
        couple.slots["budget"] = couple.price(budget)
        if paid < budget:
            couple.conditions.add("in_budget")
            couple.slots["left"] = couple.price(round(budget - paid, 2))
    known |= {paid + other, *budgets, gap, *(round(b - paid, 2) for b in budgets)}
    wrong = [n for n in range(9, 400) if n not in known and abs(n - paid) >= 1]
    couple.slots |= {
        "bad_price": couple.price(rng.choice(wrong)),
        "far_price": couple.price(rng.choice([n for n in wrong if abs(n / paid - 1) > 0.3])),
        "bad_list": couple.price(rng.choice([n for n in wrong if n > max(known)] or [999])),
        "bad_saved": couple.price(rng.choice([n for n in wrong if n < 60])),
        "too_low": couple.price(int(paid * 0.7)),
        "rounded": couple.price(round(paid / 5) * 5),
    }
    couple.pick("spelled", [w for w, n in _SPELLED[couple.language].items() if n not in known])
    for code, name, forms in (
        ("EUR", "euros", ("{:g}欧元", "€{:g}") if couple.zh else ("€{:g}", "{:g} euros")),
        ("GBP", "pounds", ("{:g}英镑", "£{:g}") if couple.zh else ("£{:g}", "{:g} pounds")),
        ("CNY", "yuan", ("{:g}元", "¥{:g}") if couple.zh else ("¥{:g}", "{:g} yuan")),
    ):
        if couple.index.currency != code:
            couple.slots[name] = rng.choice(forms).format(paid)


def _numbers(couple: Couple) -> None:
    p, q, rng = couple.p, couple.q, couple.rng
    weight, other = field_number(p, "weight_g"), field_number(q, "weight_g")
    weights = [field_number(x, "weight_g") for x in couple.scene.shown]
    grams = ("{:g} 克", "{:g}克", "{:g} g") if couple.zh else ("{:g} g", "{:g} grams", "{:g}g")
    if weight:
        couple.pick("weight", [f.format(weight) for f in grams])
        couple.slots["kilos"] = f"{weight / 100:g} kg"
    else:
        couple.slots["kilos"] = "1.4 kg"
    couple.when(not_half=weight is None or abs(weight - 500) > 150)
    wrong = rng.choice([n for n in range(150, 450) if n not in weights])
    couple.slots["bad_weight"] = rng.choice(grams).format(wrong)
    if weight and other and weight != other:
        gap = abs(weight - other)
        couple.slots |= {
            "qweight": rng.choice(grams).format(other),
            "wdiff": rng.choice(grams).format(gap),
            "bad_wdiff": rng.choice(grams).format(gap * 2 + 3),
        }
        couple.when(lighter=weight < other, heavier=weight > other)
    couple.when(not_lighter="lighter" not in couple.conditions)
    told = [w for w in weights if w is not None]
    least = couple.evidence.extremes.get("weight_g", (0, 0))[0]
    couple.when(
        lightest=weight == least and len(told) == len(weights) and told.count(least) == 1,
        not_lightest=weight is not None and weight > min(told),
    )
    for field, name, forms, wrongs in (
        ("heel_drop_mm", "drop", ("{:g} mm", "{:g}毫米" if couple.zh else "{:g}mm"), range(13)),
        ("tank_l", "tank", ("{:g} 升",) if couple.zh else ("{:g} l",), ()),
    ):
        number = field_number(p, field)
        if number is not None:
            couple.pick(name, [f.format(number) for f in forms])
        couple.pick(f"bad_{name}", [forms[0].format(n) for n in wrongs if n != number])


def _ratings(couple: Couple) -> None:
    p, q, rng = couple.p, couple.q, couple.rng
    ratings = [x.rating or 0.0 for x in couple.scene.shown]
    if p.rating is None:
        return
    assert p.rating < 5, "The wordings deny a perfect rating."
    high = couple.evidence.extremes["rating"][1]
    couple.slots["rating"] = f"{p.rating:g}"
    if q.rating is not None:
        couple.slots["qrating"] = f"{q.rating:g}"
        couple.when(
            higher_rated=p.rating > q.rating,
            lower_rated=p.rating < q.rating,
            ratings_apart=p.rating != q.rating,
        )
    couple.when(
        best_rated=p.rating == high and ratings.count(high) == 1,
        not_best_rated=p.rating < max(ratings),
    )
    wrong = [n / 10 for n in range(20, 50) if abs(n / 10 - p.rating) > 0.05]
    couple.slots["bad_rating"] = f"{rng.choice(wrong):g}"
    if p.rating_count:
        couple.slots["count"] = str(p.rating_count)
        counts = {x.rating_count for x in couple.scene.shown}
        couple.slots["bad_count"] = str(
            rng.choice([n for n in (17, 312, 499, 2048, 9001) if n not in counts])
        )
