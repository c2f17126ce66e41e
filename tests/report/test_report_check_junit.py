"""JUnit XML: valid for those who read it, and nothing that a config says breaks it.

junit-10.xsd is the schema of Jenkins' xUnit plugin (MIT, Gregory Boissinot, 2014), as the tests of pytest have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from check_outcomes import ALL, BUG, CRASHED, EVIL, MET, REFUSED, SKIPPED, THREE, TIMEOUT, UNMET

from rnnctl.expect.outcome import Outcome
from rnnctl.report.check.junit import junit_xml

SMOKE = replace(MET, verdicts=(), figures=(), smoke=True)
BOTH = replace(CRASHED, verdicts=UNMET.verdicts)


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(Path(__file__).with_name("junit-10.xsd"))


@pytest.mark.parametrize("outcomes", [THREE, ALL, (), (SMOKE,), (BOTH,), (EVIL,)])
def test_it_is_valid(schema: xmlschema.XMLSchema, outcomes: Sequence[Outcome]) -> None:
    schema.validate(junit_xml(outcomes, 4000.1234))


@pytest.mark.parametrize("outcomes", [THREE, ALL, (), (SMOKE,), (BOTH,)])
def test_the_counts_are_those_of_the_cases(outcomes: Sequence[Outcome]) -> None:
    root = ET.fromstring(junit_xml(outcomes))
    for part in (root, *root):
        for counted, element in (("failures", "failure"), ("errors", "error"), ("tests", "testcase")):
            assert int(part.attrib[counted]) == len(list(part.iter(element))), counted
    for suite in root:
        assert int(suite.attrib["skipped"]) == len(list(suite.iter("skipped")))


@pytest.mark.parametrize(
    ("outcome", "element", "kind"),
    [
        (CRASHED, "error", "crashed"),
        (BUG, "error", "crashed"),
        (REFUSED, "error", "refused"),
        (TIMEOUT, "error", "timeout"),
        (SKIPPED, "skipped", None),
    ],
)
def test_a_crash_is_no_failure(outcome: Outcome, element: str, kind: str | None) -> None:
    [case] = ET.fromstring(junit_xml((outcome,))).iter("testcase")
    assert [(found.tag, found.get("type")) for found in case] == [(element, kind)]
    assert case.get("name") == "runs"


def test_a_case_says_what_is_short_and_where() -> None:
    [suite] = ET.fromstring(junit_xml((UNMET,)))
    [failure] = [c.find("failure") for c in suite.iter("testcase") if c.get("name") == "test.mse below 0.02"]
    assert failure is not None
    assert failure.get("message") == "test.mse 0.0312, not below 0.02: 0.0112 too much"
    assert failure.text == "test.mse 0.0312, not below 0.02: 0.0112 too much\nconfigs/sunspots.yaml:23:3"


def test_the_times_add_up() -> None:
    root = ET.fromstring(junit_xml(ALL))
    for suite in root:
        cases = [float(case.attrib["time"]) for case in suite.iter("testcase")]
        assert sum(cases) == pytest.approx(float(suite.attrib["time"]))


def test_what_xml_cannot_hold_is_written_out() -> None:
    text = junit_xml((EVIL,))
    assert text.encode()
    [suite] = ET.fromstring(text)
    assert "\\x1b[31m\\u202e\\x07 ünï 测试\\n::error::y \\udc80" in suite.attrib["name"]
    assert "]]>" in suite.attrib["name"]
    assert len(suite.attrib["name"]) > 300
