"""What we decode of Services, Ingresses and their like; see `wire` for the other kinds."""

from __future__ import annotations

from msgspec import Raw, field

from kpath.model.wire import NULL
from kpath.model.wire_pod import Named, Wire


class NetworkPolicy(Named, frozen=True):
    """A policy of any engine, or what its policies refer to: what it says is kept as it stands.

    A fault in it is no fault of the snapshot: whoever reads the policy says what is wrong with which field.
    """

    spec: Raw = NULL
    # Cilium's policies may have several.
    specs: Raw = NULL


class ServicePort(Wire, frozen=True):
    name: str | None = None
    port: int | None = None
    target_port: int | str | None = None
    node_port: int | None = None
    protocol: str | None = None


class ServiceSpec(Wire, frozen=True):
    type: str | None = None
    selector: dict[str, str] | None = None
    ports: tuple[ServicePort, ...] | None = None
    external_ips: tuple[str, ...] | None = field(default=None, name="externalIPs")
    load_balancer_source_ranges: tuple[str, ...] | None = None
    load_balancer_class: str | None = None
    external_name: str | None = None
    cluster_ip: str | None = field(default=None, name="clusterIP")
    external_traffic_policy: str | None = None


class BalancerAddress(Wire, frozen=True):
    hostname: str | None = None
    ip: str | None = None


class Balancer(Wire, frozen=True):
    ingress: tuple[BalancerAddress, ...] | None = None


class BalancerStatus(Wire, frozen=True):
    load_balancer: Balancer | None = None


class Service(Named, frozen=True):
    spec: ServiceSpec = ServiceSpec()
    status: BalancerStatus | None = None


class BackendPort(Wire, frozen=True):
    name: str | None = None
    number: int | None = None


class BackendService(Wire, frozen=True):
    name: str = ""
    port: BackendPort | None = None


class IngressBackend(Wire, frozen=True):
    service: BackendService | None = None


class IngressPath(Wire, frozen=True):
    backend: IngressBackend | None = None


class IngressHttp(Wire, frozen=True):
    paths: tuple[IngressPath, ...] | None = None


class IngressRule(Wire, frozen=True):
    host: str | None = None
    http: IngressHttp | None = None


class IngressSpec(Wire, frozen=True):
    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    rules: tuple[IngressRule, ...] | None = None


class Ingress(Named, frozen=True):
    spec: IngressSpec = IngressSpec()
    status: BalancerStatus | None = None


class IngressClassParameters(Wire, frozen=True):
    kind: str | None = None


class IngressClassSpec(Wire, frozen=True):
    controller: str | None = None
    parameters: IngressClassParameters | None = None


class IngressClass(Named, frozen=True):
    spec: IngressClassSpec = IngressClassSpec()
