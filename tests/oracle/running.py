"""What already runs as a role, as the answers of the AWS CLI show it one by one, and whether they show all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from oracle.world import Json, World

GONE = {"DELETED", "DELETING", "DELETE_COMPLETE", "Deleting", "TERMINATED", "TERMINATING", "STOPPED"}
NOTHING: Json = {}


@dataclass
class Thing:
    """Something that runs as a role; `fields` are those that some way to take it over needs."""

    kind: str
    arn: str
    role: str
    fields: set[str] = field(default_factory=set)
    tags: dict[str, str] | None = None
    within: str = ""


def things(world: World) -> Iterator[Thing]:
    """Everything that is there and has a role."""
    for part in (_functions, _projects, _stacks, _alone, _services, _endpoints, _tasks):
        yield from part(world)


def _functions(world: World) -> Iterator[Thing]:
    for each in world.said_each("Functions"):
        head, _, rest = each["FunctionArn"].partition(":function:")
        name, _, version = rest.partition(":")
        if version in ("", "$LATEST"):
            yield Thing("lambda_functions", f"{head}:function:{name}", each["Role"])


def _projects(world: World) -> Iterator[Thing]:
    for each in world.said_each("projects"):
        if isinstance(each, dict) and each.get("serviceRole"):
            has_batches = bool((each.get("buildBatchConfig") or NOTHING).get("serviceRole"))
            fields = {"/buildBatchConfig/serviceRole"} if has_batches else set[str]()
            tags = _tags(each, "tags", "key", "value")
            yield Thing("codebuild_projects", each["arn"], each["serviceRole"], fields, tags)


def _stacks(world: World) -> Iterator[Thing]:
    for each in world.said_each("Stacks"):
        if each.get("RoleARN") and each.get("StackStatus") not in GONE:
            tags = _tags(each, "Tags", "Key", "Value")
            yield Thing("cloudformation_stacks", each["StackId"], each["RoleARN"], tags=tags)


def _alone(world: World) -> Iterator[Thing]:
    """What has an answer to itself."""
    for each in world.answers:
        if each.get("NotebookInstanceArn") and each.get("NotebookInstanceStatus") not in GONE:
            fields = {"/NotebookInstanceStatus"} if each.get("NotebookInstanceStatus") == "InService" else set[str]()
            yield Thing("sagemaker_notebooks", each["NotebookInstanceArn"], each["RoleArn"], fields)
        if each.get("stateMachineArn") and each.get("status") not in GONE:
            yield Thing("state_machines", each["stateMachineArn"], each["roleArn"])
        if each.get("codeInterpreterArn") and each.get("executionRoleArn") and each.get("status") not in GONE:
            yield Thing("bedrock_code_interpreters", each["codeInterpreterArn"], each["executionRoleArn"])


def _services(world: World) -> Iterator[Thing]:
    for each in world.said("Service"):
        role = (each.get("InstanceConfiguration") or NOTHING).get("InstanceRoleArn")
        if role and each.get("Status") not in GONE:
            yield Thing("apprunner_services", each["ServiceArn"], role)


def _endpoints(world: World) -> Iterator[Thing]:
    for each in world.said_each("DevEndpoints"):
        if _is_placed(each):
            head = f"arn:aws:glue:{each['AvailabilityZone'][:-1]}:{each['RoleArn'].split(':')[4]}"
            yield Thing("glue_dev_endpoints", f"{head}:devEndpoint/{each['EndpointName']}", each["RoleArn"])


def _tasks(world: World) -> Iterator[Thing]:
    definitions = {each["taskDefinitionArn"]: each.get("taskRoleArn") for each in world.said("taskDefinition")}
    for each in world.said_each("tasks"):
        role = (each.get("overrides") or NOTHING).get("taskRoleArn") or definitions.get(each["taskDefinitionArn"])
        if role and each.get("lastStatus") not in GONE:
            fields = {"/enableExecuteCommand"} if each.get("enableExecuteCommand") else set()
            tags = _tags(each, "tags", "key", "value")
            yield Thing("ecs_tasks", each["taskArn"], role, fields, tags, each["clusterArn"])


def _is_placed(endpoint: Json) -> bool:
    return bool(endpoint.get("AvailabilityZone"))


def _tags(each: Json, where: str, key: str, value: str) -> dict[str, str] | None:
    return None if each.get(where) is None else {tag[key]: tag[value] for tag in each[where]}


# What is listed with its roles, by the key; and what is named by one answer and shown by others.
LISTED = {"lambda_functions": "Functions", "cloudformation_stacks": "Stacks"}
NAMED = {
    "sagemaker_notebooks": ("NotebookInstances", "NotebookInstanceArn"),
    "state_machines": ("stateMachines", "stateMachineArn"),
    "bedrock_code_interpreters": ("codeInterpreterSummaries", "codeInterpreterArn"),
    "apprunner_services": ("ServiceSummaryList", "ServiceArn"),
}


def shown_whole(world: World, kind: str) -> bool:
    """Whether nothing else of a kind can be there."""
    if kind == "ec2_instances":
        return any(True for _ in world.said("Reservations"))
    if kind in LISTED:
        return any(not each.get("NextToken") for each in world.answers if each.get(LISTED[kind]) is not None)
    if kind == "glue_dev_endpoints":
        return any(all(map(_is_placed, each)) for each in world.said("DevEndpoints"))
    if kind == "ecs_tasks":
        return any(True for _ in world.said("clusterArns")) and not list(world.said_each("clusterArns"))
    if kind == "codebuild_projects":
        lists = [each["projects"] for each in world.answers if "projects" in each and "projectsNotFound" not in each]
        shown = {each["name"] for each in world.said_each("projects") if isinstance(each, dict)}
        return bool(lists) and {name for each in lists for name in each} <= shown
    if kind not in NAMED:
        return False
    key, arn = NAMED[kind]
    shown = {*world.said(arn), *(each["ServiceArn"] for each in world.said("Service") if key == "ServiceSummaryList")}
    return any(True for _ in world.said(key)) and {each[arn] for each in world.said_each(key)} <= shown
