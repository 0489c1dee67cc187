"""Rights and verdicts, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpath.evidence import Assumption, Evidence
from kpath.model.tables import Model
from kpath.render.escape import padded, plain, width
from kpath.render.phrases import value
from kpath.render.shape import Json, assumption_shape, cited_shape
from kpath.report import Cited
from kpath.semantics.rbac.bindings import Grant
from kpath.verdict import Denied, Verdict, word


def cited(because: Evidence, model: Model) -> list[Cited]:
    """Facts with the files they came from."""
    return [Cited(fact.of, fact.at, fact.value, model.file_of(fact.of)) for fact in because]


def grants_shape(found: Sequence[Grant], model: Model, unlisted: Sequence[str]) -> Json:
    """Everyone who may, for programs."""
    return {
        "verdict": "allowed" if found else "undecided" if unlisted else "denied",
        "because": [
            {
                "subject": str(grant.subject),
                "namespace": grant.namespace,
                "names": list(grant.names) if grant.names is not None else None,
                "evidence": [cited_shape(fact) for fact in cited(grant.because, model)],
                "assumptions": [assumption_shape(each) for each in grant.assumes],
            }
            for grant in found
        ],
        "assumptions": [assumption_shape(each) for each in _assumptions(found)],
        "missing": list(unlisted),
    }


def _assumptions(found: Sequence[Grant]) -> list[Assumption]:
    return sorted({each for grant in found for each in grant.assumes})


def grants_text(found: Sequence[Grant], asked: str, unlisted: Sequence[str], *, wide: bool) -> str:
    """A line per subject, binding and rule; who else may cannot be told without what is missing."""
    lines = [*_grant_lines(found, asked, wide=wide)] if found or not unlisted else ["cannot tell"]
    if unlisted:
        lines.append(f"not collected: {', '.join(unlisted)}; others may as well")
    return "\n".join(lines) + "\n"


def _grant_lines(found: Sequence[Grant], asked: str, *, wide: bool) -> Iterator[str]:
    if not found:
        yield f"nobody may {plain(asked)}"
        return
    rows = [("SUBJECT", "SCOPE", "NAMES", "GRANTED BY")]
    for grant in found:
        objects = dict.fromkeys(str(fact.of) for fact in grant.because)
        names = ", ".join(grant.names) if grant.names is not None else "all"
        rows.append((str(grant.subject), grant.namespace or "cluster", names, " → ".join(objects)))
    yield from table([tuple(map(plain, row)) for row in dict.fromkeys(rows)])
    if wide:
        for grant in found:
            yield ""
            yield plain(grant.subject)
            yield from (f"    {plain(fact.of)}  {plain(fact.at)}  {value(fact.value)}" for fact in grant.because)
    for assumption in _assumptions(found):
        yield f"if {plain(assumption.what)}"


def table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """Rows in columns, the first of them the heading."""
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "   ".join(padded(cell, columns) for cell, columns in zip(row, widths, strict=True)).rstrip()


def verdict_shape(verdict: Verdict, model: Model, unlisted: Sequence[str]) -> Json:
    """A verdict for programs; a denial is none where the bindings were not collected."""
    doubts = list(verdict.assumes)
    said = word(verdict)
    if isinstance(verdict, Denied) and unlisted:
        said = "undecided"
        doubts = [_doubt(unlisted)]
    return {
        "verdict": said,
        "because": [cited_shape(fact) for fact in cited(verdict.because, model)],
        "assumptions": [assumption_shape(each) for each in doubts],
    }


def _doubt(unlisted: Sequence[str]) -> Assumption:
    return Assumption("nothing that was not collected grants it", missing=", ".join(unlisted))


def verdict_text(shape: Json) -> str:
    """A verdict as `kubectl auth can-i` says it, with its reasons."""
    lines = [{"allowed": "yes", "denied": "no"}.get(str(shape["verdict"]), "cannot tell")]
    because, assumptions = shape["because"], shape["assumptions"]
    for fact in because if isinstance(because, list) else ():
        lines.append(f"    {plain(fact['of'])}  {plain(fact['at'])}  {value(fact['value'])}")
    for each in assumptions if isinstance(assumptions, list) else ():
        lines.append(f"  if {plain(each['what'])}" + (f" ({plain(each['missing'])})" if each["missing"] else ""))
    return "\n".join(lines) + "\n"
