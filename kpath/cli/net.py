from __future__ import annotations

from typing import Annotated

import typer

from kpath.cli.options import Cluster, Files, Namespace, OutputFile, written_as

PEER = "NAMESPACE/NAME, pod/, deploy/, svc/ or node/NAME, 'shop/*', internet, vpc, an IP address or a CIDR block."


def command(
    files: Files = None,
    source: Annotated[str, typer.Option("--from", metavar="PEER", help=f"Who connects: {PEER}")] = "",
    to: Annotated[str, typer.Option("--to", metavar="PEER", help="Whom they connect to, written likewise.")] = "",
    port: Annotated[str, typer.Option("--port", metavar="PORT", help="80, UDP/53 or TCP/1-1024.")] = "",
    engine: Annotated[
        str,
        typer.Option(
            "--engine",
            metavar="NAME",
            help="What enforces policies, instead of what the cluster shows: none, generic, vpc-cni, vpc-cni-strict, "
            "calico or cilium.",
        ),
    ] = "",
    namespace: Namespace = "",
    cluster: Cluster = "",
    output: Annotated[
        str, written_as("table", "wide", "jsonl", "json", "yaml", "markdown", "dot", "svg", "mermaid")
    ] = "table",
    output_file: OutputFile = "",
    everything: Annotated[bool, typer.Option("--all", help="Show every row, however many there are.")] = False,
) -> None:
    """Who can talk to whom, with the policy that allows or blocks it.

    With both --from and --to, what is denied is shown as well, with the policies that deny it.

    \b
    kpath net -f snapshot
    kpath net -f snapshot --from shop/frontend --to shop/redis --port 6379
    kpath net -f snapshot --from 'shop/*' --to 169.254.169.254 --port 80
    kpath net -f snapshot --from internet -o svg -O exposed.svg
    kpath net -f manifests/ --engine calico -o jsonl
    """
    from kpath.cli.output import loaded, note, one_of, write
    from kpath.render import connections

    one_of(output, *connections.FORMATS)
    found = loaded(files, rules=(), cluster=cluster).net(source, to, port=port, engine=engine, namespace=namespace)
    answer = connections.WRITERS["all" if everything and output == "table" else output](found)
    if output in connections.BARE:
        note([*connections.heading(found), *connections.notes(found)])
    if output not in connections.WHOLE:
        note(connections.faults(found))
    write(answer, output_file)
    raise typer.Exit(0 if found.is_decided else 3)
