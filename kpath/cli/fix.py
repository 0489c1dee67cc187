from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Assume, Files, Namespace, OutputFile, Source, To, written_as


def command(
    source: Source,
    files: Files = None,
    to: To = "",
    namespace: Namespace = "",
    output: Annotated[str, written_as("table", "json", "yaml")] = "table",
    output_file: OutputFile = "",
    assume: Assume = "worst",
    proof: Annotated[bool, typer.Option("--proof", help="Say why no cheaper set of changes works.")] = False,
) -> None:
    """The cheapest set of changes after which no path is left, proven by deriving everything anew."""
    from kpath.cli.output import loaded, one_of, write
    from kpath.render.data import as_json, as_yaml
    from kpath.render.plans import plan_shape, plan_text

    one_of(output, "table", "json", "yaml")
    plan = loaded(files).fix(source, to, namespace=namespace, assume=assume)
    if output == "table":
        text = plan_text(plan, proof=proof)
    else:
        text = (as_json if output == "json" else as_yaml)(plan_shape(plan, proof=proof))
    write(text, output_file)
