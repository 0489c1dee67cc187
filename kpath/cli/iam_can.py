from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Absent, Files, Keys, OutputFile, written_as


def command(
    principal: Annotated[str, typer.Argument(help="ARN of a role, user or session, or a name that only one has.")],
    action: Annotated[str, typer.Argument(help="s3:GetObject, iam:PassRole, …")],
    resource: Annotated[str, typer.Argument(help="An ARN; without it, all resources at once.")] = "*",
    files: Files = None,
    context: Keys = None,
    absent: Absent = None,
    output: Annotated[str, written_as("table", "json", "yaml")] = "table",
    output_file: OutputFile = "",
) -> None:
    """Whether a principal may do something in AWS, and the statements that decide.

    Exits with 0 for yes, 1 for no, 3 where it cannot be told.

    \b
    kpath iam can deploy iam:PassRole arn:aws:iam::111122223333:role/node -f snapshot
    kpath iam can arn:aws:iam::111122223333:user/bob s3:GetObject arn:aws:s3:::shop/orders -f snapshot
    kpath iam can deploy ec2:RunInstances --context aws:SourceIp=10.0.0.1 --absent aws:SourceVpc -f snapshot
    """
    from kpath.cli.output import loaded, one_of, write
    from kpath.cli.verdicts import keys
    from kpath.query.iam import uncollected
    from kpath.render.data import as_json, as_yaml
    from kpath.render.iam import may_shape, may_text

    one_of(output, "table", "json", "yaml")
    graph = loaded(files, rules=())
    verdict = graph.iam_can(principal, action, resource, context=keys(context or ()), absent=absent or ())
    shape = may_shape(verdict, graph.model, uncollected(graph.model, resource, principal))
    write({"json": as_json, "yaml": as_yaml}.get(output, may_text)(shape), output_file)
    raise typer.Exit({"allowed": 0, "denied": 1}.get(str(shape["verdict"]), 3))
