from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.rules import Step, rule
from kpath.semantics.pivot.commands import READS, commanded


@rule(
    verb="commands, through Systems Manager,",
    attack=("T1651",),
    difficulty=1, noise=3, gain=5,
    reads=READS,
    breaks=("M-SSM-SCOPE", "M-NODEROLE-MIN", "M-NODE-OS", "M-AUTOMODE"),
)  # fmt: skip
def ssm_node_exec(model: Model) -> Iterator[Step]:
    """Run commands as root on a node through Systems Manager.

    When:
        `ssm:SendCommand` or `ssm:CreateAssociation` on the instance and on a document that runs what its caller says:
        one of AWS's for the node's system (AWS-RunShellScript, AWS-RunRemoteScript, AWS-RunDocument, …), or one that
        the principal may make (`ssm:CreateDocument`). Or `ssm:UpdateAssociation` on these and on an association that
        may be there. Or `ssm:StartSession` on the instance. And Systems Manager manages it: the node's role may
        `ssm:UpdateInstanceInformation`, as the core policy lets it, or the account's default host management does.

    Trap:
        Without that the permission is void. Permissions by tags are asked with the instance's own. An automation acts
        with its caller's rights or a passed role's, so `ssm:StartAutomationExecution` alone adds nothing. Instances of
        Auto Mode take no commands; on Bottlerocket one is in the control container first.
    """
    for each, nodes, because, assumes in commanded(model):
        yield Step(each.principal, nodes, because, assumes)
