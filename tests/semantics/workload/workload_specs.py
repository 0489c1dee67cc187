"""Pod specs as they are served, what they decode to, and random ones."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable

import msgspec
from hypothesis import strategies as st

from kpath.evidence import TARGET, Fact
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import PodSpec
from kpath.semantics.workload import Vantage, vantages
from kpath.verdict import Denied, Undecided, Verdict, word

Json = dict[str, object] | list[object] | str | int | bool | None
Raw = dict[str, object]

AL2 = NodeInfo(os_image="Amazon Linux 2")
AL2023 = NodeInfo(os_image="Amazon Linux 2023.6.20250115")
BOTTLEROCKET = NodeInfo(os_image="Bottlerocket OS 1.32.0 (aws-k8s-1.31)")
UBUNTU = NodeInfo(os_image="Ubuntu 22.04.5 LTS")
DEBIAN = NodeInfo(os_image="Debian GNU/Linux 12 (bookworm)")
WINDOWS = NodeInfo(os_image="Windows Server 2022 Datacenter", operating_system="windows")
NODES = (AL2, AL2023, BOTTLEROCKET, UBUNTU, DEBIAN, None)


def decoded(raw: Raw) -> PodSpec:
    return msgspec.json.decode(json.dumps(raw), type=PodSpec)


def pod(
    security: Raw | None = None, /, *, mounts: Iterable[Raw] = (), paths: Iterable[str] = (), **rest: object
) -> Raw:
    """A pod of one container; `paths` are host paths, each mounted as the `mounts` at its place says."""
    modes = list(mounts)
    places = list(paths)
    modes += [{}] * (len(places) - len(modes))
    return {
        "containers": [
            {
                "name": "app",
                "securityContext": security or {},
                "volumeMounts": [
                    {"name": f"v{index}", "mountPath": f"/m{index}"} | mode for index, mode in enumerate(modes)
                ],
            }
        ],
        "volumes": [{"name": f"v{index}", "hostPath": {"path": path}} for index, path in enumerate(places)],
    } | rest


def first(raw: Raw) -> tuple[PodSpec, Vantage]:
    spec = decoded(raw)
    return spec, vantages(spec)[0]


def words(verdicts: Iterable[Verdict]) -> list[str]:
    return [word(verdict) for verdict in verdicts]


def confidences(verdict: Verdict) -> list[str]:
    return [str(each.confidence) for each in verdict.assumes] if isinstance(verdict, Undecided) else []


def value_at(raw: Raw, at: str) -> Json:
    """What a pointer leads to in a pod with this spec, `None` for nothing; another definition than the code's."""
    here: object = {"spec": raw}
    for token in at.split("/")[1:]:
        token = token.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict):
            here = here.get(token)
        elif isinstance(here, list):
            here = here[int(token)] if int(token) < len(here) else None
        else:
            return None
    return here  # type: ignore[return-value]


def as_text(value: Json) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


# What takes the danger out of a field, by the end of its pointer.
INERT: dict[str, Json] = {
    "privileged": False, "runAsUser": 65534, "runAsNonRoot": True, "runAsGroup": 65534, "hostPID": False,
    "hostIPC": False, "hostNetwork": False,
    "hostUsers": False, "runtimeClassName": "kata-fc", "allowPrivilegeEscalation": False, "readOnly": True,
    "recursiveReadOnly": "Enabled", "restartPolicy": None, "drop": ["ALL"], "add": [], "path": "/mnt/inert",
    "subPath": "inert", "subPathExpr": "inert",
}  # fmt: skip


def inert(at: str) -> Json:
    last = at.rsplit("/", 1)[-1]
    if at.endswith("appArmorProfile/type"):
        return "RuntimeDefault"
    if at.endswith("seLinuxOptions/type"):
        return "container_t"
    if "/supplementalGroups/" in at:
        return 65534
    if "/add/" in at:
        return "CHOWN"
    return INERT[last]


def overwritten(raw: Raw, node: NodeInfo | None, fact: Fact) -> tuple[Raw, NodeInfo | None]:
    """A pod and its node with one field made inert."""
    if fact.of == TARGET:
        return raw, BOTTLEROCKET
    changed = copy.deepcopy(raw)
    here: object = {"spec": changed}
    *tokens, last = fact.at.split("/")[1:]
    for token in tokens:
        if isinstance(here, list):
            here = here[int(token)]
        elif isinstance(here, dict):
            if here.get(token) is None:
                here[token] = {}
            here = here[token]
    if isinstance(here, list):
        here[int(last)] = inert(fact.at)
    elif isinstance(here, dict):
        here[last] = inert(fact.at)
    return changed, node


def optional(values: Iterable[Json]) -> st.SearchStrategy[Json]:
    return st.sampled_from([None, *values])


def _objects(**fields: st.SearchStrategy[Json]) -> st.SearchStrategy[Raw]:
    """Objects in which a field that is `None` is sometimes written out and sometimes left away."""
    full = st.fixed_dictionaries(fields)
    return st.tuples(full, st.booleans()).map(
        lambda drawn: {key: value for key, value in drawn[0].items() if drawn[1] or value is not None}
    )


NAMES = (
    "ALL",
    "all",
    "SYS_ADMIN",
    "CAP_SYS_ADMIN",
    "sys_ptrace",
    "SYS_PTRACE",
    "SYS_MODULE",
    "NET_RAW",
    "CHOWN",
    "BPF",
    "PERFMON",
    "DAC_READ_SEARCH",
    "NET_ADMIN",
)
LISTS: st.SearchStrategy[Json] = st.one_of(
    st.none(), st.lists(st.sampled_from(NAMES), max_size=3).map(lambda names: [*names])
)
PROFILES = st.one_of(st.none(), _objects(type=optional(["Unconfined", "RuntimeDefault", "Localhost"])))
LABELS = st.one_of(st.none(), _objects(type=optional(["super_t", "container_t"])))
PATHS = (
    "/", "/etc", "/etc/cni/net.d", "/var", "/var/lib/", "/var/lib/kubelet", "/var/lib/kubelet/pods", "/var/run",
    "/proc", "/proc/sys", "/sys", "/dev", "/run/containerd/containerd.sock", "/var/run/docker.sock", "/var/log",
    "/home", "/tmp", "/sys/fs/cgroup", "/run/systemd", "/var/lib/kubelet/device-plugins", "/etc/kubernetes/manifests",
)  # fmt: skip

SECURITY = _objects(
    privileged=optional([True, False]),
    capabilities=st.one_of(st.none(), _objects(add=LISTS, drop=LISTS)),
    allowPrivilegeEscalation=optional([True, False]),
    runAsUser=optional([0, 1000]),
    runAsGroup=optional([0, 3000]),
    runAsNonRoot=optional([True, False]),
    appArmorProfile=PROFILES,
    seLinuxOptions=LABELS,
)
POD_SECURITY = _objects(
    runAsUser=optional([0, 1000]),
    runAsGroup=optional([0, 3000]),
    runAsNonRoot=optional([True, False]),
    supplementalGroups=optional([[0], [3000, 0]]),
    appArmorProfile=PROFILES,
    seLinuxOptions=LABELS,
)
MOUNT = _objects(
    name=st.sampled_from(["v0", "v1", "gone"]),
    mountPath=st.just("/m"),
    readOnly=optional([True, False]),
    recursiveReadOnly=optional(["Enabled", "IfPossible", "Disabled"]),
)
CONTAINER = _objects(
    name=st.just("app"),
    securityContext=st.one_of(st.none(), SECURITY),
    volumeMounts=st.one_of(st.none(), st.lists(MOUNT, max_size=2)),
    restartPolicy=optional(["Always"]),
)


@st.composite
def specs(draw: st.DrawFn) -> Raw:
    """Pod specs that the API server might refuse, but that decode."""
    paths = draw(st.lists(st.sampled_from(PATHS), max_size=2))
    spec = draw(
        _objects(
            containers=st.lists(CONTAINER, min_size=1, max_size=2),
            initContainers=st.one_of(st.none(), st.lists(CONTAINER, max_size=2)),
            securityContext=st.one_of(st.none(), POD_SECURITY),
            hostPID=optional([True, False]),
            hostIPC=optional([True, False]),
            hostNetwork=optional([True, False]),
            hostUsers=optional([True, False]),
            runtimeClassName=optional(["nvidia", "kata-fc"]),
        )
    )
    volumes = [{"name": f"v{index}", "hostPath": {"path": path}} for index, path in enumerate(paths)]
    return spec | {"volumes": volumes}


def holding(verdicts: Iterable[Verdict]) -> list[Verdict]:
    return [verdict for verdict in verdicts if not isinstance(verdict, Denied)]
