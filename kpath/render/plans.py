"""A plan of changes: as text, and in the shape that programs rely on."""

from __future__ import annotations

import json
from collections.abc import Iterator

from kpath.mitigations import Fix
from kpath.query.cuts import Chosen, Demand, Plan
from kpath.refs import CONTROLLERS, Ref
from kpath.render.escape import plain
from kpath.render.phrases import counted, ids, short, steps, value
from kpath.render.shape import Json, path_shape, report_shape
from kpath.snapshot.patch import Operation, Patch

# How many refs are named in a line before the rest is counted.
_NAMED = 4


def plan_text(plan: Plan, *, proof: bool = False) -> str:
    """The changes, what they break, what is left, and, for a proof, why no cheaper set works."""
    return "\n".join([*_heading(plan), *_changes(plan), *_left(plan), *(_proof(plan) if proof else ())]) + "\n"


def _heading(plan: Plan) -> Iterator[str]:
    report = plan.report
    source = plain(report.source) if report is not None else "the source"
    if not plan.broken and not plan.remaining:
        yield f"{source}: nothing to break" + (f", {report.verdict}" if report is not None else "")
        return
    kept = f", {counted(len(plan.remaining), 'goal')} cannot be kept from it" if plan.remaining else ""
    made = counted(len(plan.changes), "change")
    yield f"{source} loses {counted(len(plan.broken), 'goal')} by {made} of cost {plan.cost}{kept}"


def _changes(plan: Plan) -> Iterator[str]:
    for number, each in enumerate(plan.changes, 1):
        yield ""
        felt = f", felt by {counted(len(each.others), 'other')}: {_named(each.others)}" if each.others else ""
        yield f"{number}. {each.fix.mitigation} at {plain(each.fix.at)}   {each.fix.lag}, cost {each.cost}{felt}"
        yield from (f"   {line}" for line in _operations(each.fix.patch, each.fix))


def _named(refs: tuple[Ref, ...]) -> str:
    return ", ".join(map(short, refs[:_NAMED])) + (", …" if len(refs) > _NAMED else "")


def _operations(patch: Patch, fix: Fix) -> Iterator[str]:
    """What is changed; of the pods of a controller, only that there are some."""
    has_owner = any(ref.kind in CONTROLLERS for ref in patch.touches)
    pods = {each.of for each in patch.operations if has_owner and each.of.kind == "pod"}
    yield from (_operation(each, fix) for each in patch.operations if each.of not in pods)
    if pods:
        yield f"and {counted(len(pods), 'pod')} of it, when made anew"


def _operation(each: Operation, fix: Fix) -> str:
    of, at = plain(each.of), plain(each.path)
    match each.op:
        case "create":
            return f"create {of}"
        case "delete":
            return f"delete {of}"
        case "remove":
            return f"{of} {at}  is removed"
        case _:
            was = f"  {value(fix.fact.value)} →" if (each.of, each.path) == (fix.fact.of, fix.fact.at) else " "
            return f"{of} {at}{was} {value(_text(each.value))}"


def _text(value_: str) -> str:
    found = json.loads(value_)
    return found if isinstance(found, str) else value_


def _left(plan: Plan) -> Iterator[str]:
    if plan.remaining:
        yield ""
        yield "nothing that kpath knows breaks"
        yield from (f"  {plain(path.target)}   {steps(len(path.steps))}: {ids(path)}" for path in plan.remaining)


def _proof(plan: Plan) -> Iterator[str]:
    if plan.demands:
        yield ""
        yield "no cheaper set works, since each of these paths needs one of the changes beside it"
    for each in plan.demands:
        yield f"  {short(each.path.source)} to {short(each.path.target)}: {ids(each.path)}"
        yield from (f"      {plain(str(fix))}" for fix in each.any_of)


def plan_shape(plan: Plan, *, proof: bool = False) -> Json:
    """The object that `fix -o json` prints: that of `paths`, with the changes and what is left."""
    found: Json = report_shape(plan.report) if plan.report is not None else {}
    found |= {
        "fixes": [_change_shape(each) for each in plan.changes],
        "cost": plan.cost,
        "remaining": [path_shape(path) for path in plan.remaining],
    }
    return found | {"proof": [_demand_shape(each) for each in plan.demands]} if proof else found


def _change_shape(each: Chosen) -> Json:
    return {
        "mitigation": each.fix.mitigation,
        "at": str(each.fix.at),
        "patch": [_operation_shape(operation) for operation in each.fix.patch.operations],
        "lag": each.fix.lag,
        "cost": each.cost,
        "others": [str(ref) for ref in each.others],
    }


def _operation_shape(each: Operation) -> Json:
    """An operation in the words of RFC 6902, with the object that it is of."""
    found: Json = {"of": str(each.of), "op": each.op, "path": each.path}
    return found | {"value": json.loads(each.value)} if each.value else found


def _demand_shape(each: Demand) -> Json:
    return {"path": path_shape(each.path), "any_of": [str(fix) for fix in each.any_of]}
