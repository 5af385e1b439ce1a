"""A long queue: the urgent ones are seen however many wait, and that more wait is said."""

from datetime import timedelta

from conftest import START
from test_desk import Browser, anna, http, staff

from assistant.app import Assistant
from assistant.desk.tables import CaseRow

__all__ = ["anna", "http", "staff"]


def open_cases(assistant: Assistant, numbers: range, **own: str) -> None:
    """Opens cases, a second after the other.

    Args:
        assistant: of the shop.
        numbers: of the cases.
        own: values other than those of any case.
    """
    with assistant.database.writing() as session:
        for number in numbers:
            time = START + timedelta(seconds=number)
            row = CaseRow(
                id=f"c{number}", thread_id=f"t{number}", shopper_id=f"g{number}", catalog="shoes",
                language="en", status="waiting", trigger="person", urgency="normal",
                sentiment="neutral", wishes=[], tried=[], orders=[], staff=None,
                remembered=False, after_hours=False, turns=1, opened=time, waiting_since=time,
                updated=time, closed=None,
            )  # fmt: skip
            for name, value in own.items():
                setattr(row, name, value)
            session.add(row)


def test_an_urgent_case_is_first_however_many_wait(assistant: Assistant) -> None:
    open_cases(assistant, range(1), status="returned")
    open_cases(assistant, range(1, 2), status="person", urgency="high")
    open_cases(assistant, range(2, 1100))
    open_cases(assistant, range(1100, 1101), urgency="high", trigger="safety")
    shown = [case.id for case in assistant.desk.queue()]
    assert shown == ["c1100", *(f"c{number}" for number in range(2, 201)), "c1"]
    assert assistant.desk.open_count() == 1101


async def test_the_page_says_that_more_wait(assistant: Assistant, anna: Browser) -> None:
    open_cases(assistant, range(200))
    assert "than are shown here" not in (await anna.get("/desk")).text
    state = (await anna.get("/desk/state")).json()
    open_cases(assistant, range(200, 203))
    assert "3 more are open than are shown here" in (await anna.get("/desk")).text
    # The page that polls hears of it.
    assert (await anna.get("/desk/state")).json() != state
