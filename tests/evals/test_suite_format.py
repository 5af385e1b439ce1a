"""The format of suites: what is read, what is refused and how, and the published schema."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.suite.conversation import AnyLabel, Label, Shown
from evals.suite.files import SCHEMA_FILE, load_suite, load_suites, schema_text
from retrieval.errors import BadInput

_GOOD = {
    "id": "en-1",
    "language": "en",
    "turns": [
        {
            "say": "the cheapest stable shoe, not Nike, second one?",
            "expect": {
                "facts": [
                    {"field": "price", "op": "asc", "value": None},
                    {"any": [
                        {"field": "arch_support", "op": "=", "value": "stability"},
                        {"field": "need", "op": "=", "value": "flat-feet"},
                    ]},
                ],
                "refers": {"shown": [2]},
                "pick": {"extreme": ["price", "asc"]},
                "products": {"all": ["brand!=Nike"], "some": True},
            },
        }
    ],
}  # fmt: skip


def _write(path: Path, *lines: object) -> Path:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def _with(**expect: object) -> dict[str, object]:
    return {"id": "x", "language": "en", "turns": [{"say": "hi", "expect": expect}]}


def _after(days: float) -> dict[str, object]:
    events = [{"type": "view", "product_id": "a", "days_ago": days}]
    return {"id": "a", "language": "en", "shopper": {"events": events}, "turns": [{"say": "x"}]}


def _plain(more: str) -> str:
    return f'{{"id": "a", "language": "en", "turns": [{{"say": "x"}}], {more}}}'


def test_a_good_line_is_read_whole(tmp_path: Path) -> None:
    [read] = load_suite(_write(tmp_path / "s.jsonl", _GOOD, ""))
    expect = read.turns[0].expect
    assert read.catalog == "demo"
    assert expect.facts is not None
    assert isinstance(expect.facts[0], Label)
    assert isinstance(expect.facts[1], AnyLabel)
    assert expect.refers == Shown(shown=(2,))
    assert expect.need is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "not JSON"),
        (_with(nonsense=1), "turns.0.expect.nonsense"),
        (_with(facts=[{"field": "price", "op": "~", "value": 3}]), "turns.0.expect.op"),
        (_with(facts=[{"field": "price", "op": "asc", "value": 3}]), "the value is null"),
        (_with(facts=[{"any": []}]), "turns.0.expect.any"),
        (_with(products={"all": ["price less than 3"]}), "no condition of the form"),
        (_with(products={"some": True, "none": True}), "some and none"),
        (_with(pick={}), "either extreme or ids"),
        (_with(refers={}), "refers"),
        (_with(not_said=["("]), "not_said"),
        (_with(language="fr"), "turns.0.expect.language"),
        (_with(budget={}), "budget limits nothing"),
        (_with(budget={"calls": None}), "budget limits nothing"),
        (_with(tools=[]), "turns.0.expect.tools"),
        (_with(facts=["price=<100"]), "no wish of the form"),
        (_with(facts=[{"field": "price", "op": "=", "value": "<100"}]), "begins with an operator"),
        (_with(facts=[{"field": "brand", "op": "=", "value": " "}]), "the value is blank"),
        (_with(products={"all": ["price=<100"]}), "begins with an operator"),
        (_with(products={"all": ["brand=Nike|>=3"]}), "begins with an operator"),
        ({"id": "a", "language": "en", "turns": [{"say": " "}]}, "turns.0.say: is blank"),
        ({"id": "a", "language": "en", "goal": {"opening": " ", "wishes": [
            {"say": "x", "means": ["price<=3"]}]}}, "goal.opening: is blank"),
        (_after(1e12), "days_ago"),
        (_after(float("nan")), "NaN is no number"),
        (_after(float("inf")), "Infinity is no number"),
        (_plain('"rates": {"CNY": 1e999}'), "1e999 is no number"),
        (_plain('"rates": {"CNY": "NaN"}'), "rates.CNY"),
        (_plain('"rates": {"CNY": "Infinity"}'), "rates.CNY"),
        (_plain('"language": "zh"'), "the key 'language' is there twice"),
        ('{"id": "a", "language": "en", "turns": [{"say": "x", "expect": '
         '{"asks": true, "asks": false}}]}', "the key 'asks' is there twice"),
        ({"id": "a b", "language": "en", "turns": [{"say": "x"}]}, "id"),
        ({"id": "a", "language": "en", "turns": []}, "turns"),
    ],
)  # fmt: skip
def test_a_mistake_names_file_line_and_key(tmp_path: Path, line: object, told: str) -> None:
    path = _write(tmp_path / "bad.jsonl", _GOOD, "", line)
    with pytest.raises(BadInput) as caught:
        load_suite(path)
    assert f"{path}, line 3" in caught.value.sentence
    assert told in caught.value.sentence
    assert caught.value.exit_status == 2


def test_ids_are_unique_in_a_file_and_among_files(tmp_path: Path) -> None:
    twice = _write(tmp_path / "twice.jsonl", _GOOD, _GOOD)
    with pytest.raises(BadInput, match="there twice"):
        load_suite(twice)
    folder = tmp_path / "two"
    folder.mkdir()
    _write(folder / "a.jsonl", _GOOD)
    _write(folder / "b.jsonl", _GOOD)
    with pytest.raises(BadInput, match="there twice, first in"):
        load_suites([folder])


def test_what_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "empty.jsonl").write_text("\n")
    (tmp_path / "nothing").mkdir()
    for name in ("missing.jsonl", "binary.jsonl", "empty.jsonl", "nothing"):
        with pytest.raises(BadInput, match=name):
            load_suites([tmp_path / name])


def test_the_published_schema_is_current() -> None:
    """``python -c "from evals.suite.files import write_schema; write_schema()"`` mends it."""
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("price<=120", Label(field="price", op="<=", value="120")),
        ("brand != New Balance", Label(field="brand", op="!=", value="New Balance")),
        ("waterproof=yes", Label(field="waterproof", op="=", value=True)),
        ("price asc", Label(field="price", op="asc", value=None)),
        ("prefer color=blue", Label(field="color", op="=", value="blue", strength="prefer")),
        ("optional category=鞋", Label(field="category", op="=", value="鞋", optional=True)),
    ],
)
def test_a_wish_may_be_written_as_text(text: str, wish: Label) -> None:
    assert Label.model_validate(text) == wish
    schema = json.loads(schema_text())["$defs"]["Label"]["anyOf"][0]
    assert re.search(schema["pattern"], text)


@pytest.mark.parametrize("text", ["price", "price<=", "prefer", "price<=cheap", "<=3", "price up"])
def test_a_text_that_is_no_wish_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"no wish of the form|held against no number"):
        Label.model_validate(text)


@given(
    st.from_regex(r"[a-z_]{1,12}", fullmatch=True),
    st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
    st.decimals(min_value=-9999, max_value=9999, places=2),
    st.booleans(),
)
def test_texts_and_objects_are_one(field: str, op: str, number: Decimal, prefer: bool) -> None:
    text = f"{'prefer ' if prefer else ''}{field} {op} {number}"
    strength = "prefer" if prefer else "must"
    wish = {"field": field, "op": op, "value": str(number), "strength": strength}
    assert Label.model_validate(text) == Label.model_validate(wish)
