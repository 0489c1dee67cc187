from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Cluster, Files, Namespace, OutputFile, written_as


def command(
    verb: Annotated[str, typer.Argument(help="get, list, create, …")],
    resource: Annotated[str, typer.Argument(help="pods, pods/exec, secrets/NAME, deployments.apps, …")],
    files: Files = None,
    namespace: Namespace = "",
    cluster: Cluster = "",
    subresource: Annotated[str, typer.Option("--subresource", help="exec, log, token, …")] = "",
    output: Annotated[str, written_as("table", "wide", "json")] = "table",
    output_file: OutputFile = "",
) -> None:
    """Who may do something, with the binding and the rule that grant it."""
    from kpath.cli.output import loaded, one_of, write
    from kpath.query.permissions import unlisted
    from kpath.render.data import as_json
    from kpath.render.permissions import grants_shape, grants_text

    one_of(output, "table", "wide", "json")
    graph = loaded(files, cluster=cluster)
    found = graph.who_can(verb, resource, namespace=namespace, subresource=subresource)
    asked = f"{verb} {resource}"
    lacks = unlisted(graph.model)
    text = (
        as_json(grants_shape(found, graph.model, lacks))
        if output == "json"
        else grants_text(found, asked, lacks, wide=output == "wide")
    )
    write(text, output_file)
    raise typer.Exit(0 if found or not lacks else 3)
