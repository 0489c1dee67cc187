"""Answers of the AWS CLI as they come → tables, by ARN."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import SnapshotError
from kpath.evidence import pointer
from kpath.model import wire_aws
from kpath.model.aws_data import DataBuilder, DataTables, home
from kpath.model.tables import Diagnostic, Provider
from kpath.refs import Ref

ACCOUNT_DETAILS = "iam get-account-authorization-details"
PROVIDERS = "iam list-open-id-connect-providers"
INSTANCES = "ec2 describe-instances"
# Without these, an answer about AWS is not complete.
DECIDING = frozenset({ACCOUNT_DETAILS, INSTANCES, "eks describe-cluster", "eks describe-access-entry"})

# Stands for the access entries on pages that were not collected.
_MORE = "…"
_STOPPED = frozenset({"terminated", "shutting-down"})


class AwsTables(DataTables):
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


class AwsBuilder:
    """Collects answers; `tables` hands out what they hold."""

    def __init__(self) -> None:
        self.found: dict[str, dict[Ref, Struct]] = {}
        self.data = DataBuilder()
        self.associated: dict[Ref, tuple[wire_aws.AssociatedPolicy, ...]] = {}
        self.files: dict[str, str] = {}
        self.diagnostics: list[Diagnostic] = []
        self.listed: set[str] = set()
        self.seen: set[str] = set()
        self.account = ""
        # The principals of the access entries that were listed; each is to be described, with its policies.
        self.entries: set[str] | None = None
        self._instances: dict[str, Ref] = {}
        self._user_data: dict[str, wire_aws.UserData] = {}
        self._issuers: dict[str, tuple[str, ...]] = {}

    def add(self, answer: wire_aws.Answer, file: str, at: str) -> None:
        """Take in one answer; one of a kind that no rule reads is named as unread."""
        known = self._iam(answer, file) | self._ec2(answer, file) | self._eks(answer, file) | self._data(answer, file)
        if answer.account:
            self.account, known = self.account or answer.account, True
        if not known:
            self.diagnostics.append(
                Diagnostic("not read: neither a Kubernetes object nor an answer that kpath knows", file)
            )

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
        for index, policy in enumerate(answer.policies or ()):
            if policy.arn:
                self._put("aws_policies", policy.arn, policy, file)
            elif policy.policy is None or not answer.resource_arn:
                at = pointer("Policies", index)
                raise SnapshotError(
                    file, at, "expected an `Arn`, or a `Policy` and beside it the `ResourceArn` it is of"
                )
        profiles = [*(answer.profiles or ()), *(each for role in roles for each in role.instance_profile_list or ())]
        for profile in profiles:
            self._put("profiles", profile.arn, profile, file)
        if answer.role_details is not None and answer.is_last:
            self.listed.add(ACCOUNT_DETAILS)
        self._providers(answer, file)
        return bool(answer.role or answer.url) or _any(
            answer.role_details,
            answer.user_details,
            answer.policies,
            answer.profiles,
            answer.providers,
            answer.access_keys,
        )

    def _managed(self, answer: wire_aws.Answer, file: str) -> None:
        for index, policy in enumerate(answer.policies or ()):
            if policy.arn:
                self._put("aws_policies", policy.arn, policy, file)
            elif policy.policy is None or not answer.resource_arn:
                at = pointer("Policies", index)
                raise SnapshotError(
                    file, at, "expected an `Arn`, or a `Policy` and beside it the `ResourceArn` it is of"
                )

    def _providers(self, answer: wire_aws.Answer, file: str) -> None:
        if answer.providers is not None and answer.is_last:
            self.listed.add(PROVIDERS)
        for each in answer.providers or ():
            self._put("providers", each.arn, Provider(Ref(each.arn), each.arn.partition(":oidc-provider/")[2]), file)
        if answer.url and answer.client_ids is not None:
            self._issuers[answer.url.removeprefix("https://")] = answer.client_ids

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
        if answer.arn and ":secretsmanager:" in answer.arn:
            self.data.secret_policy(answer.arn, answer.resource_policy, file)
        for key in answer.access_keys or ():
            self._put("access_keys", f"accesskey/{key.access_key_id}", key, file)
        return self.data.add(answer, file) or answer.access_keys is not None

    def instance_of(self, node: str, provider_id: str | None) -> Ref | None:
        """The instance behind a node: by its provider id, else by its private name."""
        by_id = self._instances.get((provider_id or "").rpartition("/")[2])
        return by_id or self._instances.get(node)

    def tables(self) -> AwsTables:
        """Everything, sorted by ARN."""
        described = self.found.get("access_entries", {}).keys() & self.associated.keys()
        if not all(
            each.is_whole for each in self.found.get("aws_roles", {}).values() if isinstance(each, wire_aws.Role)
        ):
            self.listed.discard(ACCOUNT_DETAILS)
        if self.entries is not None and self.entries <= described:
            self.listed.add("eks describe-access-entry")
        for ref, held in self.found.get("providers", {}).items():
            if isinstance(held, Provider) and held.issuer in self._issuers:
                self.found["providers"][ref] = replace(held, audiences=self._issuers[held.issuer])
        known = ((self._instances.get(name), each) for name, each in self._user_data.items())
        self.found["user_data"] = {ref: each for ref, each in known if ref is not None}
        names = [name for name in AwsTables.__annotations__ if name != "access_policies"]
        found: dict[str, object] = {name: dict(sorted(self.found.get(name, {}).items())) for name in names}
        found["access_policies"] = dict(sorted(self.associated.items()))
        found.update(self._data_tables())
        return found  # type: ignore[return-value]

    def _data_tables(self) -> DataTables:
        """The tables of data; what is told by name alone is where the cluster is."""
        arns = [ref for name in ("clusters", "instances", "aws_roles") for ref in self.found.get(name, ())]
        found = self.data.tables(home(arns, self.account))
        self.listed |= self.data.listed
        self.files = {**self.data.files, **self.files}
        self.diagnostics += self.data.diagnostics
        return found


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
