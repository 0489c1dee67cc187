from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Assume, Files, Namespace, OutputFile, Source, written_as


def command(
    source: Source,
    to: Annotated[str, typer.Option("--to", help="The goal that is not reached.")],
    files: Files = None,
    namespace: Namespace = "",
    output: Annotated[str, written_as("table", "json")] = "table",
    output_file: OutputFile = "",
    assume: Assume = "worst",
) -> None:
    """Why there is no path: what is reached, and for each blocked step the object that blocks it."""
    from kpath.cli.output import loaded, one_of, write
    from kpath.render.blocked import blocked_shape, blocked_text
    from kpath.render.data import as_json

    one_of(output, "table", "json")
    found = loaded(files).why_not(source, to, namespace=namespace, assume=assume)
    write(as_json(blocked_shape(found)) if output == "json" else blocked_text(found), output_file)
    raise typer.Exit({"cannot tell": 3}.get(found.verdict, 0))
