"""The connections of a network as text, as JSON and as YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from kpath.evidence import Fact
from kpath.query.blocks import Block
from kpath.query.connections import Connections
from kpath.query.whys import switch
from kpath.render.boxes import Network, drawing
from kpath.render.data import as_json, as_line, as_yaml
from kpath.render.escape import markdown as escaped
from kpath.render.escape import padded, plain, width
from kpath.render.network import dot, mermaid, svg
from kpath.render.permissions import cited
from kpath.render.phrases import short, value
from kpath.render.shape import Json, cited_shape
from kpath.semantics.netpol.engine import Engine

HEADINGS = ("SOURCE", "DESTINATION", "PORTS", "VERDICT", "WHY")
# How many rows are shown before the rest is counted, and how many peers of a set are named.
SHOWN, NAMED = 100, 3
_EVERY = 1 << 30


def table(found: Connections, *, everything: bool = False) -> str:
    """A line per set of senders and receivers; of large sets the first names."""
    blocks = found.folded if everything or len(found.folded) <= SHOWN + 1 else found.folded[:SHOWN]
    lines = [*heading(found), "", *_columns([HEADINGS, *(_cells(found, each, NAMED) for each in blocks)])]
    if not blocks:
        lines[-1] = _nothing(found)
    if len(blocks) < len(found.folded):
        lines.append(f"and {len(found.folded) - len(blocks):,} more rows; --all shows them")
    return "\n".join([*lines, *_ending(found)]) + "\n"


def wide(found: Connections) -> str:
    """Every row, and every name in it."""
    rows = [_cells(found, each, _EVERY) for each in found.folded]
    lines = [*heading(found), "", *(_columns([HEADINGS, *rows]) if rows else [_nothing(found)]), *_ending(found)]
    return "\n".join(lines) + "\n"


def heading(found: Connections) -> Iterator[str]:
    """What enforces policies, and how that is known."""
    for each in found.engines:
        yield f"engine: {_engine(each)}"


def notes(found: Connections) -> Iterator[str]:
    """What the rows do not show: of the engines, of what was not collected."""
    yield from (plain(each) for each in found.caveats)
    if found.missing:
        yield f"not collected as a whole: {', '.join(found.missing)}; what was not may allow or forbid more"


def faults(found: Connections) -> Iterator[str]:
    """Fields of policies that could not be read, a line each."""
    yield from (f"{plain(each.of)}: {plain(each.at)}: {plain(each.what)}" for each in found.faults)


def _engine(each: Engine) -> str:
    if each.asked:
        return f"{each.name}, as asked"
    if each.guessed:
        return "none is seen; policies are read as if one enforced them"
    fact = each.because[-1]
    if not each.enforces:
        said = switch((each,)) or _field(fact)
        return f"none, so that no policy is enforced ({short(fact.of)}: {plain(said)})"
    return f"{each.name} ({short(fact.of)}: {_field(fact)})"


def _field(fact: Fact) -> str:
    at = fact.at.removeprefix("/spec/template").removeprefix("/spec").removeprefix("/").replace("/", ".")
    return f"{plain(at)} is {value(fact.value)}"


def _nothing(found: Connections) -> str:
    return "nothing is allowed" if found.is_decided else "cannot tell"


def _ending(found: Connections) -> Iterator[str]:
    told = [*notes(found)]
    if told:
        yield ""
    yield from (f"note: {each}" for each in told)


def _cells(found: Connections, each: Block, most: int) -> tuple[str, ...]:
    ends = (found.senders.summary(each.sources, most), found.receivers.summary(each.targets, most))
    sets = (", ".join(plain(name) for name in names) + (f", … {left:,} more" if left else "") for names, left in ends)
    return (*sets, found.ports(each.ports), each.verdict, plain(each.why))


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "   ".join(padded(cell, columns) for cell, columns in zip(row, widths, strict=True)).rstrip()


def markdown(found: Connections) -> str:
    """A table and its diagram, for a comment in a review."""
    lines = [*(f"Engine: {escaped(_engine(each))}  " for each in found.engines), ""]
    if found.folded:
        lines += [f"| {' | '.join(each.lower() for each in HEADINGS)} |", "|---|---|---|---|---|"]
        blocks = found.folded[:SHOWN]
        lines += (f"| {' | '.join(escaped(cell) for cell in _cells(found, each, NAMED))} |" for each in blocks)
        if len(found.folded) > SHOWN:
            lines += ["", f"and {len(found.folded) - SHOWN:,} more rows"]
        lines += ["", "```mermaid", mermaid(drawing(found)).rstrip(), "```"]
    else:
        lines.append(_nothing(found))
    told = [*notes(found)]
    return "\n".join([*lines, *([""] if told else []), *(f"- {escaped(each)}" for each in told)]) + "\n"


def jsonl(found: Connections) -> Iterator[str]:
    """A line per source, destination and reason, made one after the other."""
    for each in found.pairs():
        yield as_line(each)


def shape(found: Connections) -> Json:
    """One object for programs: rows of sets, what enforces them, and what is not known."""
    rows = [
        {
            "sources": list(each.sources), "destinations": list(each.destinations), "ports": each.ports,
            "verdict": each.verdict, "why": each.why,
        }
        for each in found.rows
    ]  # fmt: skip
    return {
        "source": found.asked.source,
        "to": found.asked.to,
        "port": found.asked.port,
        "engines": [
            {
                "name": each.name,
                "known": "asked" if each.asked else "guessed" if each.guessed else "seen",
                "evidence": [cited_shape(fact) for fact in cited(each.because, found.model)],
            }
            for each in found.engines
        ],
        "connections": rows,
        "notes": list(found.caveats),
        "missing": list(found.missing),
        "diagnostics": [{"of": str(each.of), "at": each.at, "what": each.what} for each in found.faults],
    }


def _drawn(write: Callable[[Network], str]) -> Callable[[Connections], str]:
    return lambda found: write(drawing(found))


WRITERS: Mapping[str, Callable[[Connections], str | Iterator[str]]] = {
    "table": table,
    "all": lambda found: table(found, everything=True),
    "wide": wide,
    "jsonl": jsonl,
    "json": lambda found: as_json(shape(found)),
    "yaml": lambda found: as_yaml(shape(found)),
    "markdown": markdown,
    "md": markdown,
    "dot": _drawn(dot),
    "svg": _drawn(svg),
    "mermaid": _drawn(mermaid),
}
FORMATS = tuple(each for each in WRITERS if each != "all")
# Formats with no place for what stands around the rows, and those that hold all of it.
BARE, WHOLE = frozenset({"jsonl", "dot", "svg", "mermaid"}), frozenset({"json", "yaml"})
