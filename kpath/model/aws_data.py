"""Answers of the AWS CLI about data → tables, by ARN; what is told by its name alone gets its ARN in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypedDict

from msgspec import Struct
from msgspec.structs import replace

from kpath.errors import SnapshotError
from kpath.model import wire_aws
from kpath.model.aws_said import BUCKET, OF_AWS, TABLES, Said, calls, is_of_data, listings, policies, snapshots
from kpath.model.tables import Data, Diagnostic
from kpath.refs import Ref

_PARTS = 6


class DataTables(TypedDict):
    """The tables of what may be read in AWS."""

    buckets: Mapping[Ref, Data]
    aws_secrets: Mapping[Ref, Data]
    aws_parameters: Mapping[Ref, Data]
    aws_tables: Mapping[Ref, Data]
    aws_snapshots: Mapping[Ref, Data]
    aws_keys: Mapping[Ref, Data]
    aws_repositories: Mapping[Ref, Data]


class Home(Struct, frozen=True):
    """Where things are that are told by name alone: what all else has in common, each empty if it has not.

    `partitions` are those that there are of it.
    """

    partition: str = ""
    region: str = ""
    account: str = ""
    partitions: tuple[str, ...] = ()


def home(arns: Iterable[str], account: str = "") -> Home:
    """The one partition, region and account of some ARNs."""
    parts = [arn.split(":") for arn in arns if arn.count(":") >= _PARTS - 1]
    sets = [{each[place] for each in parts} - {"", "aws"} for place in (3, 4)]
    partitions = {each[1] for each in parts} or {"aws"}
    only = [next(iter(found)) if len(found) == 1 else "" for found in (partitions, *sets)]
    return Home(only[0], only[1], account or only[2], tuple(sorted(partitions)))


class DataBuilder:
    """Collects answers; `tables` hands out what they hold."""

    def __init__(self) -> None:
        self.found: dict[str, dict[Ref, Data]] = {name: {} for name in DataTables.__annotations__}
        self.files: dict[str, str] = {}
        self.diagnostics: list[Diagnostic] = []
        self.listed: set[str] = set()
        self._by_name: list[Said] = []
        # What stands behind an alias, by its ARN; the keys that AWS manages.
        self._aliases: dict[str, str] = {}
        self._of_aws: set[str] = set()
        self._endings: Mapping[tuple[str, str], list[Ref]] = {}

    def add(self, answer: wire_aws.Answer, file: str) -> bool:
        """Take in one answer; whether it is about data."""
        self._keep(answer, file)
        found = [*listings(answer, file), *policies(answer, file), *snapshots(answer, file)]
        for each in found:
            self._say(each)
        return bool(found) or is_of_data(answer)

    def _keep(self, answer: wire_aws.Answer, file: str) -> None:
        """What is not said of one thing by its name: secrets, aliases, whose a key is, what was listed."""
        for secret in answer.secrets or ():
            self._item("aws_secrets", secret.arn, file, key=secret.kms_key_id or "")
        if answer.key_metadata is not None and answer.key_metadata.key_manager == "AWS":
            self._of_aws.add(answer.key_metadata.arn)
        self._aliases |= {each.alias_arn: each.target_key_id for each in answer.aliases or () if each.target_key_id}
        self.listed |= {call for call, value in calls(answer) if value is not None and answer.is_last}

    def _say(self, said: Said) -> None:
        if not said.name.startswith("arn:") and not said.field:
            self._by_name.append(said)
            return
        parts = said.name.split(":", _PARTS - 1)
        service, _, resource = said.form.partition(":")
        if len(parts) < _PARTS or parts[2] != service or not parts[5].startswith(resource):
            raise SnapshotError(said.file, said.field or said.at, f"expected an ARN of {service}, `{resource}…`")
        self._item(
            TABLES[said.form], said.name, said.file,
            policy=said.policy, at=said.at, key=said.key, shared=said.shared,
        )  # fmt: skip

    def _item(
        self,
        table: str,
        arn: str,
        file: str,
        *,
        policy: str | None = None,
        at: str = "",
        key: str = "",
        shared: tuple[tuple[str, str], ...] | None = None,
    ) -> None:
        ref, held = Ref(arn), self.found[table]
        if ref not in held or policy is not None or shared is not None:
            self.files[arn] = file
        before = held.get(ref) or Data(ref)
        if policy is not None:
            before = replace(before, policy=policy, at=at)
        held[ref] = replace(
            before, key=Ref(key) if key else before.key, shared=before.shared if shared is None else shared
        )

    def secret_policy(self, arn: str, text: str | None, file: str) -> None:
        """Note the policy of a secret, or that it has none."""
        self._item("aws_secrets", arn, file, policy=text, at="/ResourcePolicy")

    def tables(self, where: Home) -> DataTables:
        """Everything, sorted by ARN."""
        arns = [ref for held in self.found.values() for ref in held if ref.account]
        if not (where.region and where.account):
            where = replace(home([*arns, *_example(where)], where.account), partitions=where.partitions)
        self._endings = self._index()
        for each in self._by_name:
            known = self._known(each)
            refs = [known] if known else list(_arns(each, where))
            if not refs:
                what = f"not read: nothing says in which account and region `{each.name}` is; give its ARN"
                self.diagnostics.append(Diagnostic(what, each.file))
            for ref in refs:
                self._say(replace(each, name=ref))
        self._of_aws |= {self._key(Ref(each), Ref(each)) for each in self._aliases if f":{OF_AWS}" in each}
        self.found["aws_keys"] = {ref: each for ref, each in self.found["aws_keys"].items() if ref not in self._of_aws}
        return {  # type: ignore[return-value]
            name: {ref: replace(held[ref], key=self._own_key(held[ref])) for ref in sorted(held)}
            for name, held in self.found.items()
        }

    def _known(self, said: Said) -> str | None:
        """The one thing of this name that some answer tells the ARN of."""
        ending = said.form.partition(":")[2] + said.name
        named = self._endings.get((TABLES[said.form], ending), ())
        found = [ref for ref in named if said.account in ("", ref.account)]
        return found[0] if len(found) == 1 else None

    def _index(self) -> Mapping[tuple[str, str], list[Ref]]:
        """What was found, by table and by what follows the account; keys that data says it is encrypted with too."""
        found: dict[tuple[str, str], dict[Ref, None]] = {}
        for table, held in self.found.items():
            for ref in held:
                found.setdefault((table, ref.split(":", 5)[5]), {})[ref] = None
        used = [each.key or "" for held in self.found.values() for each in held.values()]
        for key in (*used, *(each.key for each in self._by_name)):
            if key.startswith("arn:") and ":key/" in key:
                found.setdefault(("aws_keys", key.split(":", 5)[5]), {})[Ref(key)] = None
        return {name: list(refs) for name, refs in found.items()}

    def _own_key(self, data: Data) -> Ref | None:
        """The key that data is encrypted with, unless it is one that everyone may use who may use the service."""
        if data.key is None or OF_AWS in data.key:
            return None
        found = self._key(data.key, data.ref)
        return None if found in self._of_aws else found

    def _key(self, said: Ref, of: Ref) -> Ref:
        """A key by its ARN, from its id or an alias; the alias itself where nothing says what it stands for."""
        partition, region, account = of.split(":")[1], of.split(":")[3], of.account
        if not said.startswith("arn:"):
            ids = self._endings.get(("aws_keys", f"key/{said}"), ())
            if len(ids) == 1:
                return ids[0]
            said = Ref(f"arn:{partition}:kms:{region}:{account}:{'' if said.startswith('alias/') else 'key/'}{said}")
        target = self._aliases.get(said)
        return Ref(f"{said.rpartition(':')[0]}:key/{target}") if target else said


def _example(where: Home) -> tuple[str, ...]:
    return (f"arn:{where.partition}:iam::{where.account}:root",) if where.partition else ()


def _arns(said: Said, where: Home) -> Iterator[str]:
    """The ARN of what is told by name; a bucket may be in each of several partitions."""
    service, _, resource = said.form.partition(":")
    if said.form == BUCKET:
        yield from (f"arn:{each}:s3:::{said.name}" for each in where.partitions or ("aws",))
        return
    account = said.account or where.account
    if where.partition and where.region and account:
        yield f"arn:{where.partition}:{service}:{where.region}:{account}:{resource}{said.name}"
