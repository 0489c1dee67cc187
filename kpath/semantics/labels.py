"""Label selectors.

Source: the Kubernetes API reference, LabelSelector; operators In, NotIn, Exists, DoesNotExist.
"""

from __future__ import annotations

from collections.abc import Mapping

from kpath.model.wire import LabelSelector


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool | None:
    """Whether a selector matches some labels; `None` where it uses an operator that does not exist."""
    answer: bool | None = all(labels.get(key) == value for key, value in (selector.match_labels or {}).items())
    for each in selector.match_expressions or ():
        held, values = labels.get(each.key), each.values or ()
        match each.operator:
            case "In":
                holds: bool | None = held is not None and held in values
            case "NotIn":
                holds = held is None or held not in values
            case "Exists":
                holds = held is not None
            case "DoesNotExist":
                holds = held is None
            case _:
                holds = None
        if holds is False:
            return False
        if holds is None and answer:
            answer = None
    return answer
