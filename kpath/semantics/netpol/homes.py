"""The nodes that HostEndpoints hold, as the parties that are there know of them."""

from __future__ import annotations

from msgspec import Struct

from kpath.refs import Ref


class Home(Struct, frozen=True):
    """A node whose own traffic policies bear on, by its HostEndpoint.

    `whole`: all that it sends and receives. `known`: what bears on it can be told. `last` is what becomes of what no
    policy decides, as the field `at` says.
    """

    node: str
    ref: Ref
    whole: bool = False
    known: bool = False
    last: bool | None = None
    at: str = ""
    # The ports that have a name: name, protocol and number.
    ports: tuple[tuple[str, str, int], ...] = ()


# Where a pod is that is on no node yet.
ANYWHERE = Home("", Ref(""))
