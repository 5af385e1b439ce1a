"""Counts of shoppers made differentially private, by OpenDP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

_HIGHEST = 2**31 - 1  # of the numbers that the library searches among


@dataclass(frozen=True)
class Noisy:
    """Counts that may be shown.

    Attributes:
        counts: with noise; those below ``threshold`` are not there.
        epsilon, delta: what letting them out costs at most, as the library proves it.
        scale: of the Laplace noise; 95 % of its draws lie within three times that.
        threshold: the least noisy count that is let out.
    """

    counts: Mapping[str, int]
    epsilon: float
    delta: float
    scale: float
    threshold: int


class Mechanism(Protocol):
    """Makes counts private."""

    def __call__(
        self,
        counts: Mapping[str, int],
        *,
        epsilon: float,
        delta: float,
        most: int,
        at_most: int,
        fewest: int,
    ) -> Noisy:
        """Noisy counts; see ``laplace_threshold``."""


def laplace_threshold(
    counts: Mapping[str, int],
    *,
    epsilon: float,
    delta: float,
    most: int,
    at_most: int,
    fewest: int,
) -> Noisy:
    """Adds discrete Laplace noise, and drops what is below a threshold.

    The threshold hides that a term is there at all: one that only few shoppers brought in comes out
    with a probability of at most ``delta``. This is the stability-based histogram of Korolova et
    al. 2009 as OpenDP's ``make_laplace_threshold`` has it (proof: Rogers 2023, arXiv:2309.09170),
    with noise exact on integers and from the system's secure source (Canonne, Kamath and Steinke
    2020).

    Args:
        counts: how many shoppers each term counts.
        epsilon, delta: what may be spent.
        most: how many counts one shopper can move by one, all terms together.
        at_most: by how much one shopper can move one count.
        fewest: the least noisy count that is let out, however small the noise.
    """
    # A native library of 100 MB in memory, which only a release needs.
    import opendp.prelude as dp

    dp.enable_features("contrib")
    domain = dp.map_domain(dp.atom_domain(T="String"), dp.atom_domain(T="i64"))
    metric = dp.l01inf_distance(dp.absolute_distance(T="i64"))
    scale = most / epsilon
    one_shopper = (most, most, at_most)

    def measurement(threshold: int) -> dp.Measurement:
        return dp.m.make_laplace_threshold(domain, metric, scale=scale, threshold=threshold)

    def costs(threshold: int) -> tuple[float, float]:
        proven: tuple[float, float] = measurement(threshold).map(one_shopper)  # type: ignore[no-untyped-call]
        return proven

    def hides(threshold: float) -> bool:
        return costs(int(threshold))[1] <= delta

    bounds = (at_most + 1, _HIGHEST)
    threshold = max(int(dp.binary_search(hides, bounds=bounds, T=int)), fewest)
    spent_epsilon, spent_delta = costs(threshold)
    let_out: dict[str, int] = measurement(threshold)(dict(counts)) if counts else {}
    return Noisy(let_out, spent_epsilon, spent_delta, scale, threshold)
