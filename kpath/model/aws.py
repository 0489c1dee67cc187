"""Answers of the AWS CLI as they come → tables, by ARN."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import SnapshotError
from kpath.evidence import pointer
from kpath.model import wire_aws
from kpath.model.arns import checked
from kpath.model.aws_data import DataBuilder, DataTables, home
from kpath.model.eks import EksBuilder, EksTables
from kpath.model.merging import merged, said
from kpath.model.organizations import Control, Organization, OrgBuilder, Place
from kpath.model.regions import partition, region
from kpath.model.runs import Runs, RunsBuilder
from kpath.model.tables import Diagnostic, Provider
from kpath.refs import Ref

ACCOUNT_DETAILS = "iam get-account-authorization-details"
PROVIDERS = "iam list-open-id-connect-providers"
INSTANCES = "ec2 describe-instances"
# Without these, an answer about AWS is not complete.
ENTRIES = "eks describe-access-entry"
DECIDING = frozenset({ACCOUNT_DETAILS, INSTANCES, "eks describe-cluster", ENTRIES})

_UNKNOWN = "neither a Kubernetes object nor an answer that kpath knows"
_STOPPED = frozenset({"terminated", "shutting-down"})


class AwsTables(EksTables, DataTables):
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
    aws_resources: Mapping[Ref, Runs]
    organizations: Mapping[Ref, Organization]
    org_places: Mapping[Ref, Place]
    org_policies: Mapping[Ref, Control]


class AwsBuilder:
    """Collects answers; `tables` hands out what they hold."""

    def __init__(self) -> None:
        self.found: dict[str, dict[Ref, Struct]] = {}
        self.data, self.eks, self.runs = DataBuilder(), EksBuilder(), RunsBuilder()
        self.files: dict[str, str] = {}
        self.diagnostics: list[Diagnostic] = []
        self.listed: set[str] = set()
        self.seen: set[str] = set()
        self.account = ""
        self.accounts: set[str] = set()
        self.organizations = OrgBuilder()
        self._instances: dict[str, Ref] = {}
        self._user_data: dict[str, wire_aws.UserData] = {}
        self._issuers: dict[str, tuple[str, ...]] = {}

    def add(self, answer: wire_aws.Answer, file: str, at: str) -> None:
        """Take in one answer; one of a kind that no rule reads is named as unread."""
        checked(answer, file)
        parts = (self._iam(answer, file), self._ec2(answer, file), self.eks.add(answer, file), self._data(answer, file))
        others = self.runs.add(answer, file, is_last=answer.is_last), self.organizations.add(answer, file)
        self.account = self.account or answer.account or ""
        if not (any(parts) or any(others) or answer.account):
            beside = self.organizations.lacking(answer)
            why = f"put the `{beside}` of the request beside it" if beside else _UNKNOWN
            self.diagnostics.append(Diagnostic(f"not read: {why}", file))

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
        managed = list(self._managed(answer, file))
        profiles = [*(answer.profiles or ()), *(each for role in roles for each in role.instance_profile_list or ())]
        for profile in profiles:
            self._put("profiles", profile.arn, profile, file)
        if answer.role_details is not None and answer.is_last:
            arns = [role.arn for role in answer.role_details] + [user.arn for user in answer.user_details or ()]
            arns += [group.arn for group in answer.group_details or ()] + [policy.arn for policy in managed]
            self.accounts |= {Ref(arn).account for arn in arns} - {"aws"} or {""}
        self._providers(answer, file)
        return bool(answer.role or answer.url) or _any(
            answer.role_details,
            answer.user_details,
            managed or (None if answer.policies else answer.policies),
            answer.profiles,
            answer.providers,
            answer.access_keys,
        )

    def _managed(self, answer: wire_aws.Answer, file: str) -> Iterator[wire_aws.ManagedPolicy]:
        """The policies of IAM; one of an organisation has a type, one of a parameter its text and no ARN."""
        for index, policy in enumerate(answer.policies or ()):
            if policy.arn and not policy.type:
                self._put("aws_policies", policy.arn, policy, file)
                yield policy
            elif not policy.arn and (policy.policy is None or not answer.resource_arn):
                at = pointer("Policies", index)
                problem = "expected an `Arn`, or a `Policy` and beside it the `ResourceArn` it is of"
                raise SnapshotError(file, at, problem)

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

    def instance(self, node: str, provider_id: str | None) -> wire_aws.Instance | None:
        """The answer about the instance behind a node."""
        ref = self.instance_of(node, provider_id)
        found = self.found["instances"].get(ref) if ref is not None else None
        return found if isinstance(found, wire_aws.Instance) else None

    def covered(self) -> tuple[set[str], set[str]]:
        """The calls whose answers are here as a whole, and those of which something is."""
        listed, seen = self.listed | self.runs.covered | self.data.listed, self.seen | self.runs.seen
        if self._is_whole():
            listed.add(ACCOUNT_DETAILS)
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
        self.found["aws_resources"] = dict(self.runs.resources())
        found: dict[str, object] = {**self.organizations.tables(), **self._data_tables, **self.eks.tables(cluster)}
        for name in AwsTables.__annotations__.keys() - found.keys():
            found[name] = dict(sorted(self.found.get(name, {}).items()))
        return found  # type: ignore[return-value]

    @property
    def sources(self) -> dict[str, str]:
        """The file that tells of each thing."""
        others = (self.files, self.eks.files, self.runs.files, self.organizations.files)
        return {ref: file for files in (self.data.files, *others) for ref, file in files.items()}

    def _is_whole(self) -> bool:
        """Leave those accounts of which everything was listed; whether these are all."""
        roles = self.found.get("aws_roles", {}).items()
        held = {ref.account for table in ("aws_roles", "aws_users") for ref in self.found.get(table, {})}
        self.accounts -= {ref.account for ref, each in roles if isinstance(each, wire_aws.Role) and not each.is_whole}
        # A page without anything on it is of whatever account there is.
        return self.accounts == {""} or self.accounts - {""} >= held != set()

    @cached_property
    def _data_tables(self) -> DataTables:
        """The tables of data; what is told by name alone is where everything else is."""
        arns = [*self.eks.clusters, *(ref for name in ("instances", "aws_roles") for ref in self.found.get(name, ()))]
        return self.data.tables(home(arns, self.account))


def _any(*parts: object) -> bool:
    return any(part is not None for part in parts)


def _instance_arn(instance: wire_aws.Instance, owner: str) -> str:
    where = region(instance.placement.availability_zone if instance.placement else "")
    return f"arn:{partition(where)}:ec2:{where}:{owner}:instance/{instance.instance_id}"
