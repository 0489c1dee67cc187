"""Answers of the AWS CLI about one thing of each kind that runs as a role, and about all there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]
HOME = "111122223333"
HERE = f"eu-west-1:{HOME}"
CLUSTER = f"arn:aws:ecs:{HERE}:cluster/dev"

ARNS = {
    "apprunner_services": f"arn:aws:apprunner:{HERE}:service/dev/0a1b",
    "bedrock_code_interpreters": f"arn:aws:bedrock-agentcore:{HERE}:code-interpreter-custom/dev-0a1b",
    "cloudformation_stacks": f"arn:aws:cloudformation:{HERE}:stack/dev/0a1b",
    "codebuild_projects": f"arn:aws:codebuild:{HERE}:project/dev",
    "ec2_instances": f"arn:aws:ec2:{HERE}:instance/i-0a1b",
    "ecs_tasks": f"arn:aws:ecs:{HERE}:task/dev/0a1b",
    "glue_dev_endpoints": f"arn:aws:glue:{HERE}:devEndpoint/dev",
    "lambda_functions": f"arn:aws:lambda:{HERE}:function:dev",
    "sagemaker_notebooks": f"arn:aws:sagemaker:{HERE}:notebook-instance/dev",
    "state_machines": f"arn:aws:states:{HERE}:stateMachine:dev",
}


def shown(kind: str, role: str) -> list[Json]:
    """One thing with a role, which no other way to it lacks anything of."""
    arn = ARNS[kind]
    if kind == "ec2_instances":
        name = role.rpartition("/")[2]
        instance: Json = {"InstanceId": "i-0a1b", "Placement": {"AvailabilityZone": "eu-west-1a"}}
        instance["IamInstanceProfile"] = {"Arn": f"arn:aws:iam::{HOME}:instance-profile/{name}"}
        return [{"Reservations": [{"OwnerId": HOME, "Instances": [instance]}]}]
    definition = f"arn:aws:ecs:{HERE}:task-definition/dev:3"
    task = {"taskArn": arn, "clusterArn": CLUSTER, "taskDefinitionArn": definition, "enableExecuteCommand": True}
    project = {"name": "dev", "arn": arn, "serviceRole": role, "buildBatchConfig": {"serviceRole": role}}
    found: dict[str, list[Json]] = {
        "apprunner_services": [{"Service": {"ServiceArn": arn, "InstanceConfiguration": {"InstanceRoleArn": role}}}],
        "bedrock_code_interpreters": [{"codeInterpreterArn": arn, "executionRoleArn": role, "status": "READY"}],
        "cloudformation_stacks": [{"Stacks": [{"StackId": arn, "RoleARN": role}]}],
        "codebuild_projects": [{"projects": [project], "projectsNotFound": []}],
        "ecs_tasks": [
            {"tasks": [task]}, {"taskDefinition": {"taskDefinitionArn": definition, "taskRoleArn": role}},
        ],
        "glue_dev_endpoints": [
            {"DevEndpoints": [{"EndpointName": "dev", "RoleArn": role, "AvailabilityZone": "eu-west-1a"}]}
        ],
        "lambda_functions": [{"Functions": [{"FunctionArn": arn, "Role": role}]}],
        "sagemaker_notebooks": [
            {"NotebookInstanceArn": arn, "RoleArn": role, "NotebookInstanceStatus": "InService"}
        ],
        "state_machines": [{"stateMachineArn": arn, "roleArn": role, "status": "ACTIVE"}],
    }  # fmt: skip
    return found[kind]


def listed(kind: str, arns: Iterable[str]) -> list[Json]:
    """What says that there are no others, of kinds that are listed by a call of their own."""
    names = {
        "apprunner_services": ("ServiceSummaryList", "ServiceArn"),
        "bedrock_code_interpreters": ("codeInterpreterSummaries", "codeInterpreterArn"),
        "sagemaker_notebooks": ("NotebookInstances", "NotebookInstanceArn"),
        "state_machines": ("stateMachines", "stateMachineArn"),
    }
    if kind == "codebuild_projects":
        return [{"projects": [arn.rpartition("/")[2] for arn in arns]}]
    if kind == "ecs_tasks":
        return [{"clusterArns": [CLUSTER for _ in arns]}]
    if kind in names:
        key, name = names[kind]
        return [{key: [{name: arn} for arn in arns]}]
    return []


def none(kind: str) -> list[Json]:
    """What says that there is none of a kind."""
    lists = {"cloudformation_stacks": "Stacks", "ec2_instances": "Reservations", "glue_dev_endpoints": "DevEndpoints",
             "lambda_functions": "Functions"}  # fmt: skip
    return [{lists[kind]: []}] if kind in lists else listed(kind, ())
