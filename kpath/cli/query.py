from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Assume, Files, Output, OutputFile


def command(
    name: Annotated[str, typer.Argument(help="A query; without it, all are listed.")] = "",
    files: Files = None,
    output: Output = "table",
    output_file: OutputFile = "",
    assume: Assume = "worst",
    folder: Annotated[list[str] | None, typer.Option("--queries", help="A folder of queries of your own.")] = None,
) -> None:
    """Saved questions: list them, or ask one."""
    from kpath.cli.output import known_format, loaded, one_of, rendered, write
    from kpath.cli.verdicts import code
    from kpath.query.saved import named, queries
    from kpath.render.data import as_json

    folders = tuple(folder or ())
    if not name:
        known = queries(folders).values()
        if one_of(output, "table", "json") == "json":
            write(as_json([{"name": each.name, "summary": each.summary} for each in known]), output_file)
        else:
            wide = max(len(each.name) for each in known) + 2
            write("".join(f"{each.name:<{wide}}{each.summary}\n" for each in known), output_file)
        return
    known_format(output)
    query = named(name, folders)
    found = loaded(files).query(query, assume=assume)
    write(rendered(found.report, output, output_file), output_file)
    raise typer.Exit(code(found.report, "any" if query.expect == "none" else "", strict=False))
