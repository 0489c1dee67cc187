"""Text that whoever may create objects has written, made harmless."""

from __future__ import annotations

import re
import unicodedata

# What a terminal obeys and a reader does not see: controls, and marks that turn the direction of text.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")

# GitHub cuts a diagram that has more.
MERMAID_CHARACTERS, MERMAID_EDGES = 50_000, 400


def plain(text: str) -> str:
    """Text for a terminal or a line of a file: what cannot be seen is written out."""
    return _HIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", text)


def dot(text: str) -> str:
    """A quoted string of DOT."""
    return '"' + plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'


def html(text: str) -> str:
    """Text for HTML and XML, content and attribute alike."""
    entities = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}
    return "".join(entities.get(each, each) for each in plain(text))


def mermaid(text: str) -> str:
    """The inside of a quoted label: all but letters, digits and a few signs as character codes."""
    return "".join(
        each if each.isascii() and (each.isalnum() or each in "/-_. ") else f"#{ord(each)};" for each in plain(text)
    )


def markdown(text: str) -> str:
    """Text in a table or sentence of Markdown."""
    return re.sub(r"([\\`*_{}\[\]()<>#+!|~&@:-])", r"\\\1", plain(text))


def width(text: str) -> int:
    """The columns that text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(each) else 2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text
    )


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))
