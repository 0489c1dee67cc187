"""Chains that cross from the account into the cluster, where a change of one opens a step of the other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import kpath

Json = dict[str, Any]

HOME = "111122223333"
OPS, NODES = (f"arn:aws:iam::{HOME}:role/{name}" for name in ("ops", "nodes"))
CLUSTER = f"arn:aws:eks:eu-west-1:{HOME}:cluster/shop"
INSTANCE = f"arn:aws:ec2:eu-west-1:{HOME}:instance/i-1"


def graph(folder: Path, *actions: str, mode: str = "API", public: bool = True, tokens: str = "required") -> kpath.Graph:
    """A pod on a node whose metadata service keeps pods away, and a role that may do some things."""
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    policy = {"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
    roles = [{"Arn": arn, "RoleName": arn.rpartition("/")[2], "AttachedManagedPolicies": [],
              "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []},
              "RolePolicyList": [policy] if arn == OPS else []} for arn in (OPS, NODES)]  # fmt: skip
    profile = {"Arn": f"arn:aws:iam::{HOME}:instance-profile/nodes", "InstanceProfileName": "nodes",
               "Roles": [{"RoleName": "nodes", "Arn": NODES}]}  # fmt: skip
    instance = {"InstanceId": "i-1", "Placement": {"AvailabilityZone": "eu-west-1a"}, "State": {"Name": "running"},
                "IamInstanceProfile": {"Arn": profile["Arn"]},
                "MetadataOptions": {"HttpTokens": tokens, "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled"},
                }  # fmt: skip
    cluster = {"name": "shop", "arn": CLUSTER, "accessConfig": {"authenticationMode": mode},
               "resourcesVpcConfig": {"endpointPublicAccess": public}}  # fmt: skip
    documents: list[Json] = [
        {"RoleDetailList": roles, "UserDetailList": [], "GroupDetailList": [], "Policies": []},
        {"InstanceProfiles": [profile]}, {"Reservations": [{"OwnerId": HOME, "Instances": [instance]}]},
        {"cluster": cluster},
        {"kind": "Node", "metadata": {"name": "n1"}, "spec": {"providerID": "aws:///eu-west-1a/i-1"}, "status": {}},
        {"kind": "Pod", "metadata": {"namespace": "shop", "name": "web"}, "status": {"phase": "Running"},
         "spec": {"nodeName": "n1", "containers": [{"name": "app"}]}},
    ]  # fmt: skip
    for number, each in enumerate(documents):
        (folder / f"{number}.json").write_text(json.dumps(each))
    return kpath.load(folder)


def test_a_pod_alone_does_not_reach_what_only_a_change_opens(tmp_path: Path) -> None:
    found = graph(tmp_path, "ec2:ModifyInstanceMetadataOptions")
    assert "imds/n1" not in found.reach("pod/shop/web")
    assert ("IMDS_REACH", "pod/shop/web", "imds/n1") in found.pairs()


def test_where_nobody_may_change_the_options_nothing_is_derived_from_it(tmp_path: Path) -> None:
    found = graph(tmp_path, "ec2:DescribeInstances")
    assert ("IMDS_REACH", "pod/shop/web", "imds/n1") not in found.pairs()


def test_an_open_metadata_service_needs_no_change(tmp_path: Path) -> None:
    found = graph(tmp_path, "ec2:DescribeInstances", tokens="optional")
    assert NODES in found.reach("pod/shop/web")


def test_a_private_endpoint_that_somebody_may_open_is_reached_after_the_change(tmp_path: Path) -> None:
    found = graph(tmp_path, "eks:UpdateClusterConfig", public=False)
    assert "apiserver" not in found.reach("internet")
    assert ("EXPOSE_API_PUBLIC", "internet", "apiserver") in found.pairs()


def test_in_mode_config_map_the_mode_is_switched_on_the_way(tmp_path: Path) -> None:
    rights = ("eks:CreateAccessEntry", "eks:AssociateAccessPolicy")
    (tmp_path / "able").mkdir()
    (tmp_path / "not").mkdir()
    able = graph(tmp_path / "able", *rights, "eks:UpdateClusterConfig", mode="CONFIG_MAP")
    unable = graph(tmp_path / "not", *rights, mode="CONFIG_MAP")
    assert "cluster-admin" in able.reach(OPS)
    assert "cluster-admin" not in unable.reach(OPS)


def test_commands_on_a_node_lead_to_its_role_and_its_pods(tmp_path: Path) -> None:
    found = graph(tmp_path, "ssm:StartSession")
    assert {"node/n1", NODES, "pod/shop/web"} <= set(found.reach(OPS))
