"""What the ingress-nginx controller lets others do to it.

Source: ingress-nginx, command line, ConfigMap options and change log (snippets are off by default since 1.9.0, and
too risky for the default level since 1.12.0); the advisory on CVE-2025-1974, fixed in 1.11.5 and 1.12.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from kpath.evidence import Assumption, Confidence, Evidence, Fact
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.model.wire import ConfigMap
from kpath.refs import Ref
from kpath.semantics.workload.commands import flag, flags, words
from kpath.semantics.workload.controllers import Running, contains, running, version
from kpath.semantics.workload.vantages import vantages
from kpath.verdict import Allowed, Denied, Undecided, Verdict, any_of

# Those of the project, and those of others who build it anew; any other may still run its program.
IMAGES = ("ingress-nginx/controller", "nginx-ingress-controller")
PROGRAM = "/nginx-ingress-controller"
SNIPPETS = "allow-snippet-annotations"
LEVEL = "annotations-risk-level"
CONFIG = "--configmap"
WEBHOOK, PORT = "--validating-webhook", 8443

_OFF_BY_DEFAULT = (1, 9, 0)
_RISKY_BY_DEFAULT = (1, 12, 0)
_FIXED = ((1, 11, 5), (1, 12, 1))
_UNREAD = Assumption("the controller allows snippets in annotations", Confidence.LOW, "configmaps")
_VULNERABLE = Assumption("the controller is older than 1.11.5 or 1.12.1", Confidence.LOW)


@memoised
def controllers(model: Model) -> tuple[Running, ...]:
    """The containers that are the controller, by their image or by the program that they run."""
    found = {(each.pods.number, each.vantage.at): each for each in running(model, *IMAGES)}
    for each in _by_program(model):
        found.setdefault((each.pods.number, each.vantage.at), each)
    return tuple(found[key] for key in sorted(found))


def _by_program(model: Model) -> Iterator[Running]:
    for pods in model.pods.classes:
        for vantage in vantages(pods.spec):
            said = (*(vantage.container.command or ()), *(vantage.container.args or ()))
            if any(PROGRAM in entry for entry in said):
                for fact in [fact for word, fact in words(vantage) if word.endswith(PROGRAM)][:1]:
                    yield Running(pods, vantage, (*vantage.because, fact))


def _release(each: Running) -> tuple[int, int, int] | None:
    """The version of the controller; the tag of an image of another name may be anything's."""
    return version(each.image) if any(contains(each.image, text) for text in IMAGES) else None


def snippets(model: Model, each: Running) -> Verdict:
    """Whether a controller takes configuration from the annotations of Ingresses."""
    number = _release(each)
    ref, named = _config(each)
    texts = {at: _texts(data) for at, data in model.config_maps.items() if at.namespace == each.account.namespace}
    is_known = bool(texts) or "configmaps" in model.coverage.listed
    if ref is not None:
        data = model.config_maps.get(ref)
        is_known, texts = is_known or data is not None, {ref: _texts(data)} if data is not None else {}
    said = {at: text for at, text in texts.items() if text.get(SNIPPETS) is not None}
    if said:
        return any_of(*(_switched(at, text, number, named) for at, text in said.items()))
    if number is not None and number < _OFF_BY_DEFAULT:
        return Allowed(named)
    if is_known:
        return Denied() if number is not None else Undecided(named, (_older("1.9.0"),))
    return Undecided(named, (_UNREAD,))


def _config(each: Running) -> tuple[Ref | None, Evidence]:
    """The ConfigMap that a controller is told to read. A variable before the slash is its own namespace."""
    name, because = flag(each.vantage, CONFIG) or ("", ())
    namespace, slash, name = name.partition("/")
    if not slash:
        return None, ()
    namespace = each.account.namespace if namespace.startswith("$(") else namespace
    return Ref(f"configmap/{namespace}/{name}"), because


def _switched(ref: Ref, text: Mapping[str, str], number: tuple[int, int, int] | None, named: Evidence) -> Verdict:
    """Whether a ConfigMap that says something of snippets lets them be."""
    if text[SNIPPETS] != "true":
        return Denied()
    because = (*named, Fact(ref, f"/data/{SNIPPETS}", "true"))
    level = text.get(LEVEL)
    if number is not None and number < _OFF_BY_DEFAULT:
        return Allowed(because)
    if level is not None and level.lower() == "critical":
        needs = number is None or number >= _RISKY_BY_DEFAULT
        return Allowed((*because, Fact(ref, f"/data/{LEVEL}", level)) if needs else because)
    if number is None:
        return Undecided(because, (_older("1.12.0" if level is None else "1.9.0"),))
    return Allowed(because) if level is None and number < _RISKY_BY_DEFAULT else Denied()


def _older(than: str) -> Assumption:
    return Assumption(f"the controller is older than {than}", Confidence.LOW)


def _texts(data: ConfigMap) -> dict[str, str]:
    try:
        return msgspec.json.decode(bytes(data.data), type=dict[str, str] | None) or {}
    except msgspec.MsgspecError:
        return {}


def admission(each: Running) -> Verdict:
    """Whether a controller listens for what is to be admitted, in a version with the weakness."""
    number = _release(each)
    on = next((because for address, because in flags(each.vantage, WEBHOOK) if address), ())
    if not on or (number is not None and (number >= _FIXED[1] or _FIXED[0] <= number < (1, 12, 0))):
        return Denied()
    return Allowed(on) if number is not None else Undecided(on, (_VULNERABLE,))


def admission_port(each: Running) -> int:
    """The port on which a controller listens for what is to be admitted."""
    address = next((address for address, _ in flags(each.vantage, WEBHOOK) if address), "")
    port = address.rpartition(":")[2]
    return int(port) if port.isascii() and port.isdigit() and len(port) <= len("65535") else PORT
