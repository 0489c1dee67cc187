"""What we decode of what runs as a role: its ARN, its role, its tags, whether it is gone; no code, no environment."""

from __future__ import annotations

from msgspec import Struct, field

from kpath.model.wire_parts import Aws, Camel, Tag


class CamelTag(Camel, frozen=True):
    key: str = ""
    value: str = ""


class Function(Aws, frozen=True):
    """`lambda list-functions`, Functions."""

    function_arn: str
    role: str | None = None


class BatchConfig(Camel, frozen=True):
    service_role: str | None = None


class Project(Camel, frozen=True):
    """`codebuild batch-get-projects`, projects."""

    name: str
    arn: str
    service_role: str | None = None
    build_batch_config: BatchConfig = BatchConfig()
    tags: tuple[CamelTag, ...] | None = None


class Stack(Aws, frozen=True):
    """`cloudformation describe-stacks`, Stacks."""

    stack_id: str
    role_arn: str | None = field(default=None, name="RoleARN")
    stack_status: str = ""
    tags: tuple[Tag, ...] | None = None


class Notebook(Aws, frozen=True):
    """`sagemaker list-notebook-instances`, NotebookInstances."""

    notebook_instance_arn: str


class DevEndpoint(Aws, frozen=True):
    """`glue get-dev-endpoints`, DevEndpoints: it says its name, and where it is only by its zone."""

    endpoint_name: str
    role_arn: str = ""
    availability_zone: str = ""
    status: str = ""


class InstanceConfiguration(Aws, frozen=True):
    instance_role_arn: str | None = None


class Service(Aws, frozen=True):
    """`apprunner describe-service`, Service; `list-services` says no more than its ARN."""

    service_arn: str
    instance_configuration: InstanceConfiguration = InstanceConfiguration()
    status: str = ""


class Interpreter(Camel, frozen=True):
    """`bedrock-agentcore-control list-code-interpreters`, codeInterpreterSummaries."""

    code_interpreter_arn: str


class StateMachine(Camel, frozen=True):
    """`stepfunctions list-state-machines`, stateMachines."""

    state_machine_arn: str


class Overrides(Camel, frozen=True):
    task_role_arn: str | None = None


class Task(Camel, frozen=True):
    """`ecs describe-tasks`, tasks."""

    task_arn: str
    cluster_arn: str = ""
    task_definition_arn: str = ""
    enable_execute_command: bool | None = None
    overrides: Overrides = Overrides()
    last_status: str = ""
    tags: tuple[CamelTag, ...] | None = None


class TaskDefinition(Camel, frozen=True):
    """`ecs describe-task-definition`, taskDefinition."""

    task_definition_arn: str
    task_role_arn: str | None = None


class Answer(Struct, frozen=True):
    """The keys of answers about what runs as a role."""

    next_marker: str | None = field(default=None, name="NextMarker")
    functions: tuple[Function, ...] | None = field(default=None, name="Functions")
    projects: tuple[str | Project, ...] | None = None
    projects_not_found: tuple[str, ...] | None = field(default=None, name="projectsNotFound")
    stacks: tuple[Stack, ...] | None = field(default=None, name="Stacks")
    notebooks: tuple[Notebook, ...] | None = field(default=None, name="NotebookInstances")
    notebook_arn: str | None = field(default=None, name="NotebookInstanceArn")
    notebook_status: str = field(default="", name="NotebookInstanceStatus")
    role_arn: str | None = field(default=None, name="RoleArn")
    dev_endpoints: tuple[DevEndpoint, ...] | None = field(default=None, name="DevEndpoints")
    services: tuple[Service, ...] | None = field(default=None, name="ServiceSummaryList")
    service: Service | None = field(default=None, name="Service")
    interpreters: tuple[Interpreter, ...] | None = field(default=None, name="codeInterpreterSummaries")
    interpreter_arn: str | None = field(default=None, name="codeInterpreterArn")
    execution_role_arn: str | None = field(default=None, name="executionRoleArn")
    state_machines: tuple[StateMachine, ...] | None = field(default=None, name="stateMachines")
    state_machine_arn: str | None = field(default=None, name="stateMachineArn")
    machine_role_arn: str | None = field(default=None, name="roleArn")
    status: str | None = None
    tasks: tuple[Task, ...] | None = None
    task_definition: TaskDefinition | None = field(default=None, name="taskDefinition")
    task_arns: tuple[str, ...] | None = field(default=None, name="taskArns")
    ecs_clusters: tuple[str, ...] | None = field(default=None, name="clusterArns")
