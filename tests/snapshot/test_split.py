from __future__ import annotations

import io
import json
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpath.errors import SnapshotError
from kpath.snapshot import safety
from kpath.snapshot.chunk import Chunk, Listed
from kpath.snapshot.envelope import TAIL
from kpath.snapshot.split import split

HOSTILE = ['},{"metadata":', '"}],"kind":"SecretList"}', "\n        },\n        {", "\\", '\\"', "]}", "{[", "é\u2028"]
LAYOUTS: list[dict[str, object]] = [
    {"indent": 4},
    {"indent": 2},
    {"indent": 1, "separators": (" ,", " : ")},
    {"separators": (",", ":")},
    {},
    {"ensure_ascii": False, "separators": (",", ":")},
]

texts = st.sampled_from(HOSTILE) | st.text(st.characters(codec="utf-8"), max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts | st.just("items"), inner, max_size=3),
    max_leaves=8,
)
objects = st.fixed_dictionaries({"metadata": st.dictionaries(texts, values, max_size=3)}, optional={"spec": values})


def pieces(
    text: bytes, *, block: int = 1 << 18, tail: bool = True, strict: bool = False
) -> list[tuple[str, str, object]]:
    def decode(chunk: Chunk) -> tuple[str, str, object]:
        return chunk.at, chunk.kind, msgspec.json.decode(chunk.data)

    found = split(io.BytesIO(text), "f", decode, tail=text[-TAIL:] if tail else b"", strict=strict, block=block)
    return [each for each in found if not isinstance(each, Listed)]


def pods(count: int) -> list[object]:
    return [{"metadata": {"name": f"web-{n}"}, "spec": {"containers": [{"name": "c"}] * (n % 3)}} for n in range(count)]


def problem_of(text: bytes) -> str:
    with pytest.raises(SnapshotError) as caught:
        pieces(text)
    return str(caught.value)


@given(
    st.lists(objects, max_size=6),
    st.sampled_from(LAYOUTS),
    st.permutations(["kind", "apiVersion", "metadata", "items"]),
    st.integers(1, 80),
    st.booleans(),
    st.booleans(),
)
def test_splitting_a_list_equals_parsing_it_whole(
    items: list[object], layout: dict[str, object], order: list[str], block: int, tail: bool, strict: bool
) -> None:
    fields = {"kind": "PodList", "apiVersion": "v1", "metadata": {"continue": "]}"}, "items": items}
    text = json.dumps({key: fields[key] for key in order}, **layout).encode()  # type: ignore[arg-type]

    expected = [(f"/items/{index}", "Pod", item) for index, item in enumerate(items)]
    assert expected == pieces(text, block=block, tail=tail, strict=strict)


@given(st.lists(objects, max_size=5), st.sampled_from(LAYOUTS), st.integers(1, 80))
def test_a_bare_array_is_a_list(items: list[object], layout: dict[str, object], block: int) -> None:
    text = json.dumps(items, **layout).encode()  # type: ignore[arg-type]

    assert [(f"/{index}", "", item) for index, item in enumerate(items)] == pieces(text, block=block)


@given(st.lists(objects, min_size=1, max_size=5), st.sampled_from(["\n", " ", "", "\r\n\n"]), st.integers(1, 80))
def test_values_may_follow_one_another(items: list[object], between: str, block: int) -> None:
    text = between.join(json.dumps(item) for item in items).encode()

    expected = [("" if n == 1 else f"document {n}", "", item) for n, item in enumerate(items, 1)]
    assert expected == pieces(text, block=block)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind_last", [False, True])
def test_no_truncation_goes_unnoticed(layout: dict[str, object], kind_last: bool) -> None:
    fields = {"items": pods(3), "kind": "PodList"} if kind_last else {"kind": "PodList", "items": pods(3)}
    text = json.dumps(fields, **layout).encode()  # type: ignore[arg-type]

    assert 3 == len(pieces(text))
    for length in range(1, len(text)):
        with pytest.raises(SnapshotError):
            pieces(text[:length])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_follows_a_list_is_refused(layout: dict[str, object]) -> None:
    text = json.dumps({"kind": "PodList", "items": pods(3)}, **layout).encode()  # type: ignore[arg-type]

    for trailing in (b"}", b"]", b"x", b",", b"\0", b'"'):
        with pytest.raises(SnapshotError):
            pieces(text + trailing)


def test_items_of_null_are_no_items() -> None:
    assert [] == pieces(b'{"kind":"PodList","apiVersion":"v1","metadata":{},"items":null}')


def test_items_deep_in_an_object_are_no_list() -> None:
    volume = {"configMap": {"items": [{"key": "a", "path": "b"}]}}
    pod = {"kind": "Pod", "spec": {"volumes": [volume]}, "metadata": {"name": "x"}}

    assert [("", "", pod)] == pieces(json.dumps(pod).encode())
    assert [("", "", pod)] == pieces(json.dumps(pod, indent=4).encode())


@pytest.mark.parametrize("kind_last", [False, True])
@pytest.mark.parametrize("tail", [False, True])
def test_items_of_what_is_no_list_stay_in_it(kind_last: bool, tail: bool) -> None:
    bundle: dict[str, object] = {"items": [{"key": "a"}], "kind": "Bundle"}
    if not kind_last:
        bundle = dict(reversed(bundle.items()))

    assert [("", "", bundle)] == pieces(json.dumps(bundle).encode(), tail=tail)


def test_items_cannot_hide_behind_escapes() -> None:
    assert [("/items/0", "Pod", {})] == pieces(b'{"kind":"PodList","\\u0069tems":[{}]}')


def test_a_list_of_kinds_leaves_it_to_its_items() -> None:
    pod = {"apiVersion": "v1", "kind": "Pod"}

    assert [("/items/0", "", pod)] == pieces(json.dumps({"items": [pod], "kind": "List"}).encode())


def test_version_and_kind_may_stand_on_either_side_of_the_items() -> None:
    text = b'{"apiVersion":"rbac.authorization.k8s.io/v1","items":[{"metadata":{}}],"kind":"RoleList"}'

    opened, found = split(io.BytesIO(text), "f", lambda chunk: chunk, tail=text)
    assert Listed("f", "Role") == opened
    assert isinstance(found, Chunk)

    assert ("Role", "rbac.authorization.k8s.io/v1") == (found.kind, found.api_version)


def test_a_kind_in_a_tail_is_not_read_from_a_string() -> None:
    lie = 'x],"kind":"SecretList"}'
    text = json.dumps({"items": [{"metadata": {"a": lie, lie: [[lie]]}}], "kind": "PodList", "z": [[1], lie]}).encode()

    assert ["Pod"] == [kind for _, kind, _ in pieces(text)]


@pytest.mark.parametrize("bad", ["1", "null", '"x"', "[]"])
def test_an_item_that_is_no_object_is_named(bad: str) -> None:
    assert f"f: /items/1: {safety.NO_OBJECT}" == problem_of(f'{{"kind":"PodList","items":[{{}},{bad}]}}'.encode())


def test_what_is_wrong_in_an_item_is_named_with_its_pointer() -> None:
    text = json.dumps({"kind": "PodList", "items": pods(3)}).encode().replace(b'"name": "web-2"', b'"name": "web-2" 7')

    assert "f: /items/2/metadata/name: expected `,` or an end" in problem_of(text)


def test_the_envelope_is_checked_too() -> None:
    assert f"f: /metadata/a: {safety.NOT_FINITE}" == problem_of(b'{"kind":"PodList","items":[{}],"metadata":{"a":NaN}}')
    assert f"f: /kind: {safety.DUPLICATE}" == problem_of(b'{"kind":"PodList","items":[{}],"kind":"SecretList"}')
    assert f"f: /items: {safety.DUPLICATE}" == problem_of(b'{"kind":"PodList","items":[{}],"items":[{}]}')


def test_a_lone_half_of_a_surrogate_is_called_so() -> None:
    text = b'{"kind":"PodList","items":[{"metadata":{"name":"\\ud800"}}]}'

    assert f"f: /items/0/metadata/name: {safety.SURROGATE}" == problem_of(text)


def test_an_object_in_a_list_has_a_size_at_most() -> None:
    text = b'{"kind":"PodList","items":[{"a":"' + b"x" * safety.OBJECT_BYTES + b'"}]}'

    assert f"f: /items/0: {safety.too_big(safety.OBJECT_BYTES)}" == problem_of(text)


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_depth_beyond_the_stack_is_an_error_not_an_end(opening: bytes) -> None:
    text = b'{"kind":"PodList","items":[{"metadata":{}},{"x":' + opening * 100_000

    assert safety.TOO_DEEP in problem_of(text)


class _Endless:
    """A stream that remembers how much was asked of it."""

    def __init__(self, opening: bytes, item: bytes, count: int) -> None:
        self.parts: Iterator[bytes] = iter([opening, *[item] * count])
        self.given = 0

    def read(self, size: int, /) -> bytes:
        part = next(self.parts, b"")
        self.given += len(part)
        return part


def test_items_come_before_the_file_has_been_read() -> None:
    item = json.dumps({"metadata": {"name": "web"}, "spec": {"a": "x" * 2000}}).encode() + b","
    source = _Endless(b'{"kind":"PodList","items":[', item, 100_000)

    found = split(source, "f", lambda chunk: msgspec.json.decode(chunk.data), block=1)
    first = next(each for each in found if not isinstance(each, Listed))

    assert isinstance(first, dict)
    assert source.given < 10 * len(item)


def test_hostile_text_costs_no_more_than_its_length() -> None:
    looks_like_an_end = [{"metadata": {"name": n}} for n in range(2000)]
    items = [{"metadata": {"name": "x"}, "spec": looks_like_an_end} for _ in range(50)]
    text = json.dumps({"kind": "PodList", "items": items}, separators=(",", ":")).encode()
    decoded = 0

    def decode(chunk: Chunk) -> object:
        nonlocal decoded
        decoded += len(chunk.data)
        return msgspec.json.decode(chunk.data)

    assert items == [each for each in split(io.BytesIO(text), "f", decode) if not isinstance(each, Listed)]
    assert decoded < 8 * len(text)
