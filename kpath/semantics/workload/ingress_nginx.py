"""What the ingress-nginx controller lets others do to it.

Source: ingress-nginx, ConfigMap options and change log (snippets are off by default since 1.9.0); the advisory on
CVE-2025-1974, fixed in 1.11.5 and 1.12.1.
"""

from __future__ import annotations

import msgspec

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model.tables import Model
from kpath.model.wire import ConfigMap
from kpath.semantics.workload.commands import flags
from kpath.semantics.workload.controllers import Running, version
from kpath.verdict import Allowed, Denied, Undecided, Verdict

CONTROLLER = "ingress-nginx/controller"
SNIPPETS = "allow-snippet-annotations"
WEBHOOK = "--validating-webhook"

_OFF_BY_DEFAULT = (1, 9, 0)
_FIXED = ((1, 11, 5), (1, 12, 1))


def snippets(model: Model, each: Running) -> Verdict:
    """Whether a controller takes configuration from the annotations of Ingresses."""
    maps = {ref: data for ref, data in model.config_maps.items() if ref.namespace == each.account.namespace}
    said = {ref: value for ref, data in maps.items() if (value := _texts(data).get(SNIPPETS)) is not None}
    for ref, value in said.items():
        if value == "true":
            return Allowed((Fact(ref, f"/data/{SNIPPETS}", value),))
    number = version(each.image)
    if not said and number is not None and number < _OFF_BY_DEFAULT:
        return Allowed(())
    if maps or "configmaps" in model.coverage.listed:
        return Denied()
    return Undecided((), (Assumption("the controller allows snippets in annotations", Confidence.LOW, "configmaps"),))


def _texts(data: ConfigMap) -> dict[str, str]:
    try:
        return msgspec.json.decode(bytes(data.data), type=dict[str, str] | None) or {}
    except msgspec.MsgspecError:
        return {}


def takes_over_by_admission(each: Running) -> Evidence:
    """The flag by which a controller of a version with the weakness listens for what is to be admitted."""
    number = version(each.image)
    if number is None or number >= _FIXED[1] or _FIXED[0] <= number < (1, 12, 0):
        return ()
    return next((because for address, because in flags(each.vantage, WEBHOOK) if address), ())
