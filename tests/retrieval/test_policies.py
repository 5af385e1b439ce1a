"""Policy files into clauses: tolerant of whatever staff write, and up to date at once."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.embedding import HashingEmbedder, Vectors
from retrieval.policies import Clause, PolicyFolder
from retrieval.policies.notions import mentions_in, names_in, notions
from retrieval.policies.reading import decode, read_clauses
from retrieval.policies.sentences import LONGEST, sentences_of

_RETURNS = """\
# Returns

Unworn shoes can go back.

## How long you have
You can return items within 30 days. Write to us first!

- Sale items: yes
- Socks: no
"""


def _clauses(text: str, language: str = "en") -> list[Clause]:
    return read_clauses(text, file="en/a.md", language="zh" if language == "zh" else "en")


def _all(clauses: Sequence[Clause]) -> list[str]:
    return [s.text for clause in clauses for s in clause.sentences]


class CountingEmbedder(HashingEmbedder):
    """Counts the texts that it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def documents(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        return super().documents(texts)


def test_a_file_is_cut_by_heading_with_path_and_line() -> None:
    first, second = _clauses(_RETURNS)
    assert first.path == ("Returns",)
    assert second.path == ("Returns", "How long you have")
    assert second.source == "policy:en/a.md#How long you have"
    assert second.line == 5
    assert [(s.text, s.line) for s in second.sentences][:2] == [
        ("You can return items within 30 days.", 6),
        ("Write to us first!", 6),
    ]


def test_a_sentence_before_a_list_is_told_with_each_item() -> None:
    [clause] = _clauses("# Pay\nWe accept:\n\n- Visa\n- PayPal\n")
    assert [(s.lead, s.text) for s in clause.sentences] == [
        ("We accept:", "Visa"),
        ("We accept:", "PayPal"),
    ]


def test_rows_of_a_table_are_told_with_its_header() -> None:
    text = "# Fees\n\n| Country | Fee |\n|---|---|\n| Austria | €7 |\n| Italy | €9 |\n"
    [clause] = _clauses(text)
    assert [(s.lead, s.text) for s in clause.sentences] == [
        ("Country | Fee", "Austria | €7"),
        ("Country | Fee", "Italy | €9"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "**Do you ship abroad?**\nNo.",
        "Q: Do you ship abroad?\nA: No.",
        "### Do you ship abroad?\nNo.",
    ],
)
def test_questions_of_a_faq_are_headings(text: str) -> None:
    [clause] = _clauses(text)
    assert clause.heading == "Do you ship abroad?"
    assert _all([clause]) == ["No."]


def test_html_and_scripts_are_text() -> None:
    text = "# A <b>bold</b> head\n<script>alert(1)</script>\n\n<div>Free returns</div> for all.\n"
    clauses = _clauses(text)
    assert "<script>alert(1)</script>" in _all(clauses)
    assert any("<div>Free returns</div> for all." in text for text in _all(clauses))
    assert clauses[0].heading == "A <b>bold</b> head"


def test_front_matter_and_comments_are_left_out_and_lines_keep() -> None:
    text = "---\ntitle: x\n---\n<!-- draft\nnote -->\n# Head\nText.\n"
    [clause] = _clauses(text)
    assert (clause.heading, clause.line, _all([clause])) == ("Head", 6, ["Text."])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_files_are_read_in_any_encoding(encoding: str) -> None:
    text = "# 退货\n签收后30天内可以退货，运费由我们承担。\n" * 5
    assert decode(text.encode(encoding)).replace("\ufeff", "") == text


@settings(deadline=None, max_examples=200)
@given(
    st.text(
        alphabet=st.sampled_from("#*-|<>`_[]()!\n\r\t .:?。：ab退1\x00\u202e\ufeff"), max_size=200
    )
)
def test_any_text_gives_clauses_with_sentences_of_the_file(text: str) -> None:
    lines = text.count("\n") + text.count("\r") + 1
    for clause in _clauses(text):
        assert clause.sentences
        assert 1 <= clause.line <= lines
        for sentence in clause.sentences:
            assert sentence.text.strip()
            assert len(sentence.text) <= LONGEST
            assert "\u202e" not in sentence.text
            assert "\x00" not in sentence.text
            assert 1 <= sentence.line <= lines


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=300))
def test_any_bytes_are_decoded(data: bytes) -> None:
    for clause in _clauses(decode(data)):
        clause.text.encode("utf-8")


@given(st.text(max_size=300))
def test_sentences_lose_no_letter(text: str) -> None:
    single = " ".join(text.split())
    assert "".join(sentences_of(single)).replace(" ", "") == single.replace(" ", "")


def test_abbreviations_end_no_sentence() -> None:
    assert sentences_of("Write to us, e.g. By mail. We answer by 6 p.m. On weekdays.") == [
        "Write to us, e.g. By mail.",
        "We answer by 6 p.m. On weekdays.",
    ]


def test_deep_nesting_and_long_lines_come_to_an_end() -> None:
    deep = "".join(f"{'  ' * n}- item {n}\n" for n in range(400))
    assert _clauses(deep)
    assert _clauses("word " * 40_000)
    assert _clauses("[" * 5_000 + "](x)" * 5_000 + "\n" + "*" * 20_000 + "a")


def _shop(root: Path) -> Path:
    (root / "en").mkdir(parents=True)
    (root / "zh").mkdir()
    (root / "en" / "returns.md").write_text(_RETURNS, encoding="utf-8")
    (root / "en" / "pay.md").write_text("# Pay\nBy card.\n", encoding="utf-8")
    (root / "zh" / "退货.md").write_text("# 退货\n30天内可以退。\n", encoding="utf-8")
    return root


def test_an_edit_takes_effect_at_once_and_only_what_changed_is_embedded(tmp_path: Path) -> None:
    root, embedder = _shop(tmp_path / "policies"), CountingEmbedder()
    folder = PolicyFolder(root, embedder)
    assert len(folder.now().clauses("en")) == 3
    assert folder.now() is folder.now()
    embedder.texts.clear()
    (root / "en" / "pay.md").write_text("# Pay\nBy card or PayPal.\n", encoding="utf-8")
    assert "By card or PayPal." in _all(folder.now().clauses("en"))
    assert embedder.texts == ["Pay. By card or PayPal."]
    (root / "en" / "new.md").write_text("# Gifts\nWe wrap presents.\n", encoding="utf-8")
    assert folder.now().search("do you wrap presents", "en", 1)[0].clause.heading == "Gifts"
    (root / "en" / "returns.md").unlink()
    assert {c.heading for c in folder.now().clauses("en")} == {"Pay", "Gifts"}


def test_an_edit_of_the_same_length_is_seen(tmp_path: Path) -> None:
    root = _shop(tmp_path / "policies")
    folder = PolicyFolder(root, HashingEmbedder())
    path = root / "en" / "returns.md"
    folder.now()
    path.write_text(_RETURNS.replace("30", "14"), encoding="utf-8")
    os.utime(path, ns=(1, 1))
    assert any("14 days" in text for text in _all(folder.now().clauses("en")))


def test_a_missing_or_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert PolicyFolder(tmp_path / "none", HashingEmbedder()).now().empty
    empty = tmp_path / "empty"
    (empty / "en").mkdir(parents=True)
    (empty / "en" / "blank.md").write_bytes(b"\n \n")
    policies = PolicyFolder(empty, HashingEmbedder()).now()
    assert policies.empty
    assert policies.search("returns?", "en", 5) == []


def test_a_broken_or_huge_file_takes_nothing_from_the_others(tmp_path: Path) -> None:
    root = _shop(tmp_path / "policies")
    (root / "en" / "broken.md").write_bytes(bytes(range(256)) * 40)
    (root / "en" / "huge.md").write_text("# Long\n" + "Words go on. " * 200_000, encoding="utf-8")
    (root / "en" / "gone.md").symlink_to(root / "nowhere.md")
    (root / "en" / "folder.md").mkdir()
    (root / "en" / ".hidden.md").write_text("# Secret\nNot for shoppers.\n", encoding="utf-8")
    headings = {
        clause.heading for clause in PolicyFolder(root, HashingEmbedder()).now().clauses("en")
    }
    assert {"Pay", "How long you have", "Long"} <= headings
    assert "Secret" not in headings


def test_many_threads_see_whole_policies(tmp_path: Path) -> None:
    root = _shop(tmp_path / "policies")
    folder = PolicyFolder(root, HashingEmbedder())
    seen: list[int] = []

    def ask() -> None:
        for _ in range(20):
            seen.append(len(folder.now().clauses("en")))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(10):
        (root / "en" / "pay.md").write_text(f"# Pay\nRule {number}.\n", encoding="utf-8")
    for thread in threads:
        thread.join()
    assert set(seen) <= {2, 3}
    assert len(seen) == 80


def test_a_question_in_the_other_language_finds_a_clause(tmp_path: Path) -> None:
    folder = PolicyFolder(_shop(tmp_path / "policies"), HashingEmbedder())
    found = folder.now().search("how many days to return items", "zh", 3)
    assert found[0].clause.file == "zh/退货.md"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Do you ship to Norway?", {"delivery", "country:NO"}),
        ("你们送到日本吗", {"delivery", "country:JP"}),
        ("can they go back", {"return"}),
        ("我可以用花呗吗", {"pay:huabei"}),
        ("We ship to the US and Canada.", {"country:US", "country:CA"}),
        ("Is it true that they tell us nothing?", set()),
    ],
)
def test_what_a_text_speaks_of(text: str, names: set[str]) -> None:
    found = names_in(text)
    assert names <= found
    if not names:
        assert not any(name.startswith("country:") for name in found)


@given(st.text(max_size=200))
def test_mentions_stand_in_the_text(text: str) -> None:
    for mention in mentions_in(text):
        assert 0 <= mention.start < mention.end <= len(text)


def test_notions_cover_only_notions() -> None:
    groups = {"worldwide", "a_country", "a_card"}
    for notion in notions().values():
        assert notion.covered_by <= notions().keys() | groups


def test_a_clause_is_held_against_a_question_whole_and_sentence_by_sentence(
    tmp_path: Path,
) -> None:
    embedder = HashingEmbedder()
    asked = "can I pay by card"
    found = PolicyFolder(_shop(tmp_path / "policies"), embedder).now().search(asked, "en", 9)
    assert found
    for one in found:
        clause, query = one.clause, embedder.query(asked)
        each = [f"{clause.title}. {s.lead} {s.text}".replace(".  ", ". ") for s in clause.sentences]
        told = [float(embedder.query(text) @ query) for text in each]
        assert one.sentences == pytest.approx(told, abs=1e-5)
        assert 0.0 <= one.words <= 1.0
