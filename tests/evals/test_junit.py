"""JUnit XML: well-formed whatever was said, counted right, and there only when it is whole."""

from pathlib import Path

import pytest
from defusedxml.ElementTree import parse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_transcripts import WRONG, graded

from evals.reports.junit import JUnit
from evals.running.records import About
from evals.shoppers.shopper import Outcome
from evals.suite.files import Fault

_ABOUT = About(model="qwen", catalogs={"demo": "v1"}, attempts=2, temperature=0.7)


def test_a_run(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    with JUnit(path, _ABOUT) as junit:
        junit.add(graded(1, passed=True))
        junit.add(graded(2, attempt=2), where="a.jsonl, line 3")
        junit.add(graded(3, error="no answer within 30 seconds"))
        junit.add(graded(4, passed=True, outcome=Outcome(success=False, violated=["under $70"])))
        junit.add(graded(1, system="agent", claims=(WRONG,), passed=True))
        junit.add_faults([Fault("b.jsonl, line 9", "turns: Field required")])
        assert not path.exists()
    root = parse(path).getroot()
    assert root.tag == "testsuites"
    assert _counts(root) == ("6", "2", "2", "7.500")
    ours, agent, files = root
    assert [suite.get("name") for suite in root] == ["shopguide", "agent", "suite files"]
    assert _counts(ours) == ("4", "2", "1", "6.000")
    assert _counts(agent) == ("1", "0", "0", "1.500")
    assert _counts(files) == ("1", "0", "1", "0.000")
    properties = {p.get("name"): p.get("value") for p in ours.iter("property")}
    assert properties == {
        "model": "qwen", "attempts": "2", "temperature": "0.7", "conversations at once": "1",
        "catalogue demo": "v1",
    }  # fmt: skip
    passed, failed, dead, unmet = ours.findall("testcase")
    assert (passed.get("classname"), passed.get("name")) == ("shopguide", "c-1 [1]")
    assert (passed.get("time"), list(passed)) == ("1.500", [])
    (failure,) = failed
    assert (failure.tag, failure.get("message")) == ("failure", "failed: products")
    text = failure.text or ""
    assert text.startswith("a.jsonl, line 3\nTurn 1\n  shopper: A shoe for $70\n")
    assert "  products: asics-excite is not price<=70\n" in text
    (error,) = dead
    assert error.tag == "error"
    assert "no answer within 30 seconds" in (error.text or "")
    (goal,) = unmet
    assert goal.get("message") == "the shopper's goal was not met"
    assert "not met: under $70" in (goal.text or "")
    (line,) = files.findall("testcase")
    assert line.get("name") == "b.jsonl, line 9"
    (fault,) = line
    assert (fault.tag, fault.get("message")) == ("error", "turns: Field required")


_ALLOWED = {
    "testsuites": {"name", "tests", "failures", "errors", "time"},
    "testsuite": {"name", "tests", "failures", "errors", "time"},
    "properties": set(),
    "property": {"name", "value"},
    "testcase": {"classname", "name", "time"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
}
"""Elements of Jenkins' junit-10.xsd that are written, and attributes that it has of them."""


def test_its_elements_are_those_of_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    with JUnit(path, _ABOUT) as junit:
        junit.add_faults([Fault("b.jsonl, line 9", "turns: Field required")])
        for number, error in enumerate([None, "no answer"]):
            junit.add(graded(number, error=error))
    root = parse(path).getroot()
    for element in root.iter():
        assert set(element.attrib) == _ALLOWED[element.tag]
    for suite in root:
        assert [child.tag for child in suite] == ["properties"] + ["testcase"] * int(
            suite.get("tests")
        )
    for case in root.iter("testcase"):
        assert len(case) <= 1


def test_an_empty_run(tmp_path: Path) -> None:
    with JUnit(tmp_path / "junit.xml", _ABOUT) as junit:
        junit.add_faults([])
    root = parse(tmp_path / "junit.xml").getroot()
    assert (_counts(root), list(root)) == (("0", "0", "0", "0.000"), [])


def test_a_run_that_breaks_off_leaves_the_file_of_before(tmp_path: Path) -> None:
    path = tmp_path / "junit.xml"
    path.write_text("before")

    def break_off() -> None:
        with JUnit(path, _ABOUT) as junit:
            junit.add(graded())
            raise KeyError("broken off")

    with pytest.raises(KeyError):
        break_off()
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [
        ("junit.xml", "before")
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    text=st.text(st.characters(exclude_categories=())),
    told=st.sampled_from(["]]>", "</failure>", "<![CDATA[", "\x00\x0b\ufffe", '"&<>'])
    | st.text(st.characters(exclude_categories=())),
)
def test_it_is_well_formed_whatever_was_said(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "junit.xml"
    about = _ABOUT.model_copy(update={"model": told})
    with JUnit(path, about) as junit:
        junit.add(graded(1, text=text, told=told), where=text)
        junit.add(graded(2, error=told), where=text)
        junit.add_faults([Fault(text, told)])
    root = parse(path).getroot()
    assert _counts(root)[:3] == ("3", "1", "2")


def _counts(element: object) -> tuple[str, ...]:
    get = element.get  # type: ignore[attr-defined]
    return tuple(get(name) for name in ("tests", "failures", "errors", "time"))
