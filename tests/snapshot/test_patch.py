from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpath.errors import UsageError
from kpath.evidence import pointer
from kpath.refs import Ref
from kpath.snapshot.patch import MISSING, Patch, apply, lookup, tokens

POD = Ref("pod/shop/web")
values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab~/-0", max_size=3), inner, max_size=3),
    max_leaves=8,
)


def after(document: object, patch: Patch) -> object:
    return apply(document, patch.operations)


@pytest.mark.parametrize(
    ("at", "value"),
    [
        ("", "all"), ("/foo", ["bar", "baz"]), ("/foo/0", "bar"), ("/", 0), ("/a~1b", 1), ("/c%d", 2),
        ("/k\"l", 6), ("/ ", 7), ("/m~0n", 8), ("/~01", 9), ("/null", None), ("/nothing", MISSING),
        ("/foo/2", MISSING), ("/foo/-", MISSING), ("/foo/00", MISSING), ("/foo/x", MISSING), ("/null/x", MISSING),
    ],
)  # fmt: skip
def test_a_pointer_finds_what_rfc_6901_says(at: str, value: object) -> None:
    document = {
        "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "k\"l": 6, " ": 7, "m~n": 8, "~1": 9, "null": None,
    }  # fmt: skip

    assert (document if value == "all" else value) == lookup(document, at)


@pytest.mark.parametrize("text", ["a", "a/b", "/a~", "/a~2"])
def test_what_is_no_pointer_is_the_callers_mistake(text: str) -> None:
    with pytest.raises(UsageError, match="is no pointer"):
        tokens(text)


@given(values, st.lists(st.text("ab~/-0", max_size=3), min_size=1, max_size=3), values)
def test_what_was_replaced_is_found_and_nothing_given_has_changed(
    document: object, path: list[str], value: object
) -> None:
    before = copy.deepcopy(document)
    patch = Patch.replace(POD, pointer(*path), value)
    try:
        changed = after(document, patch)
    except UsageError:
        changed = None
    else:
        if "-" not in path:
            assert value == lookup(changed, pointer(*path))
            assert changed == after(changed, patch)

    assert before == document


@given(values, st.lists(st.text("ab~/-0", max_size=3), min_size=1, max_size=3))
def test_what_was_removed_is_missing(document: object, path: list[str]) -> None:
    before = copy.deepcopy(document)
    try:
        changed = after(document, Patch.remove(POD, pointer(*path)))
    except UsageError:
        return

    assert before == document
    parent = lookup(document, pointer(*path[:-1]))
    if isinstance(parent, dict):
        assert MISSING is lookup(changed, pointer(*path))


def test_defaults_may_be_set_where_nothing_was() -> None:
    patch = Patch.replace(POD, "/spec/securityContext/runAsNonRoot", True)

    assert {"spec": {"securityContext": {"runAsNonRoot": True}}} == after({"spec": {"securityContext": None}}, patch)
    assert {"spec": {"securityContext": {"runAsNonRoot": True}}} == after({}, patch)


def test_removing_what_is_not_there_changes_nothing() -> None:
    assert {"a": [1]} == after({"a": [1]}, Patch.remove(POD, "/b/c") | Patch.remove(POD, "/a/7"))


def test_lists_take_insertions_and_grow_at_their_end() -> None:
    document = {"a": [1, 3]}

    assert {"a": [1, 2, 3, 4]} == after(document, Patch.add(POD, "/a/1", 2) | Patch.add(POD, "/a/-", 4))
    assert {"a": [0, 3]} == after(document, Patch.replace(POD, "/a/0", 0))
    assert {"a": [3]} == after(document, Patch.remove(POD, "/a/0"))


@pytest.mark.parametrize("at", ["/a/9", "/a/x", "/a/0/b", "/a/9/b"])
def test_what_cannot_be_edited_is_the_callers_mistake(at: str) -> None:
    with pytest.raises(UsageError, match=f"cannot replace `{at}` of `pod/shop/web`"):
        after({"a": [1, 3]}, Patch.replace(POD, at, 0))


def test_objects_come_and_go() -> None:
    made = Patch.create(POD, {"kind": "Pod"}) + Patch.replace(POD, "/metadata/name", "web")

    assert {"kind": "Pod", "metadata": {"name": "web"}} == after(MISSING, made)
    assert MISSING is after({}, made | Patch.delete(POD))
    with pytest.raises(UsageError, match="does not exist"):
        after(MISSING, Patch.remove(POD, "/a"))


def test_patches_are_values() -> None:
    one, other = (Patch.replace(POD, "/a", {"x": 1, "y": 2}), Patch.replace(POD, "/a", {"y": 2, "x": 1}))

    assert one == other
    assert {one} == {other}
    assert {POD} == (one | other).touches


def test_what_does_not_change_is_shared() -> None:
    document = {"a": {"x": 1}, "b": {"y": 1}}
    changed = after(document, Patch.replace(POD, "/b/y", 2))

    assert isinstance(changed, dict)
    assert document["a"] is changed["a"]
