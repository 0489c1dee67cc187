"""What we decode of the AWS CLI's answers, under the names that AWS gives them."""

from __future__ import annotations

from msgspec import Raw, field

from kpath.model import wire_data, wire_org
from kpath.model.wire_parts import Aws, Camel, Tag

# JSON that is kept as it stands; this is the absent one.
NULL = Raw(b"null")


class InlinePolicy(Aws, frozen=True):
    policy_name: str = ""
    policy_document: Raw = Raw(b"{}")


class AttachedPolicy(Aws, frozen=True):
    policy_name: str = ""
    policy_arn: str = ""


class Boundary(Aws, frozen=True):
    permissions_boundary_arn: str = ""


class RoleName(Aws, frozen=True):
    role_name: str = ""
    arn: str = ""


class InstanceProfile(Aws, frozen=True):
    arn: str = ""
    instance_profile_name: str = ""
    roles: tuple[RoleName, ...] = ()


class Role(Aws, frozen=True):
    """`iam get-account-authorization-details`, RoleDetailList; also `iam get-role`."""

    arn: str
    role_name: str = ""
    path: str = "/"
    assume_role_policy_document: Raw = NULL
    role_policy_list: tuple[InlinePolicy, ...] | None = None
    attached_managed_policies: tuple[AttachedPolicy, ...] | None = None
    instance_profile_list: tuple[InstanceProfile, ...] | None = None
    permissions_boundary: Boundary | None = None

    @property
    def is_whole(self) -> bool:
        """Whether its policies are here; `iam get-role` shows none."""
        return self.role_policy_list is not None and self.attached_managed_policies is not None


class User(Aws, frozen=True):
    arn: str
    user_name: str = ""
    user_policy_list: tuple[InlinePolicy, ...] | None = None
    attached_managed_policies: tuple[AttachedPolicy, ...] | None = None
    group_list: tuple[str, ...] | None = None
    permissions_boundary: Boundary | None = None


class Group(Aws, frozen=True):
    arn: str
    group_name: str = ""
    group_policy_list: tuple[InlinePolicy, ...] | None = None
    attached_managed_policies: tuple[AttachedPolicy, ...] | None = None


class PolicyVersion(Aws, frozen=True):
    document: Raw = NULL
    is_default_version: bool = False


class ManagedPolicy(Aws, frozen=True):
    """A policy of IAM. Under the same key, organisations list theirs, each with a `type`, and
    `ssm get-resource-policies` gives those of a parameter: the text, and no ARN.
    """

    arn: str = ""
    policy_name: str = ""
    type: str = ""
    policy: str | None = None
    policy_version_list: tuple[PolicyVersion, ...] | None = None


class MetadataOptions(Aws, frozen=True):
    http_tokens: str | None = None
    http_put_response_hop_limit: int | None = None
    http_endpoint: str | None = None
    http_protocol_ipv6: str | None = None


class ProfileOf(Aws, frozen=True):
    arn: str = ""


class State(Aws, frozen=True):
    name: str = ""


class Placement(Aws, frozen=True):
    availability_zone: str = ""


class SecurityGroup(Aws, frozen=True):
    group_id: str = ""


class BlockDevice(Aws, frozen=True):
    volume_id: str = ""


class BlockDeviceMapping(Aws, frozen=True):
    ebs: BlockDevice | None = None


class Instance(Aws, frozen=True):
    instance_id: str
    private_dns_name: str | None = None
    iam_instance_profile: ProfileOf | None = None
    metadata_options: MetadataOptions | None = None
    state: State | None = None
    placement: Placement | None = None
    security_groups: tuple[SecurityGroup, ...] | None = None
    block_device_mappings: tuple[BlockDeviceMapping, ...] | None = None
    tags: tuple[Tag, ...] | None = None


class Reservation(Aws, frozen=True):
    owner_id: str = ""
    instances: tuple[Instance, ...] | None = None


class AccessKey(Aws, frozen=True):
    """`iam list-access-keys`: whose key it is; the key itself is nowhere."""

    access_key_id: str
    user_name: str = ""
    status: str = ""


class UserData(Aws, frozen=True):
    """`ec2 describe-instance-attribute --attribute userData`: what an instance was started with, in base64."""

    value: str = ""


class Oidc(Camel, frozen=True):
    issuer: str = ""


class Identity(Camel, frozen=True):
    oidc: Oidc | None = None


class AccessConfig(Camel, frozen=True):
    authentication_mode: str | None = None


class VpcConfig(Camel, frozen=True):
    endpoint_public_access: bool | None = None
    public_access_cidrs: tuple[str, ...] | None = None


class Cluster(Camel, frozen=True):
    name: str
    arn: str = ""
    version: str | None = None
    identity: Identity | None = None
    access_config: AccessConfig | None = None
    resources_vpc_config: VpcConfig | None = None


class LaunchTemplate(Camel, frozen=True):
    id: str = ""
    version: str = ""


class Nodegroup(Camel, frozen=True):
    nodegroup_name: str
    cluster_name: str = ""
    nodegroup_arn: str = ""
    node_role: str | None = None
    ami_type: str | None = None
    launch_template: LaunchTemplate | None = None


class AccessEntry(Camel, frozen=True):
    principal_arn: str
    cluster_name: str = ""
    access_entry_arn: str = ""
    kubernetes_groups: tuple[str, ...] | None = None
    username: str | None = None
    type: str | None = None


class AccessScope(Camel, frozen=True):
    type: str = ""
    namespaces: tuple[str, ...] | None = None


class AssociatedPolicy(Camel, frozen=True):
    policy_arn: str
    access_scope: AccessScope = AccessScope()


class PodIdentity(Camel, frozen=True):
    """`eks describe-pod-identity-association`: the role that a service account's pods get; lists leave that out."""

    association_arn: str
    cluster_name: str = ""
    namespace: str = ""
    service_account: str = ""
    role_arn: str = ""
    target_role_arn: str | None = None
    disable_session_tags: bool | None = None


class OidcConfig(Camel, frozen=True):
    cluster_name: str = ""


class IdentityProvider(Camel, frozen=True):
    """`eks describe-identity-provider-config`: a provider of tokens that a cluster accepts."""

    oidc: OidcConfig | None = None


class Listed(Camel, frozen=True):
    name: str = ""


class Answer(wire_data.DataAnswer, frozen=True):
    """One answer of the AWS CLI: whichever of these keys it has."""

    is_truncated: bool = field(default=False, name="IsTruncated")
    next_token: str | None = field(default=None, name="NextToken")
    next_entries: str | None = field(default=None, name="nextToken")
    user_details: tuple[User, ...] | None = field(default=None, name="UserDetailList")
    group_details: tuple[Group, ...] | None = field(default=None, name="GroupDetailList")
    role_details: tuple[Role, ...] | None = field(default=None, name="RoleDetailList")
    policies: tuple[ManagedPolicy, ...] | None = field(default=None, name="Policies")
    role: Role | None = field(default=None, name="Role")
    profiles: tuple[InstanceProfile, ...] | None = field(default=None, name="InstanceProfiles")
    reservations: tuple[Reservation, ...] | None = field(default=None, name="Reservations")
    access_keys: tuple[AccessKey, ...] | None = field(default=None, name="AccessKeyMetadata")
    instance_id: str | None = field(default=None, name="InstanceId")
    user_data: UserData | None = field(default=None, name="UserData")
    url: str | None = field(default=None, name="Url")
    client_ids: tuple[str, ...] | None = field(default=None, name="ClientIDList")
    providers: tuple[ProfileOf, ...] | None = field(default=None, name="OpenIDConnectProviderList")
    account: str | None = field(default=None, name="Account")
    cluster: Cluster | None = None
    nodegroup: Nodegroup | None = None
    access_entry: AccessEntry | None = field(default=None, name="accessEntry")
    access_entries: tuple[str, ...] | None = field(default=None, name="accessEntries")
    association: PodIdentity | None = None
    associations: tuple[PodIdentity, ...] | None = None
    token_provider: IdentityProvider | None = field(default=None, name="identityProviderConfig")
    token_providers: tuple[Listed, ...] | None = field(default=None, name="identityProviderConfigs")
    cluster_name: str | None = field(default=None, name="clusterName")
    principal_arn: str | None = field(default=None, name="principalArn")
    associated: tuple[AssociatedPolicy, ...] | None = field(default=None, name="associatedAccessPolicies")
    # Of the request, not of the answer: `organizations` answers do not say what they were asked about.
    target_id: str | None = field(default=None, name="TargetId")
    parent_id: str | None = field(default=None, name="ParentId")
    child_id: str | None = field(default=None, name="ChildId")
    organization: wire_org.Organization | None = field(default=None, name="Organization")
    members: tuple[wire_org.Member, ...] | None = field(default=None, name="Accounts")
    roots: tuple[wire_org.Root, ...] | None = field(default=None, name="Roots")
    children: tuple[wire_org.Place, ...] | None = field(default=None, name="Children")
    parents: tuple[wire_org.Place, ...] | None = field(default=None, name="Parents")
    units: tuple[wire_org.Place, ...] | None = field(default=None, name="OrganizationalUnits")
    targets: tuple[wire_org.Target, ...] | None = field(default=None, name="Targets")

    @property
    def is_last(self) -> bool:
        """Whether no page follows."""
        return not (self.is_truncated or self.next_token or self.next_entries or self.next_marker)
