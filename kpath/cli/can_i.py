from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Cluster, Files, Namespace, OutputFile, written_as


def command(
    verb: Annotated[str, typer.Argument(help="get, list, create, …")],
    resource: Annotated[str, typer.Argument(help="pods, pods/exec, secrets/NAME, deployments.apps, /healthz, …")],
    as_: Annotated[str, typer.Option("--as", help="sa/NAMESPACE/NAME, user/NAME, or a user name as for kubectl.")],
    files: Files = None,
    namespace: Namespace = "",
    cluster: Cluster = "",
    group: Annotated[list[str] | None, typer.Option("--as-group", help="A further group; repeatable.")] = None,
    subresource: Annotated[str, typer.Option("--subresource", help="exec, log, token, …")] = "",
    output: Annotated[str, written_as("table", "json")] = "table",
    output_file: OutputFile = "",
) -> None:
    """Whether a subject may do something, and why."""
    from kpath.cli.output import loaded, one_of, write
    from kpath.query.permissions import unlisted
    from kpath.render.data import as_json
    from kpath.render.permissions import verdict_shape, verdict_text

    one_of(output, "table", "json")
    graph = loaded(files, cluster=cluster)
    verdict = graph.can_i(verb, resource, as_=as_, namespace=namespace, groups=group or (), subresource=subresource)
    shape = verdict_shape(verdict, graph.model, unlisted(graph.model))
    write(as_json(shape) if output == "json" else verdict_text(shape), output_file)
    raise typer.Exit({"allowed": 0, "denied": 1}.get(str(shape["verdict"]), 3))
