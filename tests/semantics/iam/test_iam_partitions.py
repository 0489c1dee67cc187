"""The same account in each partition: the same steps, with ARNs of that partition."""

from __future__ import annotations

import pytest
from strategies.organizations import EVERYTHING, HOME, SCP, UNIT, Organization, allow, deny, details, loaded, role

from kpath.graph.derive import derived
from kpath.rules import rules


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov"])
def test_every_partition_takes_the_same_steps(partition: str) -> None:
    """With ARNs of that partition, and of no other."""
    roles = (
        role("app", allow("sts:*", "iam:PutRolePolicy"), trusts={"AWS": HOME}, partition=partition),
        role("admin", EVERYTHING, trusts={"AWS": f"arn:{partition}:iam::{HOME}:role/app"}, partition=partition),
        role("ci", {**EVERYTHING, "Action": "sts:AssumeRole"}, partition=partition),
    )
    found = Organization(partition=partition)
    found.add(SCP, [deny("sts:AssumeRole", Resource=f"arn:{partition}:iam::*:role/app")], UNIT)
    steps = {
        (rule.id, source, target)
        for rule, step in derived(loaded(*found.answers(), details(*roles)), rules().values())
        for source in ([step.sources] if isinstance(step.sources, str) else step.sources)
        for target in ([step.targets] if isinstance(step.targets, str) else step.targets)
    }
    me = f"arn:{partition}:iam::{HOME}:role"

    assert {
        ("STS_ASSUME_ROLE", f"{me}/app", f"{me}/admin"),
        ("AWS_ADMIN", f"{me}/admin", f"aws-admin/{HOME}"),
        ("IAM_SELF_ESCALATE", f"{me}/app", f"aws-admin/{HOME}"),
    } <= steps
    assert ("STS_ASSUME_ROLE", f"{me}/ci", f"{me}/app") not in steps
    assert {partition} == {each.split(":")[1] for step in steps for each in step if each.startswith("arn:")}
