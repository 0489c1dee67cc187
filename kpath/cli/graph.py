from __future__ import annotations

from kpath.cli.options import Files, Output, OutputFile


def command(files: Files = None, output: Output = "table", output_file: OutputFile = "") -> None:
    """The whole graph: a count per step, JSON Lines, DOT, SVG, Mermaid or GraphML."""
    from kpath.cli.output import loaded, one_of, write
    from kpath.render.whole import WRITERS

    one_of(output, *WRITERS)
    write(WRITERS[output](loaded(files).steps), output_file)
