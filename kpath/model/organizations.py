"""Answers of AWS Organizations → who is where in which organisation, and which policies are attached to what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import SnapshotError
from kpath.model import wire_aws, wire_org
from kpath.refs import Ref

SCP, RCP = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"

# What an organisation has carries the account that manages it in its ARN, and the organisation's id.
_ARN = re.compile(r"arn:[a-z-]+:organizations::(\d+):[a-z]+/(o-[a-z0-9]+)(?:/.*)?")


class Organization(Struct, frozen=True):
    """An organisation: who manages it, whether it has more than one bill, and whether all its accounts were listed."""

    id: str
    management: str = ""
    is_for_bills: bool = False
    is_listed: bool = False


class Place(Struct, frozen=True):
    """A root, an organisational unit or an account, by its id; of a root, the types of policies that it has.

    `attached` are policies that were listed for it, by type and ARN; `whole` the types that were listed to the end.
    """

    id: str
    arn: str = ""
    parent: str = ""
    types: tuple[str, ...] | None = None
    attached: tuple[tuple[str, str], ...] = ()
    whole: tuple[str, ...] = ()

    @property
    def organization(self) -> str:
        """The organisation's id, where the ARN of this place is known."""
        found = _ARN.fullmatch(self.arn)
        return found[2] if found is not None else ""


class Control(Struct, frozen=True):
    """A policy of an organisation: its text where it was described, the ids that it is attached to, if all of them."""

    arn: str
    type: str
    content: str | None = None
    targets: tuple[str, ...] = ()
    is_whole: bool = False


class OrgBuilder:
    """Collects answers; `tables` hands out what they hold."""

    TABLES = ("organizations", "org_places", "org_policies")

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self._known: dict[str, Organization] = {}
        self._places: dict[str, Place] = {}
        self._policies: dict[str, Control] = {}
        # The organisations, empty where that was not told, of which all accounts were listed.
        self._listed: set[str] = set()

    def add(self, answer: wire_aws.Answer, file: str) -> bool:
        """Take in one answer, and say whether it is of Organizations."""
        found = (self._organization(answer, file), self._tree(answer, file), self._control(answer, file))
        return any(found) or self._summaries(answer, file)

    def _organization(self, answer: wire_aws.Answer, file: str) -> bool:
        told = answer.organization
        if told is not None:
            held = self._of_arn(told.arn) or self._known.get(told.id) or Organization(told.id)
            management = told.master_account_id or held.management
            is_for_bills = told.feature_set == "CONSOLIDATED_BILLING"
            self._known[told.id] = replace(held, id=told.id, management=management, is_for_bills=is_for_bills)
        for root in answer.roots or ():
            types = sorted(each.type for each in root.policy_types or ())
            self._at(root.id, root.arn, file, "/Roots", types=tuple(types) if root.policy_types is not None else None)
        for member in answer.members or ():
            self._at(member.id, member.arn, file, "/Accounts")
        if answer.members is not None and answer.parent_id is None and answer.is_last:
            self._listed |= {self._places[each.id].organization for each in answer.members}
        return told is not None or answer.roots is not None or answer.members is not None

    def _tree(self, answer: wire_aws.Answer, file: str) -> bool:
        below = (("/Children", answer.children), ("/OrganizationalUnits", answer.units), ("/Accounts", answer.members))
        for at, places in below if answer.parent_id else ():
            for each in places or ():
                self._at(each.id, each.arn, file, at)
                self._put_below(each.id, answer.parent_id or "", file, at)
        for each in answer.parents or () if answer.child_id else ():
            self._put_below(answer.child_id or "", each.id, file, "/Parents")
        is_below = bool(answer.parent_id) and (answer.children is not None or answer.units is not None)
        return is_below or bool(answer.child_id and answer.parents is not None)

    @staticmethod
    def lacking(answer: wire_aws.Answer) -> str:
        """The field of the request without which an answer says nothing."""
        if answer.parents is not None and not answer.child_id:
            return "ChildId"
        is_below = answer.children is not None or answer.units is not None
        return "ParentId" if is_below and not answer.parent_id else ""

    def _put_below(self, child: str, parent: str, file: str, at: str) -> None:
        for id_ in (child, parent):
            self._at(id_, "", file, at)
        held = self._places[child]
        if held.parent not in ("", parent):
            raise SnapshotError(file, at, f"`{child}` is in two places, first in {self.files[child]}")
        self._places[child] = replace(held, parent=parent)
        above, seen = parent, {child}
        while above:
            if above in seen:
                raise SnapshotError(file, at, f"`{child}` is above itself")
            seen.add(above)
            above = self._places[above].parent

    def _at(self, id_: str, arn: str, file: str, at: str, *, types: tuple[str, ...] | None = None) -> Place:
        """A place, with what is told of it beside what was known."""
        if not id_:
            raise SnapshotError(file, at, "a place in an organisation needs an id")
        held = self._places.get(id_) or Place(id_)
        if types is not None and held.types not in (None, types):
            raise SnapshotError(file, at, f"`{id_}` differs from the one in {self.files[id_]}")
        self._of_arn(arn)
        found = replace(held, arn=held.arn or arn, types=types if types is not None else held.types)
        self._places[id_] = found
        self.files.setdefault(id_, file)
        return found

    def _control(self, answer: wire_aws.Answer, file: str) -> bool:
        if not isinstance(answer.policy, wire_org.Described) or answer.policy.policy_summary is None:
            return False
        summary, content = answer.policy.policy_summary, answer.policy.content
        if content is None:
            raise SnapshotError(file, "/Policy/Content", "a policy of an organisation needs its text")
        targets = tuple(sorted({each.target_id for each in answer.targets or ()} - {""}))
        found = Control(summary.arn, summary.type, content, targets, answer.targets is not None and answer.is_last)
        self._of_arn(summary.arn)
        held = self._policies.get(summary.arn)
        if held is not None and held.content is not None and held != found:
            raise SnapshotError(file, "/Policy", f"`{summary.arn}` is there twice, first in {self.files[summary.arn]}")
        self._policies[summary.arn] = found
        self.files[summary.arn] = file
        return True

    def _summaries(self, answer: wire_aws.Answer, file: str) -> bool:
        """Policies in a list: of everything, or of what is attached to one place."""
        listed = [each for each in answer.policies or () if each.type]
        for each in listed:
            self._of_arn(each.arn)
            self._policies.setdefault(each.arn, Control(each.arn, each.type))
            self.files.setdefault(each.arn, file)
        if answer.target_id and answer.policies is not None:
            held = self._at(answer.target_id, "", file, "/TargetId")
            attached = {*held.attached, *((each.type, each.arn) for each in listed)}
            whole = {*held.whole, *(each.type for each in listed if answer.is_last)}
            found = replace(held, attached=tuple(sorted(attached)), whole=tuple(sorted(whole)))
            self._places[answer.target_id] = found
        return bool(listed) or bool(answer.target_id and answer.policies is not None)

    def _of_arn(self, arn: str) -> Organization | None:
        """The organisation that an ARN names."""
        told = _ARN.fullmatch(arn)
        if told is None:
            return None
        held = self._known.get(told[2]) or Organization(told[2])
        return self._known.setdefault(told[2], replace(held, management=held.management or told[1]))

    def tables(self) -> Mapping[str, Mapping[Ref, Struct]]:
        """Everything, sorted."""
        only = len(self._known) == 1
        known = [
            replace(each, is_listed=each.id in self._listed or ("" in self._listed and only))
            for each in self._known.values()
        ]
        return {
            "organizations": _by({each.id: each for each in known}.items()),
            "org_places": _by(self._places.items()),
            "org_policies": _by(self._policies.items()),
        }


def _by(items: Iterable[tuple[str, Struct]]) -> dict[Ref, Struct]:
    return {Ref(name): each for name, each in sorted(items, key=lambda pair: pair[0])}
