from __future__ import annotations

from typing import Annotated

import typer


def command(
    id_: Annotated[str, typer.Argument(metavar="STEP|MITIGATION", help="Without it, all are listed.")] = "",
) -> None:
    """The catalogue entry of a step or mitigation: preconditions, traps, ATT&CK ids, what breaks it."""
    from kpath.cli.output import write
    from kpath.render.catalogue import entry, index

    write(entry(id_) if id_ else index())
