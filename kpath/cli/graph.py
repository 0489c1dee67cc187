from __future__ import annotations

from typing import Annotated

from kpath.cli.options import Files, OutputFile, written_as


def command(
    files: Files = None,
    output: Annotated[str, written_as("table", "json", "jsonl", "dot", "svg", "mermaid", "graphml")] = "table",
    output_file: OutputFile = "",
) -> None:
    """The whole graph: a count per step, JSON Lines, DOT, SVG, Mermaid or GraphML."""
    from kpath.cli.output import loaded, one_of, write
    from kpath.render.whole import WRITERS

    one_of(output, *WRITERS)
    write(WRITERS[output](loaded(files).steps), output_file)
