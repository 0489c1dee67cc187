from __future__ import annotations

from collections.abc import Iterator

from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.rules import Change, Step, rule
from kpath.semantics.iam.able import Call, able
from kpath.semantics.iam.estate import beneath, clusters
from kpath.semantics.pivot import associating
from kpath.semantics.pivot.addons import MANAGED, READS, answering
from kpath.semantics.pivot.associating import by_addon
from kpath.snapshot.patch import Patch


@rule(
    verb="reconfigures the add-ons of",
    attack=("T1578.005", "T1562.007"),
    difficulty=2, noise=3, gain=4,
    reads=READS | associating.READS,
    breaks=("M-IAM-EKSGUARD",),
)  # fmt: skip
def eks_addon_config(model: Model) -> Iterator[Step | Change]:
    """Reconfigure a managed add-on: switch network policies off, or send names elsewhere.

    When:
        `eks:UpdateAddon` or `eks:DeleteAddon` on the network plugin's add-on, or `eks:CreateAddon` on the cluster,
        which takes over an add-on that is not managed. `eks:UpdateAddon` on that of CoreDNS, or making it, rewrites
        what the cluster's DNS answers. With `iam:PassRole` on a role that trusts Pod Identity, either gives that role
        to the service account of an add-on, for whoever controls that account.

    Trap:
        What a network without policies lets through is not derived from the change, since the plugin's settings are
        those of pods that run. The values are checked against each add-on's schema. A role that an add-on gets by IRSA
        has to trust its service account already. Where all nodes are of Auto Mode, DNS runs off the cluster.
    """
    for ref, _ in clusters(model):
        plugin = beneath(ref, "addon", "vpc-cni/*")
        for each in able(model, Call("eks:CreateAddon", frozenset({ref}))):
            yield Change(each.principal, ref, Patch(), each.because(model), each.assumes)
        for action in ("eks:UpdateAddon", "eks:DeleteAddon"):
            for each in able(model, Call(action, plugin)):
                yield Change(each.principal, ref, Patch(), each.because(model), (*each.assumes, MANAGED))
        for each, assumes in answering(model, ref):
            yield Step(each.principal, Ref("traffic/dns"), each.because(model), assumes)
    for found in by_addon(model):
        yield Step(found.accounts, found.roles, found.because, found.assumes, also=(found.principal,))
