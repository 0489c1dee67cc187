from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpath.snapshot import safety
from kpath.snapshot.strict import strict_values

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
FAULTS = [
    (b'{"a":{"b":1,"b":2}}', "/a/b", safety.DUPLICATE),
    (b'{"a":[{"b":1,"\\u0062":2}]}', "/a/0/b", safety.DUPLICATE),
    (b'{"a":"\\ud800"}', "/a", safety.SURROGATE),
    (b'{"a":"\\ude00\\ud83d"}', "/a", safety.SURROGATE),
    (b'{"\\udfff":1}', "", safety.SURROGATE),
    (b'{"a":NaN}', "/a", safety.NOT_FINITE),
    (b'{"a":[0,-Infinity]}', "/a/1", safety.NOT_FINITE),
    (b'{"a":1e400}', "/a", safety.NOT_FINITE),
    (b'{"a":' + b"9" * 5000 + b"}", "/a", safety.TOO_LONG),
    (b'{"a":"\xff"}', "", safety.NOT_UTF8),
    (b'{"a":"\xed\xa0\x80"}', "", safety.NOT_UTF8),
    (b"[" * 100_000, "/0" * (safety.DEPTH), safety.TOO_DEEP),
    (b'{"a":' * 100_000, "/a" * (safety.DEPTH), safety.TOO_DEEP),
    (b'{"a":"', "/a", safety.ENDS_EARLY),
    (b'{"a":"\\', "/a", safety.ENDS_EARLY),
    (b'{"a":tr', "/a", safety.ENDS_EARLY),
    (b'{"a":1', "/a", safety.ENDS_EARLY),
    (b'{"a":"x\ny"}', "/a", "not JSON at byte 5"),
    (b'{"a":01}', "/a", "not JSON at byte 5"),
    (b'{"a~/b":[1,]}', "/a~0~1b/1", "`]` does not belong at byte 12"),
    (b'{"a":1}}', "", "something follows where the value should have ended"),
    (b'{"a":[1}', "/a/0", "`}` does not belong at byte 8"),
    (b'{"a":"\\x"}', "/a", "an escape that JSON does not know"),
]


@pytest.mark.parametrize(("data", "pointer", "problem"), FAULTS)
def test_each_fault_is_found_and_placed(data: bytes, pointer: str, problem: str) -> None:
    found = safety.fault(data)

    assert found is not None
    assert problem == found[1]
    assert pointer == found[0] or problem == safety.TOO_DEEP
    # One value after another is for the strict check no fault.
    assert strict_values(data) is None


@given(json_values, st.booleans(), st.sampled_from([None, 1, 4]))
def test_what_json_writes_has_no_fault(value: object, ascii_only: bool, indent: int | None) -> None:
    try:
        data = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode()
    except UnicodeEncodeError:
        return

    assert (safety.fault(data) is None) == (strict_values(data) is not None)


@given(st.text('{}[]:,"\\ \n0123456789.eE+-truefalsnNIy', max_size=14))
def test_the_quick_check_and_the_exact_one_agree(text: str) -> None:
    data = text.encode()
    found = safety.fault(data)

    if found is None:
        assert strict_values(data) is not None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        assert found is not None


def test_depth_is_counted_where_no_decoder_looks() -> None:
    fits = b'{"skipped":' + b"[" * (safety.DEPTH - 1) + b"]" * (safety.DEPTH - 1) + b"}"

    assert strict_values(fits) is not None
    assert safety.fault(fits) is None
    assert strict_values(b"[" + fits + b"]") is None
    assert safety.fault(b"[" + fits + b"]") is not None


def test_a_backslash_before_a_u_is_no_escape() -> None:
    assert strict_values(b'{"a":"\\\\ud800"}')
    assert strict_values(b'{"a":"\\ud83d\\ude00"}')


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_what_powershell_writes_is_refused_with_the_remedy(encoding: str) -> None:
    assert "save it as UTF-8" in safety.without_mark('{"a":1}'.encode(encoding))[1]


def test_the_mark_of_utf8_is_dropped() -> None:
    assert (b"{}", "") == safety.without_mark(b"\xef\xbb\xbf{}")
