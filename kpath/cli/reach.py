from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Assume, Files, Namespace, OutputFile, To, written_as


def command(
    source: Annotated[str, typer.Option("--from", help="Everything reachable from here.")] = "",
    to: To = "",
    files: Files = None,
    namespace: Namespace = "",
    output: Annotated[str, written_as("table", "name", "json")] = "table",
    output_file: OutputFile = "",
    assume: Assume = "worst",
    everything: Annotated[bool, typer.Option("--all", help="List every one, however many there are.")] = False,
) -> None:
    """Everything reachable from somewhere, or everything that reaches something."""
    from kpath.cli.output import loaded, one_of, write
    from kpath.query.coverage import missing
    from kpath.render.data import as_json
    from kpath.render.listing import listing

    one_of(output, "table", "name", "json")
    graph = loaded(files)
    refs = graph.reach(source, to=to, namespace=namespace, assume=assume)
    lacking = missing(graph.model, to, source)
    if output == "json":
        shape = {"source": source, "to": to, "assume": assume, "refs": [str(ref) for ref in refs], "missing": lacking}
        write(as_json(shape), output_file)
    elif output == "name":
        write("".join(f"{line}\n" for line in listing(refs, plain_names=True)), output_file)
    else:
        write("".join(f"{line}\n" for line in listing(refs, missing=lacking, everything=everything)), output_file)
    raise typer.Exit(3 if not refs and lacking else 0)
