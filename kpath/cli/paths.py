from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Assume, Files, Namespace, Output, OutputFile, Source, Strict, To


def command(
    source: Source = "",
    files: Files = None,
    to: To = "",
    namespace: Namespace = "",
    output: Output = "table",
    output_file: OutputFile = "",
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, help="How many paths to each goal.")] = 1,
    max_steps: Annotated[
        int | None, typer.Option("--max-steps", metavar="N", min=1, help="The longest path that counts.")
    ] = None,
    container: Annotated[
        str | None, typer.Option("--container", "-c", metavar="NAME", help="Start in this container only.")
    ] = None,
    assume: Assume = "worst",
    everything: Annotated[bool, typer.Option("--all", help="Fold nothing away.")] = False,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on", metavar="SEVERITY", help="Exit 1 on a path at least this severe: critical, high, medium, any."
        ),
    ] = "",
    strict: Strict = False,
) -> None:
    """The best path to each goal, each hop with its evidence and what breaks it.

    Without --from: the worst that can be reached from the internet or any pod, one entry for each mistake.
    """
    from kpath.cli.output import known_format, loaded, rendered, write
    from kpath.cli.verdicts import code, threshold

    known_format(output)
    threshold(fail_on)
    found = loaded(files).paths(
        source, to, namespace=namespace, k=k, assume=assume, max_steps=max_steps, container=container,
        everything=everything,
    )  # fmt: skip
    exit_code = code(found.report, fail_on, strict=strict)
    write(rendered(found.report, output, output_file), output_file)
    raise typer.Exit(exit_code)
