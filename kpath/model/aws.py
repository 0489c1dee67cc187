"""Answers of the AWS CLI as they come → tables, by ARN."""

from __future__ import annotations

import re
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import SnapshotError
from kpath.model import wire_aws
from kpath.model.arns import checked
from kpath.model.eks import OF_CLUSTERS, EksBuilder, EksTables
from kpath.model.merging import merged, said
from kpath.model.regions import partition, region
from kpath.model.tables import Data, Diagnostic, Provider
from kpath.refs import Ref

ACCOUNT_DETAILS = "iam get-account-authorization-details"
PROVIDERS = "iam list-open-id-connect-providers"
INSTANCES = "ec2 describe-instances"
# Without these, an answer about AWS is not complete.
ENTRIES = "eks describe-access-entry"
DECIDING = frozenset({ACCOUNT_DETAILS, INSTANCES, "eks describe-cluster", ENTRIES})

_STOPPED = frozenset({"terminated", "shutting-down"})
_BUCKET = re.compile(rb'"arn:([a-z-]+):s3:::([^/"*?]+)')


class AwsTables(EksTables):
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
    buckets: Mapping[Ref, Data]
    aws_secrets: Mapping[Ref, Data]


class AwsBuilder:
    """Collects answers; `tables` hands out what they hold."""

    def __init__(self) -> None:
        self.found: dict[str, dict[Ref, Struct]] = {}
        self.eks = EksBuilder()
        self.files: dict[str, str] = {}
        self.diagnostics: list[Diagnostic] = []
        self.listed: set[str] = set()
        self.seen: set[str] = set()
        self.account = ""
        self._by_name: set[str] = set()
        self._instances: dict[str, Ref] = {}
        self._user_data: dict[str, wire_aws.UserData] = {}
        self._issuers: dict[str, tuple[str, ...]] = {}

    def add(self, answer: wire_aws.Answer, file: str, at: str) -> None:
        """Take in one answer; one of a kind that no rule reads is named as unread."""
        checked(answer, file)
        known = (
            self._iam(answer, file) | self._ec2(answer, file) | self.eks.add(answer, file) | self._data(answer, file)
        )
        if answer.account:
            self.account, known = self.account or answer.account, True
        if not known:
            self.diagnostics.append(
                Diagnostic("not read: neither a Kubernetes object nor an answer that kpath knows", file)
            )

    def _put(self, table: str, ref: str, value: Struct, file: str) -> None:
        held = self.found.setdefault(table, {})
        before = held.get(Ref(ref))
        both = merged(before, value) if before is not None else value
        if both is None:
            raise SnapshotError(file, "", f"`{ref}` is there twice, first in {self.files[ref]}")
        held[Ref(ref)] = both
        # Where a fact of it stands: in the answer that says more.
        if before is None or said(value) > said(before):
            self.files[ref] = file

    def _iam(self, answer: wire_aws.Answer, file: str) -> bool:
        roles = [*(answer.role_details or ()), *([answer.role] if answer.role else ())]
        for role in roles:
            self._put("aws_roles", role.arn, role, file)
        for user in answer.user_details or ():
            self._put("aws_users", user.arn, user, file)
        for group in answer.group_details or ():
            self._put("aws_groups", group.arn, group, file)
        for policy in answer.policies or ():
            self._put("aws_policies", policy.arn, policy, file)
        profiles = [*(answer.profiles or ()), *(each for role in roles for each in role.instance_profile_list or ())]
        for profile in profiles:
            self._put("profiles", profile.arn, profile, file)
        if answer.role_details is not None and answer.is_last:
            self.listed.add(ACCOUNT_DETAILS)
        if answer.providers is not None and answer.is_last:
            self.listed.add(PROVIDERS)
        for provider in answer.providers or ():
            self._provider(provider.arn, file)
        if answer.url and answer.client_ids is not None:
            self._issuers[answer.url.removeprefix("https://")] = answer.client_ids
        return bool(answer.role or answer.url) or _any(
            answer.role_details,
            answer.user_details,
            answer.policies,
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

    def _data(self, answer: wire_aws.Answer, file: str) -> bool:
        for bucket in answer.buckets or ():
            self._by_name.add(f"arn:aws:s3:::{bucket.name}")
            self._data_item("buckets", f"arn:aws:s3:::{bucket.name}", None, file)
        if answer.bucket_policy and (named := _BUCKET.search(answer.bucket_policy.encode())):
            arn = f"arn:{named[1].decode()}:s3:::{named[2].decode()}"
            self._data_item("buckets", arn, answer.bucket_policy, file, "/Policy")
        for secret in answer.secrets or ():
            self._data_item("aws_secrets", secret.arn, None, file)
        if answer.arn and ":secretsmanager:" in answer.arn:
            self._data_item("aws_secrets", answer.arn, answer.resource_policy, file, "/ResourcePolicy")
        for key in answer.access_keys or ():
            self._put("access_keys", f"accesskey/{key.access_key_id}", key, file)
        for name, value in (("s3api list-buckets", answer.buckets), ("secretsmanager list-secrets", answer.secrets)):
            if value is not None and answer.is_last:
                self.listed.add(name)
        return _any(answer.buckets, answer.bucket_policy, answer.secrets, answer.resource_policy, answer.access_keys)

    def _data_item(self, table: str, arn: str, policy: str | None, file: str, at: str = "") -> None:
        held = self.found.setdefault(table, {})
        before = held.get(Ref(arn))
        if policy is not None or before is None:
            held[Ref(arn)] = Data(Ref(arn), policy, at)
            self.files[arn] = file

    def _place_buckets(self) -> None:
        """Buckets of which a list tells no more than the name are where everything else is; in each such partition."""
        tables = ("aws_roles", "aws_users", "instances")
        known = [*self.eks.clusters, *(ref for name in tables for ref in self.found.get(name, {}))]
        partitions = sorted({ref.split(":")[1] for ref in known if ref.startswith("arn:")})
        held = self.found.get("buckets", {})
        told = {ref.name for ref, each in held.items() if isinstance(each, Data) and each.policy is not None}
        untold = [ref for ref, each in held.items() if each == Data(ref) and ref in self._by_name]
        for ref in untold if partitions else ():
            del held[ref]
            for each in partitions if ref.name not in told else ():
                arn = Ref(f"arn:{each}:s3:::{ref.name}")
                held.setdefault(arn, Data(arn))
                self.files.setdefault(arn, self.files[ref])

    def instance_of(self, node: str, provider_id: str | None) -> Ref | None:
        """The instance behind a node: by its provider id, else by its private name."""
        by_id = self._instances.get((provider_id or "").rpartition("/")[2])
        return by_id or self._instances.get(node)

    def instance(self, node: str, provider_id: str | None) -> wire_aws.Instance | None:
        """The answer about the instance behind a node."""
        ref = self.instance_of(node, provider_id)
        found = self.found["instances"].get(ref) if ref is not None else None
        return found if isinstance(found, wire_aws.Instance) else None

    def covered(self) -> tuple[set[str], set[str]]:
        """The calls whose answers are here as a whole, and those of which something is."""
        roles = self.found.get("aws_roles", {}).values()
        listed, seen = set(self.listed), set(self.seen)
        if not all(each.is_whole for each in roles if isinstance(each, wire_aws.Role)):
            listed.discard(ACCOUNT_DETAILS)
        if self.eks.clusters:
            listed.add("eks describe-cluster")
        if self.eks.is_told_of_all:
            listed.add(ENTRIES)
        if self.eks.entries:
            seen.add(ENTRIES)
        return listed, seen

    def tables(self, cluster: wire_aws.Cluster | None = None) -> AwsTables:
        """Everything, sorted by ARN; of EKS, what there is of one cluster, or of all."""
        for ref, held in self.found.get("providers", {}).items():
            if isinstance(held, Provider) and held.issuer in self._issuers:
                self.found["providers"][ref] = replace(held, audiences=self._issuers[held.issuer])
        known = ((self._instances.get(name), each) for name, each in self._user_data.items())
        self.found["user_data"] = {ref: each for ref, each in known if ref is not None}
        self._place_buckets()
        names = AwsTables.__annotations__.keys() - OF_CLUSTERS
        found = {name: dict(sorted(self.found.get(name, {}).items())) for name in sorted(names)}
        return {**found, **self.eks.tables(cluster)}  # type: ignore[typeddict-item]


def _any(*parts: object) -> bool:
    return any(part is not None for part in parts)


def _instance_arn(instance: wire_aws.Instance, owner: str) -> str:
    where = region(instance.placement.availability_zone if instance.placement else "")
    return f"arn:{partition(where)}:ec2:{where}:{owner}:instance/{instance.instance_id}"
