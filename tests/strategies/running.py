"""What runs as a role in random accounts: a function, a project, a stack, …, shown whole, in part or not at all."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.words import HOME, Json, chance, one, role_arn

HERE = f"eu-west-1:{HOME}"


def answers(draw: st.DrawFn, kind: str) -> list[Json]:
    """Answers about things of a kind; of two, one may be gone, and nothing may say that there are no others."""
    if kind not in _KINDS:
        return []
    names = one(draw, [], ["dev-1"], ["dev-1"], ["dev-1", "prod-1"])
    is_whole = chance(draw, 60)
    return _KINDS[kind](draw, names, is_whole)


def _role(draw: st.DrawFn) -> str:
    return role_arn(one(draw, "runner", "runner", "runner", "other"))


def _status(draw: st.DrawFn, *states: str) -> str:
    return one(draw, states[0], states[0], states[0], *states)


def _tags(draw: st.DrawFn, key: str, value: str) -> list[Json]:
    return [{key: "env", value: one(draw, "dev", "prod")}] if chance(draw, 60) else []


def _functions(draw: st.DrawFn, names: list[str], is_whole: bool) -> list[Json]:
    found: list[Json] = []
    for name in names:
        found.append({"FunctionArn": f"arn:aws:lambda:{HERE}:function:{name}", "Role": _role(draw)})
    return [{"Functions": found, **({} if is_whole else {"NextToken": "more"})}]


def _projects(draw: st.DrawFn, names: list[str], is_whole: bool) -> list[Json]:
    found: list[Json] = []
    for name in names:
        each: Json = {"name": name, "arn": f"arn:aws:codebuild:{HERE}:project/{name}", "serviceRole": _role(draw)}
        each |= {"tags": _tags(draw, "key", "value")} if chance(draw, 80) else {}
        each |= {"buildBatchConfig": {"serviceRole": role_arn("other")}} if chance(draw, 60) else {}
        found.append(each)
    listed = [{"projects": names}] if is_whole else []
    return [{"projects": found, "projectsNotFound": []}, *listed]


def _stacks(draw: st.DrawFn, names: list[str], is_whole: bool) -> list[Json]:
    found: list[Json] = []
    for name in names:
        each: Json = {
            "StackId": f"arn:aws:cloudformation:{HERE}:stack/{name}/0a1b",
            "Tags": _tags(draw, "Key", "Value"),
        }
        each |= {"StackStatus": _status(draw, "CREATE_COMPLETE", "DELETE_COMPLETE")}
        each |= {"RoleARN": _role(draw)} if chance(draw, 90) else {}
        found.append(each)
    return [{"Stacks": found, **({} if is_whole else {"NextToken": "more"})}]


def _notebooks(draw: st.DrawFn, names: list[str], is_whole: bool) -> list[Json]:
    arns = [f"arn:aws:sagemaker:{HERE}:notebook-instance/{name}" for name in names]
    found: list[Json] = []
    for arn in arns:
        status = _status(draw, "InService", "Stopped", "Deleting")
        found.append({"NotebookInstanceArn": arn, "RoleArn": _role(draw), "NotebookInstanceStatus": status})
    return [*found, *([{"NotebookInstances": [{"NotebookInstanceArn": arn} for arn in arns]}] if is_whole else [])]


def _endpoints(draw: st.DrawFn, names: list[str], is_whole: bool) -> list[Json]:
    found = [{"EndpointName": name, "RoleArn": _role(draw), "AvailabilityZone": "eu-west-1a"} for name in names]
    return [{"DevEndpoints": found}] if is_whole or found else []


def _services(draw: st.DrawFn, names: list[str], is_whole: bool) -> list[Json]:
    arns = [f"arn:aws:apprunner:{HERE}:service/{name}/0a1b" for name in names]
    found: list[Json] = []
    for arn in arns:
        role: Json = {"InstanceConfiguration": {"InstanceRoleArn": _role(draw)}} if chance(draw, 90) else {}
        found.append({"Service": {"ServiceArn": arn, "Status": _status(draw, "RUNNING", "DELETED"), **role}})
    return [*found, *([{"ServiceSummaryList": [{"ServiceArn": arn} for arn in arns]}] if is_whole else [])]


def _interpreters(draw: st.DrawFn, names: list[str], is_whole: bool) -> list[Json]:
    arns = [f"arn:aws:bedrock-agentcore:{HERE}:code-interpreter-custom/{name}" for name in names]
    found: list[Json] = []
    for arn in arns:
        role: Json = {"executionRoleArn": _role(draw)} if chance(draw, 90) else {}
        found.append({"codeInterpreterArn": arn, "status": _status(draw, "READY", "DELETING"), **role})
    listed = [{"codeInterpreterArn": arn} for arn in arns]
    return [*found, *([{"codeInterpreterSummaries": listed}] if is_whole else [])]


def _machines(draw: st.DrawFn, names: list[str], is_whole: bool) -> list[Json]:
    arns = [f"arn:aws:states:{HERE}:stateMachine:{name}" for name in names]
    found: list[Json] = []
    for arn in arns:
        found.append({"stateMachineArn": arn, "roleArn": _role(draw), "status": _status(draw, "ACTIVE", "DELETING")})
    return [*found, *([{"stateMachines": [{"stateMachineArn": arn} for arn in arns]}] if is_whole else [])]


def _tasks(draw: st.DrawFn, names: list[str], is_whole: bool) -> list[Json]:
    found: list[Json] = []
    definitions: list[Json] = []
    for name in names:
        definition = f"arn:aws:ecs:{HERE}:task-definition/{name}:3"
        each: Json = {"taskArn": f"arn:aws:ecs:{HERE}:task/dev-shop/{name}", "taskDefinitionArn": definition}
        each |= {
            "clusterArn": f"arn:aws:ecs:{HERE}:cluster/dev-shop",
            "lastStatus": _status(draw, "RUNNING", "STOPPED"),
        }
        each |= {"enableExecuteCommand": chance(draw, 80)}
        each |= {"overrides": {"taskRoleArn": _role(draw)}} if chance(draw, 30) else {}
        found.append(each | ({"tags": _tags(draw, "key", "value")} if chance(draw, 50) else {}))
        if chance(draw, 80):
            definitions.append({"taskDefinition": {"taskDefinitionArn": definition, "taskRoleArn": _role(draw)}})
    clusters = [{"clusterArns": [f"arn:aws:ecs:{HERE}:cluster/dev-shop"] if names else []}] if is_whole else []
    return [{"tasks": found}, *definitions, *clusters]


_KINDS = {
    "lambda_functions": _functions, "codebuild_projects": _projects, "cloudformation_stacks": _stacks,
    "sagemaker_notebooks": _notebooks, "glue_dev_endpoints": _endpoints, "apprunner_services": _services,
    "bedrock_code_interpreters": _interpreters, "state_machines": _machines, "ecs_tasks": _tasks,
}  # fmt: skip
