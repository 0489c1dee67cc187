"""All commands, found by their files."""

from __future__ import annotations

from importlib import import_module

import typer

from kpath.errors import UsageError

# In the order in which help lists them: what is asked first comes first.
NAMES = ("paths", "fix", "whatif", "why_not", "reach", "graph", "query", "diff", "who_can", "can_i", "net", "explain")
# Commands of two words.
GROUPS = {"iam": ("AWS IAM: may a principal do something, and who may.", ("can", "who_can"))}


def register(app: typer.Typer) -> None:
    """Add every command to the application."""
    if app.registered_commands:
        return
    for name in NAMES:
        module = import_module(f"kpath.cli.{name}")
        app.command(name.replace("_", "-"))(module.command)
    for group, (summary, names) in GROUPS.items():
        within = typer.Typer(
            name=group, help=summary, no_args_is_help=True, rich_markup_mode=None,
            context_settings={"help_option_names": ["-h", "--help"]},
        )  # fmt: skip
        for name in names:
            module = import_module(f"kpath.cli.{group}_{name}")
            within.command(name.replace("_", "-"))(module.command)
        app.add_typer(within)
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
