"""Names of things: the one vocabulary of identity."""

from __future__ import annotations

import re
from collections.abc import Collection

from kpath.errors import UsageError

# How many parts a ref of each kind has, the kind included. The last part keeps
# its slashes: names of RBAC users and audiences of tokens may hold them.
KINDS = {
    "pod": 3, "sa": 3, "secret": 3, "token": 4,
    "node": 2, "imds": 2, "user": 2, "group": 2, "grant": 3,
    "internet": 1, "vpc": 1, "apiserver": 1, "cluster-admin": 1, "aws-admin": 2,
    # A container where its pod's containers can be told apart; what serves a workload's ports; a kubelet's port,
    # and what listens on a node's loopback.
    "container": 4, "endpoint": 4, "kubelet": 2, "localhost": 2,
    # To read what passes (`traffic/node/…`, `traffic/svc/shop/web`), a node's disk, all its files as the kubelet
    # sees them, its journal, its shared memory, a checkpoint of its containers; the logs of pods.
    "traffic": 2, "disk": 2, "files": 2, "journal": 2, "ipc": 2, "checkpoint": 2, "logs": 2,
    # To be able to change the cluster: the step, and what is changed; objects of a custom kind.
    "change": 3, "crd": 2,
    # What an instance was started with; a key of an IAM user.
    "userdata": 2, "accesskey": 2,
    "ns": 2, "configmap": 3, "role": 3, "rolebinding": 3, "clusterrole": 2,
    "clusterrolebinding": 2, "netpol": 3, "svc": 3, "ing": 3, "ingressclass": 2, "pv": 2, "pvc": 3,
    "anp": 2, "banp": 2, "clusternetpol": 2, "eks-clusternetpol": 2, "calico-netpol": 3, "gnp": 2, "tier": 2,
    "netset": 3, "globalnetset": 2, "hep": 2, "ciliumnetpol": 3, "ciliumclusternetpol": 2,
    "gatewayclass": 2, "gateway": 3, "httproute": 3, "grpcroute": 3, "tlsroute": 3, "tcproute": 3, "referencegrant": 3,
    "mutatingwebhook": 2, "validatingwebhook": 2, "advisory": 2,
    "secretstore": 3, "clustersecretstore": 2, "appproject": 3, "nodepool": 2, "nodeclass": 2, "policyexception": 3,
    "deploy": 3, "ds": 3, "sts": 3, "rs": 3, "rc": 3, "job": 3, "cronjob": 3,
}  # fmt: skip

# What is outside of any cluster: of several, all have the same.
_OUTSIDE = frozenset({"internet", "aws-admin", "accesskey", "source", "target", "via", ""})

# kubectl's spellings, as accepted where text enters.
ALIASES = {
    "po": "pod", "pods": "pod", "serviceaccount": "sa", "serviceaccounts": "sa", "secrets": "secret",
    "no": "node", "nodes": "node", "users": "user", "groups": "group",
    "namespace": "ns", "namespaces": "ns", "cm": "configmap", "configmaps": "configmap",
    "roles": "role", "rolebindings": "rolebinding", "clusterroles": "clusterrole",
    "clusterrolebindings": "clusterrolebinding", "networkpolicy": "netpol", "networkpolicies": "netpol",
    "adminnetworkpolicy": "anp", "baselineadminnetworkpolicy": "banp", "clusternetworkpolicy": "clusternetpol",
    "globalnetworkpolicy": "gnp", "globalnetworkpolicies": "gnp", "hostendpoint": "hep",
    "service": "svc", "services": "svc", "ingress": "ing", "ingresses": "ing",
    "gc": "gatewayclass", "gatewayclasses": "gatewayclass", "gtw": "gateway", "gateways": "gateway",
    "httproutes": "httproute", "grpcroutes": "grpcroute", "tlsroutes": "tlsroute", "tcproutes": "tcproute",
    "refgrant": "referencegrant", "referencegrants": "referencegrant",
    "persistentvolume": "pv", "persistentvolumeclaim": "pvc",
    "deployment": "deploy", "deployments": "deploy", "daemonset": "ds", "daemonsets": "ds",
    "statefulset": "sts", "statefulsets": "sts", "replicaset": "rs", "replicasets": "rs",
    "replicationcontroller": "rc", "replicationcontrollers": "rc", "jobs": "job",
    "cj": "cronjob", "cronjobs": "cronjob",
}  # fmt: skip

CONTROLLERS = frozenset({"deploy", "ds", "sts", "rs", "rc", "job", "cronjob"})
_NOWHERE = {"grant", "change"}
NAMESPACED = frozenset(kind for kind, parts in KINDS.items() if parts == 3 and kind not in _NOWHERE)
# Kinds of several parts whose second is a namespace.
_WITHIN = frozenset({"token", "container", "endpoint"})

# How a ref of each number of parts is written, where it is not kind, namespace and name.
_FORMS = {"token": "NAMESPACE/NAME/AUDIENCE", "container": "NAMESPACE/POD/NAME", "endpoint": "NAMESPACE/KIND/NAME",
          "grant": "NAMESPACE/ROLE", "change": "STEP/OBJECT"}  # fmt: skip

_ARN = re.compile(r"arn:(aws[a-z-]*):([a-z0-9-]+):([^:]*):([^:]*):(.+)", re.DOTALL)
_ARN_KINDS = {
    ("iam", "role"): "aws-role", ("iam", "user"): "aws-user", ("iam", "group"): "aws-group",
    ("iam", "policy"): "aws-policy", ("iam", "instance-profile"): "aws-instance-profile",
    ("iam", "oidc-provider"): "aws-oidc-provider", ("sts", "assumed-role"): "aws-session",
    ("ec2", "instance"): "aws-instance", ("eks", "cluster"): "aws-cluster",
    ("eks", "access-entry"): "aws-access-entry", ("secretsmanager", "secret"): "aws-secret",
    ("ecr", "repository"): "aws-repository", ("eks", "podidentityassociation"): "aws-pod-identity",
    ("ssm", "parameter"): "aws-parameter", ("dynamodb", "table"): "aws-table", ("rds", "snapshot"): "aws-snapshot",
    ("rds", "cluster-snapshot"): "aws-snapshot", ("kms", "key"): "aws-key",
}  # fmt: skip


class Ref(str):
    """A name: `kind/name`, `kind/namespace/name`, or an ARN.

    A `Ref` is a `str`: it hashes, sorts and prints as one. It is right by
    construction inside kpath; text from outside goes through `Ref.parse`.
    """

    __slots__ = ()

    @property
    def kind(self) -> str:
        """What it names: `pod`, `sa`, `aws-role`, …"""
        if self.startswith("arn:"):
            found = _ARN.fullmatch(self)
            if found is None:
                return "arn"
            service, resource = found[2], re.split("[:/]", found[5], maxsplit=1)[0]
            if service == "s3":
                return "aws-bucket"
            return _ARN_KINDS.get((service, resource), f"aws-{service}")
        return str(self.partition("/")[0])

    @property
    def namespace(self) -> str:
        """The namespace, or an empty string for what has none."""
        parts = self.split("/", 2)
        return parts[1] if (len(parts) == 3 and parts[0] in NAMESPACED) or parts[0] in _WITHIN else ""

    @property
    def name(self) -> str:
        """The last part: the name without kind and namespace; of an ARN, what follows its last slash or colon."""
        if self.startswith("arn:"):
            return re.split("[:/]", self)[-1]
        return self.split("/", KINDS.get(self.kind, 2) - 1)[-1]

    @property
    def account(self) -> str:
        """The account of an ARN or of `aws-admin/…`, else an empty string."""
        if self.startswith("arn:"):
            return (self.split(":", 5) + [""] * 5)[4]
        return self.name if self.kind == "aws-admin" else ""

    @classmethod
    def parse(cls, text: str, namespace: str = "") -> Ref:
        """Read what a user wrote; kubectl's short names are welcome.

        `namespace` stands in where a namespaced kind is given as `kind/name`.
        Raises `UsageError` on an unknown kind or a missing or superfluous part.
        """
        if text.startswith("arn:"):
            if _ARN.fullmatch(text) is None:
                raise UsageError(f"`{text}` is no ARN; one reads arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE")
            return cls(text)
        kind, _, rest = text.partition("/")
        kind = ALIASES.get(kind, kind)
        if kind not in KINDS:
            raise UsageError(
                f"`{text}` names no kind kpath knows; write pod/NAMESPACE/NAME, sa/…, node/NAME, or an ARN"
            )
        parts = KINDS[kind]
        if parts == 1 and (not rest or kind not in _OUTSIDE):
            return cls(f"{kind}/{rest}" if rest else kind)
        pieces = rest.split("/", parts - 2) if rest else []
        if kind in NAMESPACED and len(pieces) == 1:
            pieces = [namespace or "default", *pieces]
        if parts == 1 or len(pieces) != parts - 1 or not all(pieces):
            form = {1: "", 2: "/NAME", 3: "/NAMESPACE/NAME"}.get(parts, "")
            form = kind + (f"/{_FORMS[kind]}" if kind in _FORMS else form)
            raise UsageError(f"`{text}` has the wrong number of parts; write {form}")
        return cls("/".join([kind, *pieces]))


def pod(namespace: str, name: str) -> Ref:
    return Ref(f"pod/{namespace}/{name}")


def pod_of(container: Ref) -> Ref:
    """The pod of a container: `pod/shop/web` of `container/shop/web/app`."""
    _, namespace, name, _ = container.split("/", 3)
    return pod(namespace, name)


def container_of(pod: Ref, name: str) -> Ref:
    """A container of a pod, by its name."""
    return Ref(f"container/{pod.namespace}/{pod.name}/{name}")


def sa(namespace: str, name: str) -> Ref:
    return Ref(f"sa/{namespace}/{name}")


def node(name: str) -> Ref:
    return Ref(f"node/{name}")


def within(cluster: str, ref: Ref) -> Ref:
    """A ref of a cluster among several: `pod/prod:shop/web`, `node/prod:n1`, `cluster-admin/prod`."""
    kind, slash, rest = ref.partition("/")
    if not cluster or kind in _OUTSIDE or ref.startswith("arn:"):
        return ref
    return Ref(f"{kind}/{cluster}:{rest}" if slash else f"{kind}/{cluster}")


def apart(ref: Ref, clusters: Collection[str]) -> tuple[str, Ref]:
    """The cluster of a ref among several, and what it is called there; no cluster for what is outside of any."""
    kind, _, rest = ref.partition("/")
    if kind in _OUTSIDE or ref.startswith("arn:"):
        return "", ref
    if KINDS.get(kind) == 1:
        return (rest, Ref(kind)) if rest in clusters else ("", ref)
    cluster, colon, own = rest.partition(":")
    return (cluster, Ref(f"{kind}/{own}")) if colon and cluster in clusters else ("", ref)
