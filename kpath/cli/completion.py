"""What may come next on the command line."""

from __future__ import annotations

from collections.abc import Sequence

import typer


def completions(app: typer.Typer, words: Sequence[str]) -> list[str]:
    """Commands, or the options of the command, that begin with the last word."""
    group = typer.main.get_group(app)
    last = words[-1] if words else ""
    if len(words) <= 1:
        return sorted(name for name in group.commands if name.startswith(last))
    command = group.commands.get(words[0])
    within = getattr(command, "commands", None)
    if within is not None and len(words) == 2:
        return sorted(name for name in within if name.startswith(last))
    command = within.get(words[1]) if within is not None else command
    options = [option for each in command.params for option in each.opts] if command is not None else []
    return sorted(option for option in options if option.startswith(last) and option.startswith("-"))
