"""What holds of every pod: facts are true, and each of them is needed."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from hypothesis import given, settings
from hypothesis import strategies as st
from workload_specs import CONTAINER, NODES, Raw, as_text, decoded, overwritten, specs, value_at

from kpath.evidence import SOURCE, TARGET
from kpath.model.wire import NodeInfo
from kpath.model.wire_pod import PodSpec
from kpath.semantics import workload
from kpath.semantics.workload import Vantage, capabilities, capability, covers, hostpaths, inside, vantages
from kpath.semantics.workload.capabilities import DEFAULT, FULL
from kpath.verdict import Allowed, Verdict, word

Escape = Callable[[PodSpec, Vantage, NodeInfo | None], Iterator[Verdict]]

ESCAPES: tuple[Escape, ...] = (
    workload.ce_priv_mount,
    workload.ce_nsenter,
    workload.ce_module_load,
    workload.ce_sys_ptrace,
    workload.ce_sys_admin_remount,
    workload.ce_umh_core_pattern,
    workload.exploit_host_write,
    workload.exploit_host_read,
    workload.exploit_host_traverse,
    workload.exploit_containerd_sock,
    workload.ce_cgroup_release_agent,
    workload.ce_dac_read_search,
    workload.ce_dac_override,
    workload.ce_bpf_trace,
    workload.ce_host_net_admin,
    workload.host_net_sniff,
    workload.host_ipc_tamper,
    workload.host_control_sock,
    workload.static_pod_inject,
    workload.local_node_service,
)
SINGLE = (
    workload.privileged,
    workload.root,
    workload.becomes_root,
    lambda spec, vantage: workload.capability(spec, vantage, "SYS_ADMIN"),
    lambda spec, vantage: workload.capability(spec, vantage, "NET_RAW"),
    lambda spec, vantage: workload.host_pid(spec),
    lambda spec, vantage: workload.host_ipc(spec),
    lambda spec, vantage: workload.host_network(spec),
    lambda spec, vantage: workload.host_users(spec),
    lambda spec, vantage: workload.shares_processes(spec),
    lambda spec, vantage: workload.unsandboxed(spec),
)


def found(escape: Escape, raw: Raw, node: NodeInfo | None) -> set[tuple[str, frozenset[str], str]]:
    """Witnesses as container, pointers cited and verdict."""
    spec = decoded(raw)
    return {
        (vantage.at, frozenset(fact.at for fact in verdict.because), word(verdict))
        for vantage in vantages(spec)
        for verdict in escape(spec, vantage, node)
    }


@given(specs(), st.sampled_from(NODES))
@settings(max_examples=200, deadline=None)
def test_every_cited_fact_is_a_field_of_the_pod_or_of_its_node(raw: Raw, node: NodeInfo | None) -> None:
    spec = decoded(raw)
    for vantage in vantages(spec):
        verdicts = [verdict for escape in ESCAPES for verdict in escape(spec, vantage, node)]
        verdicts += [single(spec, vantage) for single in SINGLE]
        verdicts += [workload.unconfined_by_lsm(spec, vantage, node, "mount"), workload.accepts_modules(node)]
        for fact in (fact for verdict in verdicts for fact in verdict.because):
            if fact.of == TARGET:
                assert node is not None
                assert ("/status/nodeInfo/osImage", node.os_image) == (fact.at, fact.value)
            else:
                assert (SOURCE, as_text(value_at(raw, fact.at))) == (fact.of, fact.value), fact.at


@given(specs(), st.sampled_from(NODES), st.sampled_from(ESCAPES))
@settings(max_examples=500, deadline=None)
def test_a_witness_is_gone_when_any_fact_it_cites_is_made_inert(
    raw: Raw, node: NodeInfo | None, escape: Escape
) -> None:
    spec = decoded(raw)
    for vantage in vantages(spec):
        for verdict in escape(spec, vantage, node):
            witness = (vantage.at, frozenset(fact.at for fact in verdict.because), word(verdict))
            for fact in verdict.because:
                assert witness not in found(escape, *overwritten(raw, node, fact)), fact


@given(specs(), st.sampled_from(NODES), st.sampled_from(ESCAPES))
@settings(max_examples=200, deadline=None)
def test_no_fact_is_cited_twice_and_no_witness_twice(raw: Raw, node: NodeInfo | None, escape: Escape) -> None:
    spec = decoded(raw)
    for vantage in vantages(spec):
        witnesses = [verdict.because for verdict in escape(spec, vantage, node)]
        assert all(len(set(because)) == len(because) for because in witnesses)
        assert len(set(witnesses)) == len(witnesses)


@given(CONTAINER)
def test_capabilities_are_what_a_second_definition_says(raw: Raw) -> None:
    """One capability at a time, from the rules as they are worded."""
    spec = decoded({"containers": [raw]})
    (vantage,) = vantages(spec)
    security = raw.get("securityContext") or {}
    assert isinstance(security, dict)
    lists = security.get("capabilities") or {}
    add = [each.upper().replace("CAP_", "") for each in lists.get("add") or []]
    drop = [each.upper().replace("CAP_", "") for each in lists.get("drop") or []]

    def has(name: str) -> bool:
        if security.get("privileged"):
            return True
        if name in drop:
            return False
        if name in add:
            return True
        if "ALL" in drop:
            return False
        return "ALL" in add or name in DEFAULT

    expected = {name for name in FULL if has(name)}
    assert expected == capabilities(spec, vantage)
    assert expected == {name for name in FULL if isinstance(capability(spec, vantage, name), Allowed)}


PARTS = st.lists(st.sampled_from(["var", "run", "etc", "lib", ".", "..", "", "a.b"]), max_size=7)


@given(PARTS, st.booleans(), st.booleans())
def test_paths_are_normalised_as_posix_says(parts: list[str], leading: bool, trailing: bool) -> None:
    path = "/" * leading + "/".join(parts) + "/" * trailing
    expected = posixpath.normpath("/./" + path)
    if expected == "/var/run" or expected.startswith("/var/run/"):
        expected = expected[len("/var") :]

    assert expected == hostpaths.normalised(path)
    assert expected == hostpaths.normalised(expected)


@given(PARTS, PARTS)
def test_a_path_covers_itself_and_what_lies_below_it(above: list[str], below: list[str]) -> None:
    path, target = (hostpaths.normalised("/".join(each)) for each in (above, below))
    expected = posixpath.commonpath([path, target]) == path

    assert expected == covers(path, target)
    assert expected == inside(target, path)


@given(PARTS, PARTS)
def test_what_covers_each_other_is_the_same(above: list[str], below: list[str]) -> None:
    path, target = (hostpaths.normalised("/".join(each)) for each in (above, below))

    assert (path == target) == (covers(path, target) and covers(target, path))
