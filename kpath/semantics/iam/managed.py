"""AWS managed policies that snapshots name and may lack: what matters of those met on EKS.

Source: the AWS managed policy reference, as of 2026-06. Facts only: effect, actions, resources.
"""

from __future__ import annotations


def _allow(*actions: str) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


MANAGED: dict[str, dict[str, object]] = {
    "AdministratorAccess": _allow("*"),
    "AmazonEKSWorkerNodePolicy": _allow(
        "ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets", "ec2:DescribeVolumes", "ec2:DescribeVolumesModifications", "ec2:DescribeVpcs",
        "eks:DescribeCluster", "eks-auth:AssumeRoleForPodIdentity",
    ),
    "AmazonEKSWorkerNodeMinimalPolicy": _allow("eks-auth:AssumeRoleForPodIdentity"),
    "AmazonEKS_CNI_Policy": _allow(
        "ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface", "ec2:DescribeInstances", "ec2:DescribeTags", "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeInstanceTypes", "ec2:DescribeSubnets", "ec2:DetachNetworkInterface",
        "ec2:ModifyNetworkInterfaceAttribute", "ec2:UnassignPrivateIpAddresses",
    ),
    "AmazonEC2ContainerRegistryReadOnly": _allow(
        "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer",
        "ecr:GetRepositoryPolicy", "ecr:DescribeRepositories", "ecr:ListImages", "ecr:DescribeImages",
        "ecr:BatchGetImage", "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource", "ecr:DescribeImageScanFindings",
    ),
    "AmazonEC2ContainerRegistryPullOnly": _allow(
        "ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchImportUpstreamImage",
    ),
    "AmazonSSMManagedInstanceCore": _allow(
        "ssm:DescribeAssociation", "ssm:GetDocument", "ssm:GetManifest", "ssm:GetParameter", "ssm:GetParameters",
        "ssm:ListAssociations", "ssm:PutInventory", "ssm:UpdateInstanceInformation", "ssmmessages:*", "ec2messages:*",
    ),
}  # fmt: skip
