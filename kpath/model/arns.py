"""What the answers of the AWS CLI call things by: ARNs, each of the kind that its field holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kpath.errors import SnapshotError
from kpath.evidence import pointer
from kpath.model import wire_aws
from kpath.refs import Ref

_WORDS = {
    "aws-role": "a role", "aws-user": "a user", "aws-group": "a group", "aws-policy": "a managed policy",
    "aws-instance-profile": "an instance profile", "aws-oidc-provider": "an OIDC provider", "aws-cluster": "a cluster",
    "aws-pod-identity": "a Pod Identity association",
}  # fmt: skip

# A pointer, what is there, and of what kind it has to be; of any, where that is empty.
Place = tuple[str, str | None, str]


def checked(answer: wire_aws.Answer, file: str) -> None:
    """Raises `SnapshotError` where something is not called by an ARN, or by one of another kind of thing.

    A field that an answer may lack is not checked where it is empty.
    """
    for at, found, kind in (*_of_iam(answer), *_of_eks(answer), *_of_data(answer)):
        if found is not None and not _fits(Ref(found), kind):
            raise SnapshotError(file, at, f"expected the ARN of {_WORDS[kind]}" if kind else "expected an ARN")


def _fits(ref: Ref, kind: str) -> bool:
    return ref.kind == kind if kind else ref.kind.startswith("aws-") and ref.startswith("arn:")


def _of_iam(answer: wire_aws.Answer) -> Iterator[Place]:
    for index, role in enumerate(answer.role_details or ()):
        yield from _of_role(role, pointer("RoleDetailList", index))
    yield from _of_role(answer.role, "/Role") if answer.role is not None else ()
    for index, user in enumerate(answer.user_details or ()):
        yield pointer("UserDetailList", index, "Arn"), user.arn, "aws-user"
    for index, group in enumerate(answer.group_details or ()):
        yield pointer("GroupDetailList", index, "Arn"), group.arn, "aws-group"
    for index, policy in enumerate(answer.policies or ()):
        if policy.arn and not policy.type:
            yield pointer("Policies", index, "Arn"), policy.arn, "aws-policy"
    for index, provider in enumerate(answer.providers or ()):
        yield pointer("OpenIDConnectProviderList", index, "Arn"), provider.arn, "aws-oidc-provider"
    yield from _of_profiles(answer.profiles or (), "/InstanceProfiles")


def _of_role(role: wire_aws.Role, at: str) -> Iterator[Place]:
    yield f"{at}/Arn", role.arn, "aws-role"
    yield from _of_profiles(role.instance_profile_list or (), f"{at}/InstanceProfileList")


def _of_profiles(profiles: Iterable[wire_aws.InstanceProfile], at: str) -> Iterator[Place]:
    for index, profile in enumerate(profiles):
        yield f"{at}/{index}/Arn", profile.arn, "aws-instance-profile"
        for number, role in enumerate(profile.roles):
            yield f"{at}/{index}/Roles/{number}/Arn", role.arn, "aws-role"


def _of_eks(answer: wire_aws.Answer) -> Iterator[Place]:
    if (cluster := answer.cluster) is not None:
        yield "/cluster/arn", cluster.arn or None, "aws-cluster"
    if (group := answer.nodegroup) is not None:
        yield "/nodegroup/nodegroupArn", group.nodegroup_arn or None, ""
        yield "/nodegroup/nodeRole", group.node_role or None, "aws-role"
    if (entry := answer.access_entry) is not None:
        yield "/accessEntry/principalArn", entry.principal_arn, ""
        yield "/accessEntry/accessEntryArn", entry.access_entry_arn or None, ""
    if (identity := answer.association) is not None:
        yield "/association/associationArn", identity.association_arn, "aws-pod-identity"
        yield "/association/roleArn", identity.role_arn or None, "aws-role"
        yield "/association/targetRoleArn", identity.target_role_arn or None, "aws-role"
    if answer.associated is not None:
        yield "/principalArn", answer.principal_arn or None, ""


def _of_data(answer: wire_aws.Answer) -> Iterator[Place]:
    for index, secret in enumerate(answer.secrets or ()):
        yield pointer("SecretList", index, "ARN"), secret.arn or None, ""
