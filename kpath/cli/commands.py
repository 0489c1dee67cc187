"""All commands, found by their files."""

from __future__ import annotations

from importlib import import_module

import typer

from kpath.errors import UsageError

# In the order in which help lists them: what is asked first comes first.
NAMES = ("paths", "why_not", "reach", "graph", "query", "who_can", "can_i", "net", "explain")


def register(app: typer.Typer) -> None:
    """Add every command to the application."""
    if app.registered_commands:
        return
    for name in NAMES:
        module = import_module(f"kpath.cli.{name}")
        app.command(name.replace("_", "-"))(module.command)
    app.callback(invoke_without_command=True)(_version)


def _version(
    context: typer.Context, version: bool = typer.Option(False, "--version", help="Print the version.", is_eager=True)
) -> None:
    if version:
        from importlib.metadata import version as installed

        print(f"kpath {installed('kpath')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise UsageError("name a command; kpath --help lists them")
