"""AWS managed policies that kpath knows by name."""

from __future__ import annotations

import re

import pytest

from kpath.iam import decide
from kpath.refs import Ref
from kpath.semantics.iam.managed import known
from kpath.verdict import word

ROLE = "arn:aws:iam::111122223333:role/node"
ON_EKS = (
    "AmazonEKSWorkerNodePolicy", "AmazonEKSWorkerNodeMinimalPolicy", "AmazonEKS_CNI_Policy", "AmazonEKSClusterPolicy",
    "AmazonEKSServicePolicy", "AmazonEKSVPCResourceController", "AmazonEKSFargatePodExecutionRolePolicy",
    "AmazonEKSComputePolicy", "AmazonEKSBlockStoragePolicy", "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy", "service-role/AmazonEBSCSIDriverPolicy", "service-role/AmazonEFSCSIDriverPolicy",
    "AmazonEC2ContainerRegistryReadOnly", "AmazonEC2ContainerRegistryPullOnly", "AmazonEC2ContainerRegistryPowerUser",
    "AmazonSSMManagedInstanceCore", "service-role/AmazonEC2RoleforSSM", "CloudWatchAgentServerPolicy",
    "AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess", "SecurityAudit", "job-function/ViewOnlyAccess",
    "IAMFullAccess", "AmazonS3FullAccess", "AmazonS3ReadOnlyAccess", "AmazonEC2FullAccess", "SecretsManagerReadWrite",
)  # fmt: skip


@pytest.mark.parametrize("name", ON_EKS)
def test_those_that_matter_on_eks_are_known_with_version_and_date(name: str) -> None:
    found = known(Ref(f"arn:aws:iam::aws:policy/{name}"))

    assert found is not None
    assert re.fullmatch(r"v\d+", found.version)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", found.date)


@pytest.mark.parametrize(
    ("name", "action", "expected"),
    [
        ("AdministratorAccess", "iam:PutRolePolicy", "allowed"),
        ("PowerUserAccess", "iam:PutRolePolicy", "denied"),
        ("PowerUserAccess", "ec2:RunInstances", "allowed"),
        ("ReadOnlyAccess", "s3:GetObject", "allowed"),
        ("ReadOnlyAccess", "s3:PutObject", "denied"),
        ("ReadOnlyAccess", "secretsmanager:GetSecretValue", "denied"),
        ("SecurityAudit", "s3:GetObject", "denied"),
        ("AmazonEKSWorkerNodePolicy", "eks-auth:AssumeRoleForPodIdentity", "allowed"),
        ("AmazonEKS_CNI_Policy", "ec2:CreateNetworkInterface", "allowed"),
        ("AmazonSSMManagedInstanceCore", "ssm:GetParameter", "allowed"),
        ("service-role/AmazonEC2RoleforSSM", "s3:GetObject", "allowed"),
        ("IAMFullAccess", "iam:CreatePolicyVersion", "allowed"),
    ],
)
def test_they_allow_what_aws_says(name: str, action: str, expected: str) -> None:
    found = known(Ref(f"arn:aws:iam::aws:policy/{name}"))
    assert found is not None
    verdict = decide({"principal": ROLE, "action": action}, {"identity": bytes(found.document)})

    assert expected == word(verdict)


def test_in_other_partitions_they_name_that_partition() -> None:
    found = known(Ref("arn:aws-cn:iam::aws:policy/service-role/AmazonEBSCSIDriverPolicy"))

    assert found is not None
    assert b'"arn:aws-cn:ec2:' in bytes(found.document)
    assert b'"arn:aws:' not in bytes(found.document)


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::aws:policy/Nothing", "arn:aws:iam::111122223333:policy/AdministratorAccess", ROLE]
)
def test_others_are_not(arn: str) -> None:
    assert known(Ref(arn)) is None
