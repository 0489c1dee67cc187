"""Why there is no path, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from kpath.query.blocked import Blocked, WhyNot
from kpath.refs import Ref
from kpath.render.escape import plain
from kpath.render.explained import explained
from kpath.render.phrases import short, value
from kpath.render.shape import Json, cited_shape, path_shape
from kpath.report import Cited

# How many blocked steps are told in full.
_TOLD = 25
_NAMED = 8


def blocked_text(found: WhyNot) -> str:
    """Sentences: the verdict, what is reached, what is blocked, and from where it would have gone on."""
    return "\n".join(_lines(found)) + "\n"


def _lines(found: WhyNot) -> Iterator[str]:
    asked = f"{plain(found.source)} to {plain(found.target)}"
    if found.path is not None:
        yield f"{asked}: there is a path"
        yield from explained(found.path).splitlines()
        return
    yield f"{asked}: {found.verdict}"
    yield ""
    named = [*(plain(ref) for ref in found.reached[:_NAMED]), *(["…"] if len(found.reached) > _NAMED else [])]
    yield f"reached: {len(found.reached)} ({', '.join(named)})"
    causes: dict[tuple[str, tuple[Cited, ...], tuple[Ref, ...]], list[Blocked]] = {}
    for each in found.blocked:
        causes.setdefault((each.id, each.because, each.lacks), []).append(each)
    for members in list(causes.values())[:_TOLD]:
        yield ""
        yield from _cause(members)
    if len(causes) > _TOLD:
        yield f"and {len(causes) - _TOLD} more causes; -o json has them"
    yield ""
    if found.approach:
        yield "would lead there: " + ", ".join(plain(ref) for ref in found.approach)
    else:
        yield "no step that kpath knows leads there from anything in the snapshot"
    if found.missing:
        yield f"not collected: {', '.join(plain(each) for each in found.missing)}"


def _cause(members: list[Blocked]) -> Iterator[str]:
    """What one set of facts, or one lack, keeps away."""
    sources = list(dict.fromkeys(short(each.source) for each in members))
    targets = list(dict.fromkeys(short(each.target) for each in members))
    step = f"{members[0].id}  {_few(sources)} → {_few(targets)}"
    if members[0].lacks:
        yield f"{step}  also needs"
        yield from (f"    {plain(ref)}" for ref in members[0].lacks)
        return
    yield f"{step}  is blocked by"
    for fact in members[0].because:
        yield f"    {plain(fact.of)}  {plain(fact.at)}  {value(fact.value)}"


def _few(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def blocked_shape(found: WhyNot) -> Json:
    """The same for programs."""
    return {
        "source": found.source,
        "target": found.target,
        "verdict": found.verdict,
        "path": path_shape(found.path) if found.path is not None else None,
        "reached": [str(ref) for ref in found.reached],
        "blocked": [
            {
                "id": each.id,
                "source": str(each.source),
                "target": str(each.target),
                "because": [cited_shape(fact) for fact in each.because],
                "lacks": [str(ref) for ref in each.lacks],
                "leads_on": each.leads_on,
            }
            for each in found.blocked
        ],
        "approach": [str(ref) for ref in found.approach],
        "missing": list(found.missing),
    }
