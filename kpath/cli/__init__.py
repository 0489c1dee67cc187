"""The command line: one file per command, no logic. Heavy imports are late, so that help is instant."""

from __future__ import annotations

import gc
import os
import sys

import typer

from kpath.errors import KpathError

EXIT_CODES = (
    "Exit codes: 0 answered, nothing found that was to be absent; 1 found, or no from can-i and iam; 2 usage or bad "
    "input; 3 cannot tell, since input is missing; 70 a bug of ours; 130 interrupted."
)

app = typer.Typer(
    name="kpath",
    help="If this pod is breached, what do we lose, and what is the smallest change that stops it?",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run a command; an error of the caller's or the input's is one line."""
    from kpath.cli import commands

    commands.register(app)
    # A command is over before garbage could matter, and looking for it costs more than the answer.
    gc.disable()
    try:
        app(prog_name=_name())
    except KpathError as error:
        _fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except BrokenPipeError:
        # Whoever read our output has seen enough; Python would complain once more on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if os.environ.get("KPATH_DEBUG"):
            raise
        _fail(f"a bug of ours: {type(error).__name__}: {error}; KPATH_DEBUG=1 shows where", KpathError.exit_code)


def complete() -> None:
    """Complete a `kubectl kpath` command line, as kubectl asks its plugins to."""
    from kpath.cli import commands
    from kpath.cli.completion import completions

    commands.register(app)
    print("\n".join([*completions(app, sys.argv[1:]), ":4"]))


def _name() -> str:
    return "kubectl kpath" if os.path.basename(sys.argv[0]) == "kubectl-kpath" else "kpath"


def _fail(message: str, code: int) -> None:
    from kpath.render.escape import plain

    print(f"kpath: {plain(message)}", file=sys.stderr)
    sys.exit(code)
