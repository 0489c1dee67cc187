"""What comes with kpath: sample snapshots and queries, in the package or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

from kpath.errors import UsageError

SAMPLE = "sample:"

_HERE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder `samples` or `queries`."""
    packed = _HERE / "_shipped" / name
    return packed if packed.is_dir() else _HERE.parent / name


def sample(path: str) -> str:
    """A path as given, or, for `sample:NAME`, that of the sample. Raises `UsageError` on an unknown one."""
    if not path.startswith(SAMPLE):
        return path
    name = path.removeprefix(SAMPLE)
    known = sorted(each.name for each in folder("samples").iterdir() if each.is_dir())
    if name not in known:
        raise UsageError(f"there is no sample `{name}`; there are {', '.join(known)}")
    return str(folder("samples") / name)


def called(path: str) -> str:
    """A path as a user names it."""
    found = Path(path)
    return SAMPLE + found.name if found.parent == folder("samples") else path
