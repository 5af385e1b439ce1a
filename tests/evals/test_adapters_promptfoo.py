"""promptfoo's tests, in and out."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.adapters.jsonl import write_lines
from evals.adapters.patterns import cased_pattern, parted, pattern_of, texts_of
from evals.adapters.promptfoo import as_tests, read_tests
from evals.adapters.templates import filled, quoted
from evals.suite.conversation import Budget, Conversation, Expect, TurnSpec
from retrieval.errors import BadInput
from retrieval.whole_file import written_whole

_TEXTS = st.text(min_size=1, max_size=12).filter(lambda text: "{%" not in text)


def _write(path: Path, *lines: object) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def _test(*assertions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"vars": {"message": "hello there"}, "assert": list(assertions), **more}


def _read(tmp_path: Path, *lines: object) -> tuple[list[Conversation], list[str]]:
    conversations, lost = read_tests(_write(tmp_path / "t.jsonl", *lines))
    return conversations, [str(one) for one in lost]


@pytest.mark.parametrize(
    ("assertion", "good", "bad"),
    [
        ({"type": "contains", "value": "a (b)"}, "x a (b) y", "x A (B) y"),
        ({"type": "contains", "value": 120}, "for 120 dollars", "for 12 dollars"),
        ({"type": "icontains", "value": "a (b)"}, "x A (b) y", "x a b y"),
        ({"type": "contains-any", "value": ["x.y", "z"]}, "a z", "a xay Z"),
        ({"type": "icontains-any", "value": ["x", "z"]}, "a Z", "abc"),
        ({"type": "contains-all", "value": ["x", "z"]}, "x and z", "x and y"),
        ({"type": "icontains-all", "value": ["x", "z"]}, "X and Z", "x and y"),
        ({"type": "regex", "value": r"\d{3}"}, "is 120", "is 12"),
        ({"type": "regex", "value": r"(?<n>a)\k<n>"}, "baab", "bab"),
        ({"type": "equals", "value": "Yes."}, "Yes.", "Yes. No."),
        ({"type": "starts-with", "value": "Yes"}, "Yes, no", "No, Yes"),
        ({"type": "contains", "value": "{{ message }}"}, "so: hello there", "hello {{ message }}"),
        ({"type": "javascript", "value": 'new RegExp("a.c", "i").test(output)'}, "ABC", "ab"),
    ],
)
def test_an_assertion_is_a_pattern_that_does_the_same(
    tmp_path: Path, assertion: dict[str, Any], good: str, bad: str
) -> None:
    [positive], lost = _read(tmp_path, _test(assertion))
    said = positive.turns[0].expect.said or ()
    assert all(re.search(pattern, good, re.IGNORECASE) for pattern in said)
    assert not all(re.search(pattern, bad, re.IGNORECASE) for pattern in said)
    assert lost == []
    if not assertion["type"].endswith("-all"):
        [negative], _ = _read(tmp_path, _test(assertion | {"type": f"not-{assertion['type']}"}))
        assert (negative.turns[0].expect.said, negative.turns[0].expect.not_said) == (None, said)


@pytest.mark.parametrize(
    ("assertion", "why"),
    [
        ({"type": "llm-rubric", "value": "is kind"}, "a suite has no such check"),
        ({"type": "cost", "threshold": 0.01}, "a suite has no such check"),
        ({"type": "not-latency", "threshold": 3}, "a suite has no such check"),
        ({"type": "latency"}, "it has no threshold"),
        ({"type": "javascript", "value": "output.length < 9"}, "a suite runs no code"),
        ({"type": "regex", "value": r"\p{Han}"}, "its pattern cannot be read"),
        ({"type": "contains", "value": {"a": 1}}, "its value is no text"),
        ({"type": "contains", "value": ""}, "its value is no text"),
        ({"type": "contains", "value": ["a", "b"]}, "its value is not one text"),
        ({"type": "contains", "value": "{{ other }}"}, "its value is a template"),
        ({"type": "contains", "value": "file://a.txt"}, "its value is in another file"),
        ({"type": "contains", "value": "a", "weight": 2}, "it has weight"),
        ({"type": "not-contains-all", "value": ["a", "b"]}, "not all of several"),
    ],
)
def test_what_no_check_stands_for_is_named(
    tmp_path: Path, assertion: dict[str, Any], why: str
) -> None:
    [conversation], lost = _read(
        tmp_path, "", _test(assertion, {"type": "icontains", "value": "a"})
    )
    assert conversation.turns[0].expect == Expect(said=("a",))
    [told] = lost
    assert told.startswith(f"{tmp_path / 't.jsonl'}, line 2: the assertion {assertion['type']} (")
    assert why in told


def test_all_else_that_is_lost_is_named(tmp_path: Path) -> None:
    line = _test(threshold=0.5, metadata={"a": [1], "team": "shoes"}, description="Say hello!")
    line["vars"]["context"] = "x"
    [conversation], lost = _read(tmp_path, line)
    assert (conversation.id, conversation.tags) == ("Say-hello", ("team:shoes",))
    whole = "\n".join(lost)
    assert len(lost) == 3
    for part in ("the variable context", "the setting threshold", "the metadata a"):
        assert part in whole


def test_turns_of_a_conversation_come_together(tmp_path: Path) -> None:
    def line(message: str, id: object) -> dict[str, Any]:
        return {"vars": {"q": message}, "metadata": {"conversationId": id}}

    conversations, _ = _read(
        tmp_path,
        line("鞋子", "a b"),
        line("two", "a-b"),
        line("便宜点", "a b"),
        {"vars": {"q": ["x", "y"]}},
    )
    assert [c.id for c in conversations] == ["a-b", "a-b-2", "t-4", "t-4-2"]
    assert [turn.say for turn in conversations[0].turns] == ["鞋子", "便宜点"]
    assert [c.language for c in conversations] == ["zh", "en", "en", "en"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        ("[1]", "valid dictionary"),
        ({"assert": []}, "vars"),
        ({"vars": {"a": "x", "b": "y"}}, "no variable is the message (there is: a, b)"),
        ({"vars": {"message": "{{ a }}"}}, "no variable is the message"),
        ({"vars": {"message": "x"}, "assert": [{"value": 1}]}, "assert.0.type"),
        (_test(metadata={"shopguide": {"expect": {"nonsense": 1}}}), "nonsense"),
        (_test(metadata={"shopguide": {"language": "fr"}}), "language"),
        (_test(metadata={"shopguide": {"goal": "shoes"}}), "goal"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: object, told: str) -> None:
    with pytest.raises(BadInput, match=re.escape(told)) as caught:
        _read(tmp_path, _test(), line)
    assert f"{tmp_path / 't.jsonl'}, line 2: " in caught.value.sentence
    assert caught.value.exit_status == 2


def test_the_message_can_be_any_variable(tmp_path: Path) -> None:
    path = _write(tmp_path / "t.jsonl", {"vars": {"a": "x", "b": "y"}})
    [conversation], lost = read_tests(path, variable="b")
    assert conversation.turns[0].say == "y"
    assert "the variable a" in lost[0].what


_PATTERNS = st.one_of(
    st.builds(
        pattern_of, st.lists(_TEXTS, min_size=1, max_size=3), cased=st.booleans(),
        begins=st.booleans(), ends=st.booleans(),
    ),
    st.sampled_from([
        r"\d+", cased_pattern(r"US\$ ?\d"), r"(?P<a>x)(?P=a)", r"a\Z", r"(?s:a.b)", r"无货|没有",
        r"(?-i:a)|(?-i:b)", r"\bno\b", "{{ x }}", r"a{2}", r"\\", r"a\|b",
    ]),
)  # fmt: skip
_EXPECTS = st.builds(
    Expect,
    said=st.none() | st.lists(_PATTERNS, max_size=3).map(tuple),
    not_said=st.none() | st.lists(_PATTERNS, max_size=3).map(tuple),
    budget=st.none()
    | st.builds(
        Budget,
        total_ms=st.none() | st.floats(1, 1e6),
        calls=st.none() | st.integers(0, 9),
    ).filter(lambda budget: bool(budget.model_dump(exclude_none=True))),
    asks=st.none() | st.booleans(),
)
_SAYS = st.text(min_size=1, max_size=20).filter(
    lambda text: "{%" not in text and bool(text.strip())
)
_CONVERSATIONS = st.builds(
    Conversation,
    id=st.from_regex(
        r"[\w.:@+-]{1,20}", fullmatch=True, alphabet=st.characters(codec="ascii")
    ).filter(lambda id: id.strip("-") == id),
    language=st.sampled_from(["en", "zh"]),
    tags=st.lists(st.text(min_size=1, max_size=5), max_size=2, unique=True).map(tuple),
    group=st.none() | st.just("g"),
    turns=st.lists(st.builds(TurnSpec, say=_SAYS, expect=_EXPECTS), min_size=1, max_size=3).map(
        tuple
    ),
)


def _checks(conversation: Conversation) -> list[Any]:
    """What is checked; the order of patterns is nobody's business."""
    found = []
    for turn in conversation.turns:
        data = turn.expect.model_dump(exclude_none=True)
        if not data.get("budget", True):
            del data["budget"]
        for name in ("said", "not_said"):
            if name in data:
                data[name] = sorted(data[name])
        found.append((turn.say, data))
    return found


@settings(deadline=None)
@given(conversation=_CONVERSATIONS)
def test_nothing_is_lost_there_and_back(
    tmp_path_factory: pytest.TempPathFactory, conversation: Conversation
) -> None:
    path = tmp_path_factory.getbasetemp() / "there.jsonl"
    tests, _ = as_tests(conversation)
    with written_whole(path) as out:
        write_lines(out, tests)
    [back], lost = read_tests(path)
    assert lost == []
    assert _checks(back) == _checks(conversation)
    rest = {"turns"}
    assert back.model_dump(exclude=rest) == conversation.model_dump(exclude=rest)


@settings(deadline=None)
@given(texts=st.lists(_TEXTS, min_size=1, max_size=3), cased=st.booleans())
def test_a_pattern_of_texts_finds_them_and_is_known_again(texts: list[str], cased: bool) -> None:
    pattern = pattern_of(texts, cased=cased)
    assert all(re.search(pattern, f"a {text} b", re.IGNORECASE) for text in texts)
    body, known = parted(pattern)
    assert known == cased
    assert texts_of(body) == texts


@settings(deadline=None)
@given(text=_SAYS)
def test_what_is_quoted_is_no_template(text: str) -> None:
    assert filled(quoted(text), {}) == text


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_javascript_finds_what_python_finds() -> None:
    """What goes out is run by promptfoo as ``new RegExp(value)`` or as a line of code."""
    answers = ["US$ 120 for a b", "us$ 120", "A.B (c)", "nothing", "没有货", "x-x", "a|b", "xx"]
    patterns = [
        r"\d+ FOR", cased_pattern(r"US\$ ?\d"), r"没有|无货", r"\bNO\w+", r"[ax]-x", r"(?-i:A\.B)",
        pattern_of(["a.b (C)"], cased=False) + r"$", r"(?:x){2}|\|b",
    ]  # fmt: skip
    expected, cases = [], []
    for pattern in patterns:
        tests, kept = as_tests(
            Conversation(
                id="c",
                language="en",
                turns=(TurnSpec(say="x", expect=Expect(said=(pattern,))),),
            )
        )
        assert not kept
        [assertion] = tests[0]["assert"]
        texts = assertion["value"] if isinstance(assertion["value"], list) else [assertion["value"]]
        cases.append({"type": assertion["type"], "value": [filled(text, {}) for text in texts]})
        expected.append([re.search(pattern, a, re.IGNORECASE) is not None for a in answers])
    code = """
        const [cases, answers] = JSON.parse(require("fs").readFileSync(0, "utf8"));
        const ask = (c, output) => c.type === "javascript" ? eval(c.value[0])
          : c.type === "regex" ? new RegExp(c.value[0]).test(output)
          : c.type.startsWith("contains") ? c.value.some(v => output.includes(v))
          : c.value.some(v => output.toLowerCase().includes(v.toLowerCase()));
        console.log(JSON.stringify(cases.map(c => answers.map(a => ask(c, a)))));
    """
    node = shutil.which("node")
    assert node is not None
    ran = subprocess.run(
        [node, "-e", code],
        input=json.dumps([cases, answers]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert json.loads(ran.stdout) == expected
