"""Names in a snapshot are written by whoever may create objects: no format lets them out of their place."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

from hypothesis import given
from hypothesis import strategies as st

from kpath.evidence import Assumption, Confidence
from kpath.model.tables import Diagnostic
from kpath.refs import Ref
from kpath.render import renderers
from kpath.render.bundle import page
from kpath.report import Cited, Path, Report, Snapshot, StepTaken

NASTY = st.one_of(
    st.text(max_size=40),
    st.sampled_from([
        "</td><script>alert(1)</script>", '"]; n9 [label="x', "\\", 'a"b', "[/]", "\x1b[2J\x1b]0;owned\x07",
        "a\nb\r\nc", "`|end|`", "end", "#quot;", "=cmd|' /C calc'!A0", "]]>", "&amp;", "\u202egnp.exe", "x--> y",
        "%%{init}%%", "<b>",
    ]),
)  # fmt: skip


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A report in which every text is an attacker's."""
    source, target = Ref("pod/shop/" + draw(NASTY)), Ref("user/" + draw(NASTY))
    fact = Cited(Ref("role/shop/" + draw(NASTY)), "/rules/0/" + draw(NASTY), draw(st.none() | NASTY), draw(NASTY))
    doubt = Assumption(draw(NASTY), Confidence.LOW, draw(st.none() | NASTY))
    step = StepTaken(
        "POD_EXEC",
        "runs a command in",
        "pod",
        source,
        target,
        (fact,),
        (doubt,),
        Confidence.LOW,
        ("T1609",),
        1,
        1,
        1,
        ("M-X",),
    )
    places = [(Ref(f"{kind}/" + draw(NASTY)),) for kind in ("secret/a", "pod/b")]
    path = Path(source, target, "high", (step,), (f"M-X at {draw(NASTY)}",), *places)
    snapshot = Snapshot("sha256:0", (), draw(NASTY), 1, 1, 1)
    diagnostics = (Diagnostic(draw(NASTY), draw(NASTY)),)
    return Report("0", snapshot, str(source), draw(NASTY), "worst", "path", (path,), (), (draw(NASTY),), diagnostics)


@given(reports())
def test_text_formats_hold_nothing_that_a_terminal_obeys(report: Report) -> None:
    for name in ("table", "wide", "markdown", "dot", "mermaid", "json", "yaml"):
        text = renderers()[name].render(report)

        assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text) is None


@given(reports())
def test_json_is_json(report: Report) -> None:
    found = json.loads(renderers()["json"].render(report))

    assert report.paths[0].source == found["paths"][0]["source"]


@given(reports())
def test_html_holds_no_markup_of_theirs(report: Report) -> None:
    root = ElementTree.fromstring(f"<div>{page(report)}</div>")

    assert {"div", "table", "caption", "tr", "th", "td", "br", "em", "code", "p"} >= {each.tag for each in root.iter()}


@given(reports())
def test_dot_has_two_nodes_and_one_edge(report: Report) -> None:
    text = renderers()["dot"].render(report)
    unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)

    assert '"' not in unquoted.replace('""', "")
    assert 1 == len(re.findall(r"->", unquoted))
    assert {"n0", "n1"} >= set(re.findall(r"\bn\d+\b", unquoted))


@given(reports())
def test_mermaid_has_two_nodes_and_one_edge(report: Report) -> None:
    label = r'"[A-Za-z0-9/_. #;+-]*"'
    line = rf"flowchart LR|  classDef .*|  n\d\[{label}\](:::\w+)?|  n\d (-->|-\.->)\|{label}\| n\d"

    assert all(re.fullmatch(line, each) for each in renderers()["mermaid"].render(report).splitlines())
