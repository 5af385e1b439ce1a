"""Staff edit policies and hand-off rules: checked, looked at first, at once in force, undone."""

from __future__ import annotations

import errno
import html
import os
import re
import stat
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from scripted_model import ScriptedModel, reading
from test_desk import PASSWORD, Browser, logged_in, say

from assistant.app import Assistant
from assistant.desk.files import LANGUAGES, ShopFiles, digest, tidied
from assistant.desk.hours import DAYS
from assistant.desk.meanings import (
    HANDOFF,
    hours_in,
    policy_meaning,
    rules_meaning,
    with_hours,
)
from assistant.desk.ranking_rules import RANKING
from assistant.desk.rules import RuleBook, Trigger
from assistant.desk.staff import Staff
from assistant.errors import BadInput, FileChanged
from assistant.server import create_http
from assistant.settings import Settings
from retrieval.policies import PolicyFolder

RETURNS = "# Returns\n\n## How long you have\n\nYou can send shoes back within 30 days.\n"
HOURS = """\
hours:
  time_zone: Europe/Berlin
  week: {monday: ["09:00-12:00", "13:00-18:00"], saturday: ["10:00-24:00"]}
  holidays: [2026-12-25]
rules:
  anger: {enabled: false}
"""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    policies, rules = tmp_path / "policies", tmp_path / "handoff.yaml"
    (policies / "en" / "more").mkdir(parents=True)
    (policies / "en" / "returns.md").write_text(RETURNS, encoding="utf-8")
    (policies / "en" / "more" / "gifts.md").write_text("Gift cards never run out.\n")
    (policies / "en" / ".hidden.md").write_text("Nobody sees this.\n")
    rules.write_text(HOURS, encoding="utf-8")
    return settings.model_copy(update={"policies": policies, "handoff_rules": rules})


@pytest.fixture
def files(assistant: Assistant, settings: Settings) -> ShopFiles:
    return ShopFiles(
        assistant.database,
        policies=settings.policies,
        rules=settings.handoff_file,
        now=assistant.now,
    )


@pytest.fixture
def http(assistant: Assistant, settings: Settings) -> FastAPI:
    return create_http(assistant, settings)


@pytest.fixture
async def anna(http: FastAPI, assistant: Assistant) -> AsyncIterator[Browser]:
    Staff(assistant.database, now=assistant.now).put("Anna", PASSWORD)
    async with logged_in(http, "Anna") as browser:
        yield browser


def fields(page: str) -> dict[str, str]:
    """What the form of a page would send."""
    found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    found = {name: html.unescape(value) for name, value in found.items()}
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.S)
    assert text is not None
    return {**found, "text": html.unescape(text[1])}


async def edit(anna: Browser, name: str, text: str) -> httpx.Response:
    """Goes the way that staff go: opens, looks, saves."""
    opened = (await anna.get(f"/desk/files/edit?file={name}")).text
    looked = await anna.client.post("/desk/files/preview", data={**fields(opened), "text": text})
    if looked.status_code != 200:
        return looked
    return await anna.client.post("/desk/files/save", data=fields(looked.text))


async def test_an_edited_policy_is_quoted_in_the_next_answer_and_undone(
    http: FastAPI, anna: Browser, model: ScriptedModel, settings: Settings
) -> None:
    transport = httpx.ASGITransport(http)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as shop:

        async def answered() -> str:
            model.will_say(reading("policy"))
            return (await say(shop, "How many days do I have to return shoes?")).text

        assert "within 30 days" in await answered()
        saved = await edit(anna, "en/returns.md", RETURNS.replace("30", "45"))
        assert saved.status_code == 303
        assert "within 45 days" in await answered()
        page = (await anna.get("/desk/files/edit?file=en/returns.md")).text
        assert "Anna" in page
        form = fields(page)
        undone = await anna.client.post(
            "/desk/files/undo", data={"token": form["token"], "file": form["file"]}
        )
        assert undone.status_code == 303
        assert "within 30 days" in await answered()
    assert settings.policies is not None
    assert (settings.policies / "en" / "returns.md").read_text(encoding="utf-8") == RETURNS


async def test_a_preview_shows_what_it_means_and_what_changes_and_writes_nothing(
    anna: Browser, settings: Settings
) -> None:
    form = fields((await anna.get("/desk/files/edit?file=en/returns.md")).text)
    assert form["text"] == RETURNS
    text = RETURNS + "\n## Costs\n\nIt is free.\n<script>alert(1)</script>\n"
    page = (await anna.client.post("/desk/files/preview", data={**form, "text": text})).text
    assert "Returns &gt; Costs" in page
    assert re.search(r'class="added".*It is free', page)
    assert "<script>alert" not in page
    assert settings.policies is not None
    assert (settings.policies / "en" / "returns.md").read_text(encoding="utf-8") == RETURNS


async def test_what_was_not_looked_at_is_not_saved(anna: Browser, settings: Settings) -> None:
    form = fields((await anna.get("/desk/files/edit?file=en/returns.md")).text)
    looked = fields((await anna.client.post("/desk/files/preview", data=form)).text)
    answered = await anna.client.post(
        "/desk/files/save", data={**looked, "text": "No returns at all.\n"}
    )
    assert answered.status_code == 200
    assert "No returns at all." in answered.text
    assert settings.policies is not None
    assert (settings.policies / "en" / "returns.md").read_text(encoding="utf-8") == RETURNS


async def test_of_two_who_edit_at_once_the_second_is_told(
    anna: Browser, settings: Settings
) -> None:
    form = fields((await anna.get("/desk/files/edit?file=en/returns.md")).text)
    mine = {**form, "text": RETURNS.replace("30", "10")}
    looked = fields((await anna.client.post("/desk/files/preview", data=mine)).text)
    assert (await edit(anna, "en/returns.md", RETURNS.replace("30", "60"))).status_code == 303
    refused = await anna.client.post("/desk/files/save", data=looked)
    assert refused.status_code == 409
    assert "changed meanwhile" in refused.text
    assert "within 10 days" in refused.text  # what was written is not lost
    assert settings.policies is not None
    assert "60" in (settings.policies / "en" / "returns.md").read_text(encoding="utf-8")


async def test_opening_hours_are_shown_in_words_and_hold_at_once(
    anna: Browser, assistant: Assistant
) -> None:
    form = fields((await anna.get(f"/desk/files/edit?file={HANDOFF}")).text)
    page = (await anna.client.post("/desk/files/preview", data=form)).text
    assert "Monday: 09:00–12:00, 13:00–18:00" in page
    assert "Saturday: 10:00–24:00" in page
    assert "Sunday: –" in page
    assert "2026-12-25" in page
    assert "The shopper is upset." not in page  # switched off
    assert not assistant.desk.is_open  # a Sunday
    saved = await edit(anna, HANDOFF, "hours: {time_zone: null}\nrules: {anger: {urgency: high}}")
    assert saved.status_code == 303
    assert assistant.desk.is_open
    form = fields((await anna.get(f"/desk/files/edit?file={HANDOFF}")).text)
    page = (await anna.client.post("/desk/files/preview", data=form)).text
    assert "The shop is always open." in page


PINNED = """\
- id: entry-shoe
  which: ["brand = Asics", "price <= 100"]
  effect: pin
  from: 2026-01-01
  reason: {en: a good first pair}
"""


async def test_ranking_rules_are_told_with_the_products_that_they_touch_and_hold_at_once(
    http: FastAPI, anna: Browser, model: ScriptedModel, assistant: Assistant
) -> None:
    transport = httpx.ASGITransport(http)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as shop:

        async def first(thread: str) -> str:
            model.will_say(
                reading("search", ("running shoes", "category", "=", "running shoes")), ""
            )
            reply = await say(shop, "I want running shoes", thread=thread)
            return reply.products[0].id

        before = await first("a")
        assert before != "asics-excite"
        form = fields((await anna.get(f"/desk/files/edit?file={RANKING}")).text)
        assert form["text"].strip() == ""
        sent = {**form, "text": PINNED, "query": "running shoes <i>"}
        looked = await anna.client.post("/desk/files/preview", data=sent)
        assert "Puts 1 products first" in looked.text
        assert "Asics Excite 10" in looked.text
        assert "Shoppers read: a good first pair" in looked.text
        tried = re.findall(r'<td dir="auto">([^<]*)</td><td dir="auto">([^<]*)</td>', looked.text)
        assert tried[0][1] == "Asics Excite 10"
        assert tried[0][0] != "Asics Excite 10"
        assert sorted(one for one, _ in tried) == sorted(other for _, other in tried)
        assert "running shoes <i>" not in looked.text
        assert len(assistant.indexes.open("shoes").rules) == 0
        assert (await edit(anna, RANKING, PINNED)).status_code == 303
        assert await first("b") == "asics-excite"
        sent = {"token": form["token"], "file": RANKING}
        assert (await anna.client.post("/desk/files/undo", data=sent)).status_code == 303
        assert await first("c") == before


async def test_hours_are_filled_in_without_touching_the_rest_of_the_file(
    anna: Browser, settings: Settings, assistant: Assistant
) -> None:
    assert settings.handoff_rules is not None
    rest = "# Ours, with care.\nrules:\n  anger: {enabled: false}  # we stay calm\n"
    settings.handoff_rules.write_text(HOURS.partition("rules:")[0] + rest, encoding="utf-8")
    page = (await anna.get(f"/desk/files/edit?file={HANDOFF}")).text
    assert 'name="monday" value="09:00-12:00, 13:00-18:00"' in page
    assert 'name="holidays" value="2026-12-25"' in page
    form = fields(page)
    hours = {"time_zone": "Asia/Shanghai", "sunday": "00:00-24:00", "holidays": ""}
    looked = await anna.client.post("/desk/files/hours", data={**form, **hours})
    assert "Sunday: 00:00–24:00" in looked.text
    assert "Monday: –" in looked.text
    assert not assistant.desk.is_open  # nothing is written yet
    saved = await anna.client.post("/desk/files/save", data=fields(looked.text))
    assert saved.status_code == 303
    assert assistant.desk.is_open
    assert settings.handoff_rules.read_text(encoding="utf-8").endswith(rest)
    wrong = await anna.client.post("/desk/files/hours", data={**form, "monday": "late"})
    assert wrong.status_code >= 400
    assert "no span such as 09:00-18:00" in wrong.text


async def test_a_shop_without_a_file_of_its_own_begins_with_the_built_in_hours(
    assistant: Assistant, settings: Settings
) -> None:
    own = settings.model_copy(update={"handoff_rules": None})
    assert not own.handoff_file.exists()
    book = RuleBook(own.handoff_file, needed=False)
    assert book.rules.hours.time_zone is None
    made = ShopFiles(assistant.database, policies=None, rules=own.handoff_file, now=assistant.now)
    file = made.file(HANDOFF)
    text = file.read()
    assert text.startswith("hours:")
    assert "rules:" not in text
    changed = with_hours(
        text, time_zone="Europe/Berlin", week={"monday": "9:00-17:00"}, holidays=""
    )
    with pytest.raises(BadInput, match="span"):
        made.save(file, changed, base=digest(text), staff="Anna")
    changed = with_hours(
        text, time_zone="Europe/Berlin", week={"monday": "09:00-17:00"}, holidays=""
    )
    made.save(file, changed, base=digest(text), staff="Anna")
    assert book.rules.hours.time_zone == "Europe/Berlin"
    assert len(book.rules.rules) == len(Trigger)


MARGIN = """\
hours:
  time_zone: Europe/Berlin
# our week

  week:
# Mondays are long
    monday: ["09:00-20:00"]
# Ours, with care.
rules: {anger: {enabled: false}}
"""


def test_a_comment_at_the_margin_does_not_end_the_hours() -> None:
    changed = with_hours(MARGIN, time_zone="UTC", week={"monday": "10:00-12:00"}, holidays="")
    assert hours_in(changed)["monday"] == "10:00-12:00"
    assert changed.count("monday:") == 1
    assert changed.endswith("# Ours, with care.\nrules: {anger: {enabled: false}}\n")


@pytest.mark.parametrize(
    "text",
    ["rules: {}\nhours :\n  time_zone: Europe/Berlin\n", '"hours": {time_zone: UTC}\n',
     "{hours: {time_zone: UTC}}\n", "hours: {}\nrules: {}\nhours: {time_zone: UTC}\n",
     "---\nrules: {}\n", "hours: {time_zone: UTC,\nweek: {}}\n"],
)  # fmt: skip
def test_where_the_form_cannot_put_the_hours_in_it_says_so(text: str) -> None:
    with pytest.raises(BadInput, match="edit the text"):
        with_hours(text, time_zone="UTC", week={"monday": "10:00-12:00"}, holidays="")


async def test_the_form_keeps_the_text_where_it_cannot_put_the_hours_in(
    anna: Browser, settings: Settings
) -> None:
    assert settings.handoff_rules is not None
    settings.handoff_rules.write_text("hours : {time_zone: Europe/Berlin}\n", encoding="utf-8")
    form = fields((await anna.get(f"/desk/files/edit?file={HANDOFF}")).text)
    refused = await anna.client.post("/desk/files/hours", data={**form, "monday": "10:00-12:00"})
    assert refused.status_code == 422
    assert "edit the text" in refused.text
    assert fields(refused.text)["text"] == "hours : {time_zone: Europe/Berlin}\n"


_time = st.builds(
    lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(0, 11), st.integers(0, 59)
)
_later = st.builds(
    lambda hour, minute: f"{hour:02}:{minute:02}", st.integers(12, 23), st.integers(0, 59)
)


@examples(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(DAYS), st.builds("{}-{}".format, _time, _later | st.just("24:00"))
    ),
    st.sampled_from(["", "UTC", "Asia/Shanghai"]),
    st.lists(st.dates(date(2026, 1, 1), date(2030, 1, 1)), max_size=3, unique=True),
    st.sampled_from([HOURS, "rules: {}\n", "", "rules: {}\nhours:\n\n  time_zone: null\n", MARGIN]),
)
def test_any_hours_come_back_as_they_were_filled_in(
    week: dict[str, str], zone: str, holidays: list[date], text: str
) -> None:
    told = ", ".join(map(str, sorted(holidays)))
    changed = with_hours(text, time_zone=zone, week=week, holidays=told)
    found = hours_in(changed)
    assert {day: found[day] for day in DAYS if found[day]} == week
    assert (found["time_zone"], found["holidays"]) == (zone, told)
    assert with_hours(changed, time_zone=zone, week=week, holidays=told) == changed


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (HANDOFF, "hours: {time_zone: Nowhere/Land}", "time zone"),
        (HANDOFF, "rules: [", "cannot be used"),
        (HANDOFF, "rules: {anger: {words: {en: ['(']}}}", "no regular expression"),
        (RANKING, PINNED.replace("brand =", "colour_of_soul ="), "entry-shoe"),
        (RANKING, PINNED.replace("pin", "shove"), "effect"),
        ("en/returns.md", "<!-- nothing -->", "needs a sentence"),
    ],
)
async def test_what_cannot_be_used_is_said_and_not_written(
    anna: Browser, settings: Settings, name: str, text: str, said: str
) -> None:
    refused = await edit(anna, name, text)
    assert refused.status_code >= 400
    assert said in html.unescape(refused.text)
    assert str(settings.handoff_rules) not in refused.text
    assert settings.handoff_rules is not None
    assert settings.handoff_rules.read_text(encoding="utf-8") == HOURS


async def test_a_policy_can_be_begun_and_taken_back(anna: Browser, settings: Settings) -> None:
    assert (await edit(anna, "zh/退货.md", "七天内可以退货。")).status_code == 303
    assert settings.policies is not None
    begun = settings.policies / "zh" / "退货.md"
    assert begun.read_text(encoding="utf-8") == "七天内可以退货。\n"
    assert "zh/退货.md" in (await anna.get("/desk/files")).text
    form = fields((await anna.get("/desk/files/edit?file=zh/退货.md")).text)
    sent = {"token": form["token"], "file": form["file"]}
    assert (await anna.client.post("/desk/files/undo", data=sent)).status_code == 303
    assert not begun.exists()


async def test_only_the_shops_files_are_listed_and_opened(anna: Browser) -> None:
    page = (await anna.get("/desk/files")).text
    assert re.findall(r"edit\?file=([^\"]+)", page) == [
        "en/more/gifts.md",
        "en/returns.md",
        HANDOFF,
        RANKING,
    ]
    for name in ("../x.md", "en/../../x.md", "/etc/passwd", "fr/a.md", "en/.hidden.md", "en/a.sh"):
        assert (await anna.get(f"/desk/files/edit?file={name}")).status_code == 404, name


async def test_every_policy_that_is_quoted_is_listed_and_no_other(
    anna: Browser, assistant: Assistant, settings: Settings, files: ShopFiles
) -> None:
    root = settings.policies
    assert root is not None
    for number in range(210):
        (root / "en" / f"a{number:03}.png").write_bytes(b"x")
    (root / "zh-CN").mkdir()
    (root / "zh-CN" / "tuihuo.md").write_text("# 退货\n\n三十天内可以退。\n", encoding="utf-8")
    (root / "payment.MD").write_text("# Payment\n\nWe take cards.\n", encoding="utf-8")
    (root / "付款.md").write_text("# 付款\n\n可以刷卡付款。\n", encoding="utf-8")
    deep = root.joinpath("en", *"abcdef")
    deep.mkdir(parents=True)
    (deep / "far.md").write_text("Nobody quotes this.\n", encoding="utf-8")
    folder = PolicyFolder(root, assistant.indexes.open(settings.catalog).embedder).now()
    for language in LANGUAGES:
        quoted = {clause.file for clause in folder.clauses(language)}
        assert {file.name for file in files.policies(language)} == quoted
    page = (await anna.get("/desk/files")).text
    assert "付款.md" in page
    assert (await edit(anna, "zh-CN/tuihuo.md", "# 退货\n\n四十天内可以退。")).status_code == 303
    assert "四十天" in (root / "zh-CN" / "tuihuo.md").read_text(encoding="utf-8")


async def test_nobody_edits_without_logging_in_or_from_another_page(
    http: FastAPI, anna: Browser, settings: Settings
) -> None:
    form = fields((await anna.get("/desk/files/edit?file=en/returns.md")).text)
    stranger = Browser(http)
    for path in ("/desk/files", "/desk/files/edit?file=en/returns.md"):
        assert (await stranger.get(path)).headers["location"] == "/desk/login"
    for path in ("preview", "save", "undo"):
        answered = await stranger.client.post(f"/desk/files/{path}", data=form)
        assert answered.headers["location"] == "/desk/login"
        forged = await anna.client.post(f"/desk/files/{path}", data={**form, "token": "00"})
        assert forged.status_code == 403
    await stranger.client.aclose()


def test_an_undo_never_loses_what_was_written_elsewhere(
    files: ShopFiles, settings: Settings
) -> None:
    file = files.file("en/returns.md")
    with pytest.raises(BadInput, match="not changed at the desk"):
        files.undo(file, staff="Anna")
    files.save(file, RETURNS + "More.", base=digest(RETURNS), staff="Anna")
    file.path.write_text("By hand.\n", encoding="utf-8")
    with pytest.raises(FileChanged, match="elsewhere"):
        files.undo(file, staff="Bo")
    assert file.read() == "By hand.\n"


@examples(max_examples=30, deadline=None)
@given(st.text(min_size=1, max_size=300))
def test_any_text_is_a_policy_or_refused_in_one_sentence(text: str) -> None:
    for read in (_as_policy, _as_rules):
        said = _refusal(lambda read=read: read(text))
        if said is not None:
            assert "\n" not in said
            assert "/tmp" not in said


def _as_policy(text: str) -> None:
    meaning = policy_meaning(tidied(text), name="en/a.md", language="en")
    assert meaning
    assert all(part.lines for part in meaning)


def _as_rules(text: str) -> None:
    assert len(rules_meaning(text, "zh")) == 2


def _refusal(read: Callable[[], None]) -> str | None:
    try:
        read()
    except BadInput as error:
        return error.sentence
    return None


def test_a_file_of_another_kind_of_line_ends_is_no_change(files: ShopFiles) -> None:
    file = files.file("en/returns.md")
    file.path.write_bytes(RETURNS.replace("\n", "\r\n").encode())
    assert file.read() == RETURNS


def _full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("retrieval.whole_file.os.fsync", fsync)


async def test_a_full_disk_is_said_and_leaves_the_old_text(
    anna: Browser, settings: Settings, files: ShopFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as within:
        _full_disk(within)
        refused = await edit(anna, "en/returns.md", RETURNS.replace("30", "40"))
    assert refused.status_code == 422
    assert "No space left on device" in refused.text
    assert "within 40 days" in fields(refused.text)["text"]  # nothing that was typed is lost
    assert files.file("en/returns.md").read() == RETURNS
    assert files.edits("en/returns.md") == []
    assert [p.name for p in files.file("en/returns.md").path.parent.glob(".*.partial")] == []


@pytest.mark.parametrize("begun", [False, True])
async def test_where_a_change_cannot_be_noted_the_old_text_stays(
    anna: Browser, assistant: Assistant, files: ShopFiles, begun: bool
) -> None:
    name = "en/new.md" if begun else "en/returns.md"
    path = files.file(name).path
    before = None if begun else path.read_bytes()

    def fails(_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sa.event.listen(assistant.database.engine, "commit", fails)
    try:
        refused = await edit(anna, name, RETURNS.replace("30", "40"))
    finally:
        sa.event.remove(assistant.database.engine, "commit", fails)
    assert refused.status_code == 503
    assert "within 40 days" in fields(refused.text)["text"]
    assert (path.read_bytes() if path.exists() else None) == before
    assert files.edits(name) == []


def test_a_file_keeps_its_mode_and_its_links(files: ShopFiles, tmp_path: Path) -> None:
    file = files.file("en/returns.md")
    real = tmp_path / "real.md"
    file.path.rename(real)
    file.path.symlink_to(real)
    for mode in (0o600, 0o664):
        real.chmod(mode)
        text = f"{RETURNS}\nMode {mode}.\n"
        files.save(file, text, base=digest(file.read()), staff="Anna")
        assert file.path.is_symlink()
        assert real.read_text(encoding="utf-8") == text
        assert stat.S_IMODE(real.stat().st_mode) == mode
