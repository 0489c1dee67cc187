"""Services as they are served, what they decode to, and the snapshot of a pod and what leads to it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import msgspec
from workload_specs import Raw

from kpath.model.load import load
from kpath.model.tables import Model
from kpath.model.wire_net import Service

NOTES = "service.beta.kubernetes.io/aws-load-balancer-"
PORTS: Raw = {"selector": {"app": "web"}, "ports": [{"port": 80}]}


def service(notes: Raw | None = None, /, **spec: object) -> Raw:
    """A Service to the pods of `cluster`; `notes` are annotations for its load balancer."""
    annotations = {f"{NOTES}{key}": value for key, value in (notes or {}).items()}
    meta = {"name": "web", "namespace": "shop", "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": PORTS | spec}


def decoded(raw: Raw) -> Service:
    return msgspec.json.decode(json.dumps(raw), type=Service)


def named(kind: str, version: str, spec: Raw) -> Raw:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, "spec": spec}


def cluster(*objects: Raw, **spec: object) -> Model:
    """One pod, and what leads to it."""
    pod = named("Pod", "v1", {"containers": [{"name": "app"}]} | spec)
    pod["metadata"] = {"name": "web", "namespace": "shop", "labels": {"app": "web"}}
    with tempfile.TemporaryDirectory() as folder:
        items = {"apiVersion": "v1", "kind": "List", "items": [pod | {"status": {"phase": "Running"}}, *objects]}
        (Path(folder) / "cluster.json").write_text(json.dumps(items))
        return load([folder])
