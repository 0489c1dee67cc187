"""Label selectors of the Kubernetes API, and labels of which some may not be known."""

from __future__ import annotations

from dataclasses import dataclass

from .unknowns import Json, Truth, every, negated

UNKNOWN = object()


@dataclass(frozen=True)
class Labels:
    known: dict[str, str]
    complete: bool = True

    def get(self, key: str) -> object:
        """A label's value, `None` where there is no such label, UNKNOWN where that is not told."""
        if key in self.known:
            return self.known[key]
        return None if self.complete else UNKNOWN


def matches(selector: Json, labels: Labels) -> Truth:
    """NP-18, NP-19, NP-44, NP-48, NP-49, NP-51."""
    pairs = (selector.get("matchLabels") or {}).items()
    wanted = [_among(labels.get(key), [value]) for key, value in pairs]
    return every(wanted + [_holds(each, labels) for each in selector.get("matchExpressions") or []])


def _among(value: object, values: list[str]) -> Truth:
    return None if value is UNKNOWN else value in values


def _holds(expression: Json, labels: Labels) -> Truth:
    """An expression that the API server would refuse holds for no one knows whom."""
    operator, values = expression.get("operator"), expression.get("values") or []
    if not expression.get("key"):
        return None
    value = labels.get(expression["key"])
    if operator in ("In", "NotIn"):
        if not values:
            return None
        found = _among(value, values)
        return found if operator == "In" else negated(found)
    if operator in ("Exists", "DoesNotExist") and not values:
        missing = _among(value, [None])
        return missing if operator == "DoesNotExist" else negated(missing)
    return None
