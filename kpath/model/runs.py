"""What already runs as a role, of whichever kind: a row for each call that shows it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from msgspec import Struct
from msgspec.structs import fields

from kpath.errors import SnapshotError
from kpath.evidence import Evidence, Fact
from kpath.model import wire_runs
from kpath.model.merging import keep
from kpath.model.regions import region
from kpath.refs import Ref

# What is gone, or on its way, in the words of each service.
_GONE = frozenset({"DELETED", "DELETING", "DELETE_COMPLETE", "Deleting", "TERMINATED", "TERMINATING", "STOPPED"})
# Stands for what is on pages that were not collected.
_MORE = "…"
_COLONS = 5
_KEYS = {each.name: each.encode_name for each in fields(wire_runs.Answer)}
_VERSION = re.compile(r"(arn:[^:]+:lambda:[^:]*:[^:]*:function:[^:]+):(.+)")


class Runs(Struct, frozen=True):
    """Something that runs as a role; `also` are further fields that some way to take it over asks for."""

    kind: str
    role: Ref
    because: Evidence
    also: Evidence = ()
    tags: Mapping[str, str] | None = None
    within: Ref | None = None


def _nothing(each: object) -> None:
    """What something says of a thing that has no such field."""


class Row(Struct, frozen=True):
    """A call that shows what runs as a role: where the things are, their ARNs, and the field that names the role.

    `lists` is where another call names all there are, under the name that `name` gives each that is shown.
    """

    kind: str
    call: str
    key: str
    arn: Callable[[Any], str | None]
    role: Callable[[Any], str | None]
    at: str
    status: Callable[[Any], str | None] = _nothing
    lists: Callable[[Any], tuple[str, ...] | None] | None = None
    name: Callable[[Any], str | None] | None = None
    also: tuple[str, Callable[[Any], str | None]] | None = None


def _unversioned(each: wire_runs.Function) -> str | None:
    """The function's own ARN; of versions that were published nothing changes any more."""
    version = _VERSION.fullmatch(each.function_arn)
    if version is None:
        return each.function_arn
    return version[1] if version[2] == "$LATEST" else None


def _endpoint(each: wire_runs.DevEndpoint) -> str:
    """Nothing where its region cannot be told."""
    role, where = Ref(each.role_arn), region(each.availability_zone)
    if not where or role.kind != "aws-role":
        return ""
    return f"arn:{role.split(':')[1]}:glue:{where}:{role.account}:devEndpoint/{each.endpoint_name}"


def _each(key: str, item: str) -> Callable[[Any], tuple[str, ...] | None]:
    """The names under a key of an answer; none where the answer has no such key."""

    def found(answer: Any) -> tuple[str, ...] | None:
        held = getattr(answer, key)
        return None if held is None else tuple(getattr(each, item) for each in held)

    return found


def _project_names(answer: wire_runs.Answer) -> tuple[str, ...] | None:
    """`codebuild list-projects` has names where `batch-get-projects` has the projects."""
    names = tuple(each for each in answer.projects or () if isinstance(each, str))
    is_other = answer.projects is None or answer.projects_not_found is not None or len(names) < len(answer.projects)
    return None if is_other else names


def _in_service(answer: wire_runs.Answer) -> str | None:
    return answer.notebook_status if answer.notebook_status == "InService" else None


ROWS = (
    Row(
        "lambda_functions", "lambda list-functions", "functions", _unversioned, attrgetter("role"), "/Role",
    ),
    Row(
        "codebuild_projects", "codebuild batch-get-projects", "projects", attrgetter("arn"),
        attrgetter("service_role"), "/serviceRole", lists=_project_names, name=attrgetter("name"),
        also=("/buildBatchConfig/serviceRole", attrgetter("build_batch_config.service_role")),
    ),
    Row(
        "cloudformation_stacks", "cloudformation describe-stacks", "stacks", attrgetter("stack_id"),
        attrgetter("role_arn"), "/RoleARN", attrgetter("stack_status"),
    ),
    Row(
        "sagemaker_notebooks", "sagemaker describe-notebook-instance", "", attrgetter("notebook_arn"),
        attrgetter("role_arn"), "/RoleArn", attrgetter("notebook_status"),
        lists=_each("notebooks", "notebook_instance_arn"), also=("/NotebookInstanceStatus", _in_service),
    ),
    Row(
        "glue_dev_endpoints", "glue get-dev-endpoints", "dev_endpoints", _endpoint, attrgetter("role_arn"), "/RoleArn",
        attrgetter("status"),
    ),
    Row(
        "apprunner_services", "apprunner describe-service", "service", attrgetter("service_arn"),
        attrgetter("instance_configuration.instance_role_arn"), "/InstanceConfiguration/InstanceRoleArn",
        attrgetter("status"), lists=_each("services", "service_arn"),
    ),
    Row(
        "bedrock_code_interpreters", "bedrock-agentcore-control get-code-interpreter", "",
        attrgetter("interpreter_arn"), attrgetter("execution_role_arn"), "/executionRoleArn", attrgetter("status"),
        lists=_each("interpreters", "code_interpreter_arn"),
    ),
    Row(
        "state_machines", "stepfunctions describe-state-machine", "", attrgetter("state_machine_arn"),
        attrgetter("machine_role_arn"), "/roleArn", attrgetter("status"),
        lists=_each("state_machines", "state_machine_arn"),
    ),
)  # fmt: skip
TASKS, DEFINITION = "ecs describe-tasks", "ecs describe-task-definition"


class RunsBuilder:
    """Collects what runs as a role; `resources` hands it out, with the calls that showed everything."""

    def __init__(self) -> None:
        self.found: dict[Ref, Runs] = {}
        self.files: dict[str, str] = {}
        self.seen: set[str] = set()
        self.listed: set[str] = set()
        # By call, the names that were listed, and those that were shown.
        self._named: dict[str, set[str]] = {}
        self._shown: dict[str, set[str]] = {}
        self._tasks: dict[Ref, wire_runs.Task] = {}
        self._definitions: dict[Ref, wire_runs.TaskDefinition] = {}

    def add(self, answer: wire_runs.Answer, file: str, *, is_last: bool) -> bool:
        """Take in what an answer shows of these; whether it was about them at all."""
        known = [self._row(row, answer, file, is_last=is_last) for row in ROWS]
        return any([*known, self._ecs(answer, file, is_last=is_last)])

    def _row(self, row: Row, answer: wire_runs.Answer, file: str, *, is_last: bool) -> bool:
        named = row.lists(answer) if row.lists else None
        if named is not None:
            self._named.setdefault(row.call, set()).update(named, () if is_last else (_MORE,))
        held = getattr(answer, row.key) if row.key else answer if row.arn(answer) else None
        if held is None or (isinstance(held, tuple) and named):
            return held is not None or named is not None
        arns = []
        for index, each in enumerate(held if isinstance(held, tuple) else (held,)):
            at = (f"/{_KEYS[row.key]}" if row.key else "") + (f"/{index}" if isinstance(held, tuple) else "")
            arns.append(self._one(row, each, file, at))
            self._shown.setdefault(row.call, set()).add((row.name or row.arn)(each) or "")
            self.seen.add(row.call)
        if row.lists is None and is_last and "" not in arns:
            self.listed.add(row.call)
        return True

    def _one(self, row: Row, each: object, file: str, at: str) -> str | None:
        """Keep one thing with its role; its ARN, or nothing where that cannot be told."""
        arn, role = row.arn(each), row.role(each)
        if not role or row.status(each) in _GONE:
            return None
        _check(role, file, at + row.at, row.call)
        if arn and (not arn.startswith("arn:") or arn.count(":") < _COLONS):
            raise SnapshotError(file, at, f"{row.call}: expected an ARN")
        if arn:
            ref = Ref(arn)
            at, tell = row.also or ("", _nothing)
            told = tell(each)
            also = (Fact(ref, at, told),) if told is not None else ()
            value = Runs(row.kind, Ref(role), (Fact(ref, row.at, role),), also, _tags(each))
            keep(self.found, ref, value, ref, file, self.files)
        return arn

    def _ecs(self, answer: wire_runs.Answer, file: str, *, is_last: bool) -> bool:
        for index, task in enumerate(answer.tasks or ()):
            _check(task.overrides.task_role_arn, file, f"/tasks/{index}/overrides/taskRoleArn", TASKS)
            self._tasks[Ref(task.task_arn)] = task
            self.files[task.task_arn] = file
            self.seen.add(TASKS)
        if answer.task_definition is not None:
            arn = answer.task_definition.task_definition_arn
            _check(answer.task_definition.task_role_arn, file, "/taskDefinition/taskRoleArn", DEFINITION)
            self._definitions[Ref(arn)] = answer.task_definition
            self.files[arn] = file
        if answer.ecs_clusters is not None:
            # Tasks come and go: that there are no others is certain only where there is no cluster.
            self._named.setdefault(TASKS, set()).update(answer.ecs_clusters, () if is_last else (_MORE,))
        told = (answer.tasks, answer.task_definition, answer.ecs_clusters, answer.task_arns)
        return any(each is not None for each in told)

    @property
    def covered(self) -> set[str]:
        """The calls whose answers are here as a whole, those among them that show one by one what another listed."""
        return self.listed | {call for call, names in self._named.items() if names <= self._shown.get(call, set())}

    def resources(self) -> Mapping[Ref, Runs]:
        """What runs as a role, by ARN; tasks with the roles of their definitions."""
        return dict(sorted({**self.found, **dict(self._ecs_tasks())}.items()))

    def _ecs_tasks(self) -> Iterator[tuple[Ref, Runs]]:
        for ref, task in self._tasks.items():
            role = task.overrides.task_role_arn
            because: Evidence = (Fact(ref, "/overrides/taskRoleArn", role),)
            definition = self._definitions.get(Ref(task.task_definition_arn))
            if not role and definition is not None:
                arn, role = Ref(task.task_definition_arn), definition.task_role_arn
                because = (Fact(ref, "/taskDefinitionArn", arn), Fact(arn, "/taskRoleArn", role))
            if role and task.last_status not in _GONE:
                also = (Fact(ref, "/enableExecuteCommand", "true"),) if task.enable_execute_command else ()
                yield ref, Runs("ecs_tasks", Ref(role), because, also, _tags(task), Ref(task.cluster_arn))


def _check(role: str | None, file: str, at: str, call: str) -> None:
    if role and Ref(role).kind != "aws-role":
        raise SnapshotError(file, at, f"{call}: expected the ARN of a role")


def _tags(each: object) -> Mapping[str, str] | None:
    found = getattr(each, "tags", None)
    return None if found is None else {tag.key: tag.value for tag in found}
