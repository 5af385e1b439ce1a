"""What is noted of a row while it is made a product."""

from __future__ import annotations

from retrieval.importing.findings import Flaw
from retrieval.importing.reasons import Reason
from retrieval.importing.report import Remark
from retrieval.importing.text import strip_hidden

# A hostile row could give thousands; each reason is noted once at least.
_MOST_REMARKS = 20


class Notes:
    """What is noted of one row: what was mended, why it is refused, which flaws it shows.

    A row that is refused is still read to its end, so that every flaw of it is counted.

    Attributes:
        remarks: what was mended, in the order of reading.
        refusal: why the row is no product; the first reason stands.
        flaws: what the row adds to the file's findings.
    """

    def __init__(self) -> None:
        self.remarks: list[Remark] = []
        self.refusal: Remark | None = None
        self.flaws: set[Flaw] = set()

    def mended(self, reason: Reason, field: str = "", detail: str = "") -> None:
        """Notes a change of the row."""
        if len(self.remarks) < _MOST_REMARKS or all(r.reason is not reason for r in self.remarks):
            self.remarks.append(remark(reason, field, detail))

    def refuse(self, reason: Reason, field: str = "", detail: str = "") -> None:
        """Notes why the row cannot be a product."""
        if self.refusal is None:
            self.refusal = remark(reason, field, detail)


def remark(reason: Reason, field: str = "", detail: str = "") -> Remark:
    """A remark whose texts are cut and free of hidden characters."""
    return Remark(reason=reason, field=field[:100], detail=strip_hidden(detail[:400])[:200])
