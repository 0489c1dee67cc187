"""What IAM says, as text and in shapes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kpath.iam import statements
from kpath.model.aws import ACCOUNT_DETAILS
from kpath.model.tables import Model
from kpath.query.iam import May
from kpath.render.escape import plain
from kpath.render.permissions import cited, table, verdict_text
from kpath.render.phrases import value
from kpath.render.shape import Json, assumption_shape, cited_shape
from kpath.verdict import Allowed, Verdict, word


def may_shape(verdict: Verdict, model: Model, missing: Sequence[str]) -> Json:
    """A verdict for programs."""
    return {
        "verdict": word(verdict),
        "because": [cited_shape(fact) for fact in cited(verdict.because, model)],
        "assumptions": [assumption_shape(each) for each in verdict.assumes],
        "missing": list(missing),
    }


def may_text(shape: Json) -> str:
    """A verdict with its reasons, and what may still forbid it."""
    return verdict_text(shape) + "".join(f"{line}\n" for line in _missing(shape["missing"]))


def _missing(missing: object) -> Iterator[str]:
    """What was not collected, and what that leaves open."""
    for call in missing if isinstance(missing, list) else ():
        means = "others may as well" if call == ACCOUNT_DETAILS else "policies of an organisation may forbid it"
        yield f"not collected: {plain(call)}; {means}"


def who_shape(found: Sequence[May], model: Model, missing: Sequence[str]) -> Json:
    """Everyone who may, for programs."""
    sure = any(isinstance(each.verdict, Allowed) for each in found)
    is_open = bool(found) or ACCOUNT_DETAILS in missing
    return {
        "verdict": "allowed" if sure else "undecided" if is_open else "denied",
        "because": [
            {
                "principal": str(each.principal),
                "verdict": word(each.verdict),
                "statements": [f"{of.policy}{of.at}" for of in statements(each.verdict)],
                "evidence": [cited_shape(fact) for fact in cited(each.verdict.because, model)],
                "assumptions": [assumption_shape(assumption) for assumption in each.verdict.assumes],
            }
            for each in found
        ],
        "assumptions": [
            assumption_shape(each) for each in sorted({each for may in found for each in may.verdict.assumes})
        ],
        "missing": list(missing),
    }


def who_text(shape: Json, asked: str, *, wide: bool) -> str:
    """A line per principal, those that certainly may first."""
    found = [each for each in _list(shape["because"]) if isinstance(each, Mapping)]
    lines = [*_who_lines(found, wide=wide)]
    if not found:
        lines = ["cannot tell" if shape["verdict"] == "undecided" else f"nobody may {plain(asked)}"]
    return "\n".join([*lines, *_missing(shape["missing"])]) + "\n"


def _who_lines(found: Sequence[Mapping[str, object]], *, wide: bool) -> Iterator[str]:
    rows = [("PRINCIPAL", "MAY", "GRANTED BY")]
    for each in found:
        objects = dict.fromkeys(str(fact["of"]) for fact in _maps(each["evidence"]))
        rows.append((str(each["principal"]), "yes" if each["verdict"] == "allowed" else "if", " → ".join(objects)))
    if found:
        yield from table([tuple(map(plain, row)) for row in rows])
    for each in found:
        assumptions = [_assumption_line(about) for about in _maps(each["assumptions"])]
        facts = [_fact_line(fact) for fact in _maps(each["evidence"])] if wide else []
        if facts or assumptions:
            yield from ("", plain(str(each["principal"])), *facts, *assumptions)


def _assumption_line(about: Mapping[str, object]) -> str:
    call = f" ({plain(str(about['missing']))})" if about["missing"] else ""
    return f"  if {plain(str(about['what']))}{call}"


def _fact_line(fact: Mapping[str, object]) -> str:
    held = fact["value"]
    return f"    {plain(str(fact['of']))}  {plain(str(fact['at']))}  {value(None if held is None else str(held))}"


def _list(given: object) -> Iterable[object]:
    return given if isinstance(given, list) else ()


def _maps(given: object) -> Iterator[Mapping[str, object]]:
    return (each for each in _list(given) if isinstance(each, Mapping))
