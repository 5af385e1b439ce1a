"""The picture beside the tables: latency and recall by how much a filter leaves."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from evals.retrieval.measures import quantile
from evals.retrieval.stores import OURS, Timing
from evals.retrieval.tables import percent


def draw(timings: Sequence[Timing], products: int, path: Path) -> None:
    """Draws p95 and recall of each store at each filter into an SVG file.

    Args:
        timings: of the comparison; nothing is drawn where there are none.
        products: in the catalogue compared on.
        path: its folder is made where it is missing.
    """
    if not timings:
        return
    import matplotlib as mpl  # takes a second, which only this needs
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "shopguide", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(10.5, 4), layout="constrained")
        speed, quality = figure.subplots(1, 2)
        shares = sorted({t.share for t in timings}, reverse=True)
        places = range(len(shares))
        stores = list(dict.fromkeys(t.store for t in timings))
        for number, store in enumerate(stores):
            for hybrid in (False, True):
                cells = [_of(timings, store, share, hybrid) for share in shares]
                if not all(cells):
                    continue
                style = {
                    "color": f"C{number}",
                    "marker": "o",
                    "markersize": 4,
                    "linewidth": 2.2 if store == OURS else 1.2,
                }
                speed.plot(
                    places,
                    [quantile([ms for t in cell for ms in t.ms], 0.95) for cell in cells],
                    linestyle="--" if hybrid else "-",
                    label=f"{store}, with text" if hybrid else store,
                    **style,
                )
                if not hybrid:
                    quality.plot(
                        places,
                        [statistics.fmean(r for t in cell for r in t.recalls) for cell in cells],
                        **style,
                    )
        speed.set(yscale="log", ylabel="p95, ms", title=f"Search, {products:,} products, k = 10")
        quality.set(ylim=(0, 1.03), ylabel="recall@10", title="Vector part against exact search")
        for axes in (speed, quality):
            axes.set_xticks(list(places), [percent(share) for share in shares])
            axes.set_xlabel("of the catalogue left by the filter")
            axes.grid(alpha=0.3)
        figure.legend(*speed.get_legend_handles_labels(), loc="outside right center", fontsize=7)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


def _of(timings: Sequence[Timing], store: str, share: float, hybrid: bool) -> list[Timing]:
    return [t for t in timings if (t.store, t.share, t.hybrid) == (store, share, hybrid)]
