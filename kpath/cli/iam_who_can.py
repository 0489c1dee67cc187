from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Absent, Files, Keys, OutputFile, written_as


def command(
    action: Annotated[str, typer.Argument(help="s3:GetObject, iam:PassRole, …")],
    resource: Annotated[str, typer.Argument(help="An ARN; without it, all resources at once.")] = "*",
    files: Files = None,
    context: Keys = None,
    absent: Absent = None,
    output: Annotated[str, written_as("table", "wide", "json", "yaml")] = "table",
    output_file: OutputFile = "",
) -> None:
    """Every role and user that may do something in AWS, with the policies that let it.

    Exits with 0 if somebody certainly may, 1 if nobody may, 3 where it cannot be told.

    \b
    kpath iam who-can sts:AssumeRole arn:aws:iam::111122223333:role/admin -f snapshot
    kpath iam who-can s3:GetObject 'arn:aws:s3:::shop/orders' -o json -f snapshot
    """
    from kpath.cli.output import loaded, one_of, write
    from kpath.cli.verdicts import keys
    from kpath.query.iam import uncollected
    from kpath.render.data import as_json, as_yaml
    from kpath.render.iam import who_shape, who_text

    one_of(output, "table", "wide", "json", "yaml")
    graph = loaded(files, rules=())
    found = graph.iam_who_can(action, resource, context=keys(context or ()), absent=absent or ())
    shape = who_shape(found, graph.model, uncollected(graph.model, resource))
    if output in ("json", "yaml"):
        text = (as_json if output == "json" else as_yaml)(shape)
    else:
        text = who_text(shape, f"{action} on {resource}", wide=output == "wide")
    write(text, output_file)
    raise typer.Exit({"allowed": 0, "denied": 1}.get(str(shape["verdict"]), 3))
