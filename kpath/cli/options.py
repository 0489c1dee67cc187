"""Options that several commands share, spelt as kubectl spells them."""

from __future__ import annotations

from typing import Annotated

import typer

Files = Annotated[
    list[str] | None,
    typer.Option(
        "-f",
        "--filename",
        metavar="PATH",
        help="Folder, file, .tar.gz or .zip of a snapshot, or - for stdin; repeatable.",
    ),
]
Source = Annotated[
    str, typer.Option("--from", metavar="REF", help="Where the attacker is: pod/NAME, deploy/NAME, sa/NAME, an ARN, …")
]
To = Annotated[
    str,
    typer.Option("--to", metavar="GOAL", help="A goal, a name or a pattern; without it, every goal that is reached."),
]
Namespace = Annotated[
    str, typer.Option("-n", "--namespace", metavar="NAME", help="Namespace of names that are given without one.")
]

Cluster = Annotated[
    str, typer.Option("--cluster", metavar="NAME", help="Of a snapshot with several clusters, the one that is meant.")
]


def written_as(*formats: str) -> object:
    """The option for a format, of those that a command writes."""
    return typer.Option(
        "-o", "--output", "--format", metavar="FORMAT", help=f"{', '.join(formats[:-1])} or {formats[-1]}."
    )


Output = Annotated[str, written_as("table", "wide", "json", "yaml", "dot", "svg", "mermaid", "markdown")]
OutputFile = Annotated[
    str, typer.Option("-O", "--output-file", metavar="FILE", help="Write to a file instead of stdout.")
]
Assume = Annotated[
    str, typer.Option("--assume", metavar="HOW", help="worst: what may be, is. proven: only what is certain.")
]
Keys = Annotated[
    list[str] | None,
    typer.Option("--context", metavar="KEY=VALUE", help="The value of a condition key; repeatable, also for lists."),
]
Absent = Annotated[
    list[str] | None,
    typer.Option("--absent", metavar="KEY", help="A condition key that requests lack; * for all others. Repeatable."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 3 where anything could not be known.")]
