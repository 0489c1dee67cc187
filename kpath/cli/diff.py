from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Namespace, OutputFile, Source, To, written_as


def command(
    before: Annotated[str, typer.Argument(help="A snapshot, or manifests.")],
    after: Annotated[str, typer.Argument(help="A later one.")],
    source: Source = "",
    to: To = "",
    namespace: Namespace = "",
    everything: Annotated[bool, typer.Option("--all", help="Leave nothing out.")] = False,
    output: Annotated[str, written_as("table", "json", "yaml", "markdown")] = "table",
    output_file: OutputFile = "",
) -> None:
    """Paths opened and closed between two snapshots, and what made the difference. Exit code 1 where there is one."""
    from kpath.cli.output import loaded, one_of, write
    from kpath.cli.verdicts import FOUND
    from kpath.render.compared import WRITERS

    one_of(output, *WRITERS)
    found = loaded([after]).compare(loaded([before]), source, to, namespace=namespace)
    write(WRITERS[output](found, everything=everything), output_file)
    raise typer.Exit(FOUND if found.differs else 0)
