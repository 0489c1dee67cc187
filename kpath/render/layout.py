"""DOT → SVG: by Graphviz where it is installed, else by the program that comes in a wheel."""

from __future__ import annotations

import re
import shutil
import sysconfig
from pathlib import Path

from kpath.errors import UsageError

_PURE = "graphviz-pure"

# More than this is no picture that anybody could read, and takes minutes.
MOST_EDGES = 2_000


def engine() -> Path | None:
    """The program that lays out: `dot` on the path, else the one from the wheel."""
    found = shutil.which("dot") or shutil.which(_PURE) or shutil.which(_PURE, path=sysconfig.get_path("scripts"))
    return Path(found) if found else None


def svg(dot: str) -> str:
    """Lay a graph out. Raises `UsageError` where nothing on this machine can, or the graph is too large to read."""
    edges = len(re.findall(r"^  n\d+ -> ", dot, re.MULTILINE))
    if edges > MOST_EDGES:
        raise UsageError(
            f"a picture of {edges:,} steps is beyond reading (limit {MOST_EDGES:,}); "
            "narrow --from or --to, or use -o dot"
        )
    program = engine()
    if program is None:
        raise UsageError(
            "nothing here can draw SVG; install Graphviz, or `pip install graphviz-pure`, or use -o dot or -o mermaid"
        )
    import graphviz
    from graphviz.backend import dot_command

    dot_command.DOT_BINARY = program
    try:
        text: str = graphviz.Source(dot).pipe(format="svg", encoding="utf-8", quiet=True)
    except (graphviz.ExecutableNotFound, graphviz.CalledProcessError) as error:
        raise UsageError(f"{program.name} could not lay the graph out: {str(error).splitlines()[0]}") from None
    return text
