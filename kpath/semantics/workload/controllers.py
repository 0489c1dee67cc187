"""Which products run in the cluster, told by the images of containers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from kpath.evidence import SOURCE, Evidence, Fact
from kpath.model.classes import PodClass
from kpath.model.memo import memoised
from kpath.model.tables import Model
from kpath.refs import Ref
from kpath.semantics.workload.places import account_fact
from kpath.semantics.workload.vantages import Vantage, vantages

READS = frozenset({"pods"})

_TAG = re.compile(r":v?([0-9]{1,6})\.([0-9]{1,6})\.([0-9]{1,6})")


class Running(Struct, frozen=True):
    """Pods of one class with a container of a product, and the fields that say so, as fields of `SOURCE`."""

    pods: PodClass
    vantage: Vantage
    because: Evidence

    @property
    def image(self) -> str:
        return self.vantage.container.image or ""

    @property
    def account(self) -> Ref:
        return self.pods.service_account


def running(model: Model, *images: str) -> tuple[Running, ...]:
    """The pods with a container whose image contains one of some texts; in a text, `*` stands for anything."""
    found = {
        (each.pods.number, each.vantage.at): each
        for image, users in _by_image(model).items()
        if any(contains(image, text) for text in images)
        for each in users
    }
    return tuple(found[key] for key in sorted(found))


@memoised
def _by_image(model: Model) -> Mapping[str, tuple[Running, ...]]:
    found: dict[str, list[Running]] = {}
    for each in model.pods.classes:
        for vantage in vantages(each.spec):
            if vantage.container.image:
                said = Fact(SOURCE, f"{vantage.at}/image", vantage.container.image)
                running_ = Running(each, vantage, (*vantage.because, said))
                found.setdefault(vantage.container.image, []).append(running_)
    return {image: tuple(users) for image, users in found.items()}


def contains(text: str, wanted: str) -> bool:
    """Whether a text contains another, whose parts between `*` may stand apart."""
    at = 0
    for part in wanted.split("*"):
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True


def cited(model: Model, each: Running, *more: Fact) -> Evidence:
    """What says that a product runs, of the first of its pods."""
    return of_pod(model, first_pod(model, each.pods), (*each.because, *more))


def of_pod(model: Model, pod: Ref, because: Evidence) -> Evidence:
    """Facts of `SOURCE` as facts of one pod."""
    return tuple(model.bound(fact, pod, pod) for fact in because)


def first_pod(model: Model, pods: PodClass) -> Ref:
    """The first pod of a class, by name."""
    return next(iter(model.pods.of([pods])))


def account_of(model: Model, each: Running, *more: Fact) -> Evidence:
    """What says that a product runs as its service account, of the first of its pods."""
    return cited(model, each, account_fact(each.pods), *more)


def accounts_of(model: Model, found: Iterable[Running]) -> Mapping[Ref, Evidence]:
    """The service accounts that some pods run as, for whom it may not matter which: each with what runs."""
    accounts: dict[Ref, Evidence] = {}
    for each in found:
        if each.account not in accounts:
            accounts[each.account] = cited(model, each)
    return accounts


def by_account(model: Model, found: Iterable[Running]) -> Mapping[Ref, Evidence]:
    """The service accounts that some pods run as, each with why, of the first pod that does."""
    accounts: dict[Ref, Evidence] = {}
    for each in found:
        if each.account not in accounts:
            accounts[each.account] = account_of(model, each)
    return accounts


def version(image: str) -> tuple[int, int, int] | None:
    """The version that an image's tag states; a digest alone tells none."""
    found = _TAG.search(image)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None
