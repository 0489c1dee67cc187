"""Objects as a patch would leave them, while they are read."""

from __future__ import annotations

import msgspec

from kpath.model import wire_pod
from kpath.model.decoding import decoded
from kpath.model.kinds import ref_of
from kpath.refs import Ref
from kpath.snapshot.patch import MISSING, Patch, apply

# Where the objects with an ARN of their own stand in an answer of the AWS CLI.
_BY_ARN = ("RoleDetailList", "UserDetailList", "GroupDetailList", "Policies")


def patched_object(patch: Patch, kind: str, data: wire_pod.Wire, raw: bytes) -> wire_pod.Wire | None:
    """A Kubernetes object after its share of a patch; `None` where that deletes it."""
    meta = getattr(data, "metadata", wire_pod.Meta())
    ref = ref_of(kind, meta.namespace, meta.name)
    operations = [each for each in patch.operations if each.of == ref and each.op != "create"]
    if not operations:
        return data
    edited = apply(msgspec.json.decode(raw), operations)
    return None if edited is MISSING else decoded(kind, msgspec.json.encode(edited))


def patched_answer(patch: Patch, raw: bytes) -> bytes:
    """An answer of the AWS CLI after a patch of the objects in it."""
    answer = msgspec.json.decode(raw)
    if not isinstance(answer, dict):
        return raw
    for name in _BY_ARN:
        answer[name] = [_patched(patch, each, _arn(each)) for each in answer.get(name) or ()]
    if isinstance(role := answer.get("Role"), dict):
        answer["Role"] = _patched(patch, role, _arn(role), only=frozenset(role))
    for reservation in answer.get("Reservations") or ():
        owner = str(reservation.get("OwnerId", ""))
        listed = reservation.get("Instances") or ()
        reservation["Instances"] = [_patched(patch, each, instance_arn(each, owner, patch)) for each in listed]
    answer = {key: value for key, value in answer.items() if value != [] or key not in _BY_ARN}
    return msgspec.json.encode(answer)


def instance_arn(instance: object, owner: str, patch: Patch) -> str:
    """The ref under which a patch names this instance, or an empty string."""
    number = str(instance.get("InstanceId", "")) if isinstance(instance, dict) else ""
    ending = f":{owner}:instance/{number}"
    return next((str(ref) for ref in patch.touches if ref.endswith(ending)), "")


def _arn(holder: object) -> str:
    return str(holder.get("Arn", "")) if isinstance(holder, dict) else ""


def _patched(patch: Patch, document: object, arn: str, only: frozenset[str] | None = None) -> object:
    """A part of an answer, after what a patch does to it; only to some fields where it does not have all."""
    operations = [
        each
        for each in patch.operations
        if arn and each.of == Ref(arn) and (only is None or each.path.lstrip("/").partition("/")[0] in only)
    ]
    return apply(document, operations) if operations else document
