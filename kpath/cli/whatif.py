from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Namespace, OutputFile, Source, To, written_as


def command(
    files: Annotated[
        list[str] | None,
        typer.Option("-f", "--filename", metavar="PATH", help="The snapshot; each further one is put in place in it."),
    ] = None,
    mitigations: Annotated[
        list[str] | None, typer.Option("-m", "--mitigation", metavar="ID", help="Apply a mitigation; repeatable.")
    ] = None,
    at: Annotated[str, typer.Option("--at", metavar="OBJECT", help="Apply mitigations at this object only.")] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", metavar="OBJECT:POINTER=VALUE", help="Set a field; repeatable.")
    ] = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="OBJECT", help="Drop an object; repeatable.")
    ] = None,
    source: Source = "",
    to: To = "",
    namespace: Namespace = "",
    everything: Annotated[bool, typer.Option("--all", help="Leave nothing out.")] = False,
    output: Annotated[str, written_as("table", "json", "yaml", "markdown")] = "table",
    output_file: OutputFile = "",
) -> None:
    """What a change breaks, what it leaves and what it opens. Exit code 1 where there is a difference."""
    from kpath.cli.output import loaded, one_of, write
    from kpath.cli.verdicts import FOUND
    from kpath.errors import UsageError
    from kpath.render.compared import WRITERS

    one_of(output, *WRITERS)
    snapshot, *manifests = files or [""]
    if not (manifests or mitigations or set_ or without):
        raise UsageError(
            "name a change: -m MITIGATION, a further -f FILE, --set OBJECT:POINTER=VALUE, --without OBJECT"
        )
    before = loaded([snapshot] if snapshot else None)
    after = before.what_if(
        mitigations or (), at=at, apply=manifests, set_=set_ or (), without=without or (), namespace=namespace
    )
    found = after.compare(before, source, to, namespace=namespace)
    write(WRITERS[output](found, everything=everything), output_file)
    raise typer.Exit(FOUND if found.differs else 0)
