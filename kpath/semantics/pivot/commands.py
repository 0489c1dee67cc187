"""Who may run commands on nodes through Systems Manager.

Source: service authorization reference, AWS Systems Manager; its user guide, Run Command, State Manager, and the
reference of AWS's documents (what each runs, on which platforms), as of 2026-10.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kpath.evidence import TARGET, Assumption, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.sets import Refs
from kpath.model.tables import Model
from kpath.semantics.iam.able import Able, Call, able, besides
from kpath.semantics.iam.account import principals
from kpath.semantics.iam.escalation.asking import Asker
from kpath.semantics.iam.escalation.table import Need
from kpath.semantics.iam.estate import READS, beside, managed, nodes_of, regions, tagged, untagged
from kpath.semantics.iam.statements import relevant
from kpath.verdict import Denied

__all__ = ["READS", "commanded"]

# AWS's documents that run what their caller says: a script, a playbook, a document from elsewhere.
_ANYWHERE = ("AWS-ApplyChefRecipes", "AWS-RunDocument", "AWS-RunInspecChecks", "AWS-RunRemoteScript")
_LINUX = ("AWS-ApplyAnsiblePlaybooks", "AWS-RunAnsiblePlaybook", "AWS-RunSaltState", "AWS-RunShellScript")
_WINDOWS = (
    "AWS-ApplyDSCMofs", "AWS-InstallApplication", "AWS-InstallPowerShellModule", "AWS-RunPowerShellScript",
)  # fmt: skip
_SYSTEM = "/status/nodeInfo/operatingSystem"
WINDOWS = "windows"

BY_DOCUMENT = ("ssm:SendCommand", "ssm:CreateAssociation", "ssm:CreateAssociationBatch")
UPDATE = "ssm:UpdateAssociation"
CREATE = "ssm:CreateDocument"
SESSION = "ssm:StartSession"
_ON_WINDOWS = Assumption("the node runs Windows", missing="nodes")
_THERE = Assumption("there is an association to be changed", missing="ssm list-associations")


def commanded(model: Model) -> Iterator[tuple[Able, Refs, Evidence, tuple[Assumption, ...]]]:
    """Who may command which nodes, why, and what that assumes."""
    for part in managed(model):
        for near in regions(part.instances):
            for arns, tags in tagged(model, near):
                found: list[Found] = [(each, (), ()) for each in able(model, Call(SESSION, arns, tags))]
                for action in (*BY_DOCUMENT, UPDATE):
                    for names, some, why, assumes in _documents(model, arns):
                        for each in _by_document(model, names, Call(action, some, tags)):
                            found.append((each, why, (*assumes, *((_THERE,) if action == UPDATE else ()))))
                for each, facts, also in found:
                    because = (*each.because(model), *facts, *part.because)
                    yield each, nodes_of(model, each.resources), because, (*each.assumes, *also, *part.assumes)


Found = tuple[Able, Evidence, tuple[Assumption, ...]]


def _documents(
    model: Model, arns: frozenset[str]
) -> Iterator[tuple[tuple[str, ...], frozenset[str], Evidence, tuple[Assumption, ...]]]:
    """AWS's documents that run on some instances, by what is known of the system of these; none for one's own."""
    systems = _systems(model)
    windows = frozenset(arn for arn in arns if systems.get(arn) == WINDOWS)
    unknown = frozenset(arn for arn in arns if not systems.get(arn))
    yield (), arns, (), ()
    yield _ANYWHERE, arns, (), ()
    if others := arns - windows:
        yield _LINUX, others, (), ()
    if unknown:
        yield _WINDOWS, unknown, (), (_ON_WINDOWS,)
    if windows:
        yield _WINDOWS, windows, (Fact(TARGET, _SYSTEM, WINDOWS),), ()


@memoised
def _systems(model: Model) -> Mapping[str, str]:
    """The operating system of instances, where it is known."""
    known = ((node.instance, node.info.operating_system) for node in model.nodes if node.info is not None)
    return {str(arn): system for arn, system in known if arn is not None and system}


def _by_document(model: Model, names: tuple[str, ...], call: Call) -> tuple[Able, ...]:
    """Who may have instances run one of AWS's documents, or one that it makes."""
    near = min(call.resources)
    documents = frozenset[str]().union(*(beside(near, "ssm", f"document/{name}", owned=False) for name in names))
    run = able(model, Call(call.action, documents, untagged(model))) if names else _own(model, call.action, near)
    if call.action == UPDATE:
        changing = able(model, Call(UPDATE, beside(near, "ssm", "association/some")))
        return besides(changing, run, able(model, call))
    return besides(run, able(model, call))


@memoised
def _own(model: Model, action: str, near: str) -> tuple[Able, ...]:
    """Who may make a document, and have it run, where something is; whatever it is called."""
    region, account = near.split(":")[3:5]
    needs = [Need(each, f"ssm:{region}:*:document/*") for each in (CREATE, action)]
    found = []
    for principal, policies in principals(model).items():
        speaks = any(relevant(each, CREATE) for each in policies.identity)
        if speaks and principal.account == account:
            verdict = Asker(principal, policies).picks(needs)
            if not isinstance(verdict, Denied):
                found.append(Able(principal, beside(near, "ssm", "document/some"), verdict))
    return tuple(found)
