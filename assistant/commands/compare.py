"""``shopguide compare``: two runs of suites, with what became better or worse beyond noise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from assistant.commands.console import say, tell
from evals.comparing.compare import compare as held_together
from evals.comparing.told import told
from evals.reports.html import write_comparison
from retrieval.errors import BadInput, ShopGuideError


def compare(
    before: Path,
    after: Path,
    *,
    systems: Sequence[str],
    listed: int,
    seed: int,
    html: Path | None,
    as_data: bool,
    fail_on_worse: bool,
) -> None:
    """Prints what a run answers better and worse than another.

    Args:
        before: the folder of a run; or a recorded suite, whose recorded answers are taken.
        after: the folder of the run that is held against it.
        systems: whose answers: one that both have, or one of each; none takes ShopGuide.
        listed: how many conversations of a kind are told with their answers.
        seed: of what is drawn.
        html: where the comparison is written as a page too.
        as_data: whether JSON is printed.
        fail_on_worse: whether a figure that is worse beyond noise ends with status 1.

    Raises:
        BadInput: the runs cannot be compared, or the page cannot be written.
        ShopGuideError: something is worse, and that was to be told so.
    """
    if html is not None and (html.is_dir() or not html.parent.is_dir()):
        raise BadInput(f"{html} is no file in a folder that is there.", field="html")
    found = held_together(before, after, systems=systems, seed=seed, listed=listed)
    if html is not None:
        write_comparison(found, html)
    say(found.model_dump_json(indent=2) if as_data else told(found), end="\n" if as_data else "")
    if html is not None:
        tell(f"Written to {html}.")
    if fail_on_worse and found.worse:
        names = "; ".join(dict.fromkeys(figure.title for figure in found.worse))
        raise ShopGuideError(f"Worse beyond noise: {names}.")
