"""Answers of the AWS CLI as they come → tables, by ARN."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypedDict

from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import SnapshotError
from kpath.model import wire_aws
from kpath.model.organizations import Control, Organization, OrgBuilder, Place
from kpath.model.tables import Data, Diagnostic, Provider
from kpath.refs import Ref

ACCOUNT_DETAILS = "iam get-account-authorization-details"
PROVIDERS = "iam list-open-id-connect-providers"
INSTANCES = "ec2 describe-instances"
# Without these, an answer about AWS is not complete.
DECIDING = frozenset({ACCOUNT_DETAILS, INSTANCES, "eks describe-cluster", "eks describe-access-entry"})

# Stands for the access entries on pages that were not collected.
_MORE = "…"
_UNKNOWN = "neither a Kubernetes object nor an answer that kpath knows"
_STOPPED = frozenset({"terminated", "shutting-down"})
_BUCKET = re.compile(rb'"arn:([a-z-]+):s3:::([^/"*?]+)')


class AwsTables(TypedDict):
    """The part of the model's tables that comes from AWS."""

    instances: Mapping[Ref, wire_aws.Instance]
    user_data: Mapping[Ref, wire_aws.UserData]
    profiles: Mapping[Ref, wire_aws.InstanceProfile]
    aws_roles: Mapping[Ref, wire_aws.Role]
    aws_users: Mapping[Ref, wire_aws.User]
    aws_groups: Mapping[Ref, wire_aws.Group]
    aws_policies: Mapping[Ref, wire_aws.ManagedPolicy]
    access_keys: Mapping[Ref, wire_aws.AccessKey]
    providers: Mapping[Ref, Provider]
    clusters: Mapping[Ref, wire_aws.Cluster]
    nodegroups: Mapping[Ref, wire_aws.Nodegroup]
    access_entries: Mapping[Ref, wire_aws.AccessEntry]
    access_policies: Mapping[Ref, tuple[wire_aws.AssociatedPolicy, ...]]
    pod_identities: Mapping[Ref, wire_aws.PodIdentity]
    buckets: Mapping[Ref, Data]
    aws_secrets: Mapping[Ref, Data]
    organizations: Mapping[Ref, Organization]
    org_places: Mapping[Ref, Place]
    org_policies: Mapping[Ref, Control]


class AwsBuilder:
    """Collects answers; `tables` hands out what they hold."""

    def __init__(self) -> None:
        self.found: dict[str, dict[Ref, Struct]] = {}
        self.associated: dict[Ref, tuple[wire_aws.AssociatedPolicy, ...]] = {}
        self.files: dict[str, str] = {}
        self.diagnostics: list[Diagnostic] = []
        self.listed: set[str] = set()
        self.seen: set[str] = set()
        self.accounts: set[str] = set()
        self.organizations = OrgBuilder()
        # The principals of the access entries that were listed; each is to be described, with its policies.
        self.entries: set[str] | None = None
        self._instances: dict[str, Ref] = {}
        self._user_data: dict[str, wire_aws.UserData] = {}
        self._issuers: dict[str, tuple[str, ...]] = {}

    def add(self, answer: wire_aws.Answer, file: str, at: str) -> None:
        """Take in one answer; one of a kind that no rule reads is named as unread."""
        known = self._iam(answer, file) | self._ec2(answer, file) | self._eks(answer, file) | self._data(answer, file)
        known |= self.organizations.add(answer, file)
        if not (known or answer.account):
            beside = self.organizations.lacking(answer)
            why = f"put the `{beside}` of the request beside it" if beside else _UNKNOWN
            self.diagnostics.append(Diagnostic(f"not read: {why}", file))

    def _put(self, table: str, ref: str, value: Struct, file: str) -> None:
        held = self.found.setdefault(table, {})
        if ref in held and held[Ref(ref)] != value:
            raise SnapshotError(file, "", f"`{ref}` is there twice, first in {self.files[ref]}")
        held[Ref(ref)] = value
        self.files[ref] = file

    def _iam(self, answer: wire_aws.Answer, file: str) -> bool:
        roles = [*(answer.role_details or ()), *([answer.role] if answer.role else ())]
        for role in roles:
            self._put("aws_roles", role.arn, role, file)
        for user in answer.user_details or ():
            self._put("aws_users", user.arn, user, file)
        for group in answer.group_details or ():
            self._put("aws_groups", group.arn, group, file)
        managed = [each for each in answer.policies or () if not each.type]
        for policy in managed:
            self._put("aws_policies", policy.arn, policy, file)
        profiles = [*(answer.profiles or ()), *(each for role in roles for each in role.instance_profile_list or ())]
        for profile in profiles:
            self._put("profiles", profile.arn, profile, file)
        if answer.role_details is not None and answer.is_last:
            arns = [role.arn for role in answer.role_details] + [user.arn for user in answer.user_details or ()]
            arns += [group.arn for group in answer.group_details or ()] + [policy.arn for policy in managed]
            self.accounts |= {Ref(arn).account for arn in arns} - {"aws"} or {""}
        if answer.providers is not None and answer.is_last:
            self.listed.add(PROVIDERS)
        for provider in answer.providers or ():
            self._provider(provider.arn, file)
        if answer.url and answer.client_ids is not None:
            self._issuers[answer.url.removeprefix("https://")] = answer.client_ids
        return bool(answer.role or answer.url) or _any(
            answer.role_details,
            answer.user_details,
            managed or (None if answer.policies else answer.policies),
            answer.profiles,
            answer.providers,
            answer.access_keys,
        )

    def _provider(self, arn: str, file: str) -> None:
        self._put("providers", arn, Provider(Ref(arn), arn.partition(":oidc-provider/")[2]), file)

    def _ec2(self, answer: wire_aws.Answer, file: str) -> bool:
        for reservation in answer.reservations or ():
            for instance in reservation.instances or ():
                if instance.state is not None and instance.state.name in _STOPPED:
                    continue
                profile = instance.iam_instance_profile
                if profile is not None and Ref(profile.arn).kind != "aws-instance-profile":
                    what = f"instance {instance.instance_id}: expected the ARN of an instance profile"
                    raise SnapshotError(file, "/IamInstanceProfile/Arn", what)
                ref = Ref(_instance_arn(instance, reservation.owner_id))
                self._put("instances", ref, instance, file)
                self._instances[instance.instance_id] = ref
                if instance.private_dns_name:
                    self._instances[instance.private_dns_name] = ref
        if answer.reservations is not None and answer.is_last:
            self.listed.add(INSTANCES)
        if answer.instance_id and answer.user_data is not None:
            self._user_data[answer.instance_id] = answer.user_data
        return _any(answer.reservations, answer.user_data)

    def _eks(self, answer: wire_aws.Answer, file: str) -> bool:
        if answer.cluster:
            self._put("clusters", answer.cluster.arn or answer.cluster.name, answer.cluster, file)
            self.listed.add("eks describe-cluster")
        if answer.nodegroup:
            group = answer.nodegroup
            self._put("nodegroups", group.nodegroup_arn or group.nodegroup_name, group, file)
        if answer.access_entry:
            self._put("access_entries", answer.access_entry.principal_arn, answer.access_entry, file)
            self.seen.add("eks describe-access-entry")
        if answer.access_entries is not None:
            self.entries = {*(self.entries or ()), *answer.access_entries, *(() if answer.is_last else (_MORE,))}
        if answer.associated is not None and answer.principal_arn:
            self.associated[Ref(answer.principal_arn)] = answer.associated
            self.files.setdefault(answer.principal_arn, file)
        if answer.association:
            self._put("pod_identities", answer.association.association_arn, answer.association, file)
        return _any(
            answer.cluster, answer.nodegroup, answer.access_entry, answer.associated, answer.access_entries,
            answer.association,
        )  # fmt: skip

    def _data(self, answer: wire_aws.Answer, file: str) -> bool:
        for bucket in answer.buckets or ():
            self._data_item("buckets", f"arn:aws:s3:::{bucket.name}", None, file)
        own = answer.policy if isinstance(answer.policy, str) else None
        if own and (named := _BUCKET.search(own.encode())):
            arn = f"arn:{named[1].decode()}:s3:::{named[2].decode()}"
            self._data_item("buckets", arn, own, file, "/Policy")
        for secret in answer.secrets or ():
            self._data_item("aws_secrets", secret.arn, None, file)
        if answer.arn and ":secretsmanager:" in answer.arn:
            self._data_item("aws_secrets", answer.arn, answer.resource_policy, file, "/ResourcePolicy")
        for key in answer.access_keys or ():
            self._put("access_keys", f"accesskey/{key.access_key_id}", key, file)
        for name, value in (("s3api list-buckets", answer.buckets), ("secretsmanager list-secrets", answer.secrets)):
            if value is not None and answer.is_last:
                self.listed.add(name)
        return _any(answer.buckets, own, answer.secrets, answer.resource_policy, answer.access_keys)

    def _data_item(self, table: str, arn: str, policy: str | None, file: str, at: str = "") -> None:
        held = self.found.setdefault(table, {})
        before = held.get(Ref(arn))
        if policy is not None or before is None:
            held[Ref(arn)] = Data(Ref(arn), policy, at)
            self.files[arn] = file

    def instance_of(self, node: str, provider_id: str | None) -> Ref | None:
        """The instance behind a node: by its provider id, else by its private name."""
        by_id = self._instances.get((provider_id or "").rpartition("/")[2])
        return by_id or self._instances.get(node)

    def tables(self) -> AwsTables:
        """Everything, sorted by ARN."""
        described = self.found.get("access_entries", {}).keys() & self.associated.keys()
        self._count_accounts()
        if self.entries is not None and self.entries <= described:
            self.listed.add("eks describe-access-entry")
        for ref, held in self.found.get("providers", {}).items():
            if isinstance(held, Provider) and held.issuer in self._issuers:
                self.found["providers"][ref] = replace(held, audiences=self._issuers[held.issuer])
        known = ((self._instances.get(name), each) for name, each in self._user_data.items())
        self.found["user_data"] = {ref: each for ref, each in known if ref is not None}
        names = [name for name in AwsTables.__annotations__ if name not in ("access_policies", *OrgBuilder.TABLES)]
        found: dict[str, object] = {name: dict(sorted(self.found.get(name, {}).items())) for name in names}
        found["access_policies"] = dict(sorted(self.associated.items()))
        found.update(self.organizations.tables())
        return found  # type: ignore[return-value]

    def _count_accounts(self) -> None:
        """Leave those accounts of which everything was listed; the call counts as made where these are all."""
        roles = self.found.get("aws_roles", {}).items()
        held = {ref.account for table in ("aws_roles", "aws_users") for ref in self.found.get(table, {})}
        self.accounts -= {ref.account for ref, each in roles if isinstance(each, wire_aws.Role) and not each.is_whole}
        # A page without anything on it is of whatever account there is.
        if self.accounts == {""} or self.accounts - {""} >= held != set():
            self.listed.add(ACCOUNT_DETAILS)


def _any(*parts: object) -> bool:
    return any(part is not None for part in parts)


def _instance_arn(instance: wire_aws.Instance, owner: str) -> str:
    zone = instance.placement.availability_zone if instance.placement else ""
    region = re.sub("[a-z]$", "", zone)
    return f"arn:{partition(region)}:ec2:{region}:{owner}:instance/{instance.instance_id}"


def partition(region: str) -> str:
    """The partition that a region belongs to."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
