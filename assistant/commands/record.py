"""``shopguide record``: kept conversations as a suite, with identities removed."""

from __future__ import annotations

import random
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from assistant.commands.console import Steps, say, tell
from assistant.commands.shop import open_indexes
from assistant.database.connection import Database
from assistant.feedback.feedback import Thumb
from assistant.profile.notice import notice
from assistant.settings import Settings
from evals.recording.identity import Kind
from evals.recording.line_file import check_free
from evals.recording.scrubber import Scrubber
from evals.recording.shop_words import ShopWords
from evals.recording.suite_line import suite_line
from evals.recording.threads import Wanted, read_thread, thread_ids
from retrieval.advice import AdviceBook
from retrieval.errors import ShopGuideError, UnknownCatalogue
from retrieval.whole_file import PRIVATE, written_whole

_CALLED: dict[Kind, tuple[str, str]] = {
    "name": ("name", "names"),
    "email": ("e-mail address", "e-mail addresses"),
    "phone": ("phone number", "phone numbers"),
    "card": ("payment card", "payment cards"),
    "account": ("bank account", "bank accounts"),
    "id": ("identity document", "identity documents"),
    "order": ("order or other reference", "order or other references"),
    "number": ("long number", "long numbers"),
    "address": ("address", "addresses"),
    "link": ("link", "links"),
    "handle": ("handle", "handles"),
    "secret": ("password or code", "passwords or codes"),
    "birthday": ("date of birth", "dates of birth"),
}


@dataclass(frozen=True)
class RecordOptions:
    """What is recorded, and how.

    Attributes:
        since_days: only what went on in the last days.
        thread: only the conversation of this id.
        catalog: only those of this catalogue.
        limit: how many at most; the last ones.
        expects: whether what was answered is expected too.
        strangers: whether what was known of the shoppers stays behind.
        replace: whether a file that is there may go.
        feedback: only those with a turn that got this thumb, or any.
        notices: versions of a shop's own notice that say that conversations may be used for tests.
    """

    since_days: float | None = None
    thread: str | None = None
    catalog: str | None = None
    limit: int | None = None
    expects: bool = False
    strangers: bool = False
    replace: bool = False
    feedback: Thumb | Literal["any"] | None = None
    notices: Sequence[str] = ()


def record(settings: Settings, out: Path, options: RecordOptions) -> None:
    """Writes kept conversations as lines of a suite, and says what was taken out of them.

    Args:
        settings: say where the database and the indexes are.
        out: the file; only its owner may read it.
        options: which conversations.

    Raises:
        BadInput: the file may not be written.
        ShopGuideError: there is no such conversation.
    """
    check_free(out, replace=options.replace)
    lines = turns = 0
    replaced: Counter[Kind] = Counter()
    with Steps() as steps, closing(Database(settings.database_url)) as database:
        with database.reading() as session:
            ids = thread_ids(session, _wanted(options))
        if not ids:
            raise ShopGuideError(
                "There is no such conversation. Only those of shoppers who have agreed to be "
                "remembered are kept, and only those under a notice that speaks of tests are taken."
            )
        # The order of the lines tells nothing of when each was spoken.
        random.SystemRandom().shuffle(ids)
        shop_of = _shops(settings, steps)
        with written_whole(out, mode=PRIVATE) as file:
            for done, id in enumerate(ids, start=1):
                with database.reading() as session:
                    thread = read_thread(session, id)
                if thread is None:
                    continue
                words, advice = shop_of(thread.catalog)
                scrubber = Scrubber(words)
                line = suite_line(
                    thread,
                    id=f"recorded-{secrets.token_hex(6)}",
                    scrubber=scrubber,
                    advice=advice,
                    rates=settings.rates,
                    expects=options.expects,
                    known=not options.strangers,
                )
                file.write(line.model_dump_json(exclude_defaults=True) + "\n")
                lines, turns = lines + 1, turns + len(line.turns)
                replaced += scrubber.replaced
                steps.show(done, len(ids), "recording conversations")
            check_free(out, replace=options.replace)  # another may have come meanwhile
    say(
        f"{out} has {_counted(lines, 'conversation', 'conversations')} with "
        f"{_counted(turns, 'message', 'messages')}. Replaced: {_told(replaced)}."
    )
    tell(
        "A person should read it before it is shared: what tells of somebody in words that no "
        "pattern knows is still there."
    )


def _wanted(options: RecordOptions) -> Wanted:
    days = options.since_days
    return Wanted(
        notices=(*notice().allowing_tests, *options.notices),
        since=None if days is None else datetime.now(UTC) - timedelta(days=days),
        thread=options.thread,
        catalog=options.catalog,
        limit=options.limit,
        feedback=options.feedback,
    )


def _shops(
    settings: Settings, steps: Steps
) -> Callable[[str], tuple[ShopWords, AdviceBook | None]]:
    """What is the shop's, by the catalogue's name; each is looked at once."""
    known: dict[str, tuple[ShopWords, AdviceBook | None]] = {}

    def shop_of(name: str) -> tuple[ShopWords, AdviceBook | None]:
        if name not in known:
            try:
                wanted = settings.model_copy(update={"catalog": name})
                index = open_indexes(wanted, steps).open(name)
                known[name] = ShopWords.of(index), index.advice
            except UnknownCatalogue:
                tell(
                    f"The catalogue {name} is gone: names of its products may be taken for "
                    "those of people."
                )
                known[name] = ShopWords(()), None
        return known[name]

    return shop_of


def _told(replaced: Counter[Kind]) -> str:
    told = [_counted(count, *_CALLED[kind]) for kind, count in replaced.most_common()]
    return _listed(told) if told else "nothing"


def _listed(items: Sequence[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
