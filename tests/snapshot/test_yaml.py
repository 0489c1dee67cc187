from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kpath.errors import SnapshotError
from kpath.snapshot import safety, yamls
from kpath.snapshot.chunk import Unread

# Texts that PyYAML, which knows other numbers than kubectl does, leaves without quotes for good.
plain_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text("ab:#-'\"\n \\{}[]&*!|>%@`,?é"),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("ab:#-'\"\n \\{}[]&*!|>%@`,?é"), inner),
    max_leaves=12,
)


def documents(text: str) -> list[object]:
    found = yamls.documents(text.encode(), "f")
    assert not isinstance(found, Unread)
    return found


def problem_of(text: str) -> str:
    with pytest.raises(SnapshotError) as caught:
        yamls.documents(text.encode(), "f")
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", False), ("Off", False), ("n", False), ("yes", True), ("ON", True), ("true", True), ("nO", "nO"),
        ("", None), ("~", None), ("Null", None), ("nil", "nil"),
        ("012", 10), ("0o12", 10), ("0x1F", 31), ("0b11", 3), ("1_000", 1000), ("-7", -7), ("+7", 7), ("089", 89),
        ("1e3", 1000), ("1.50", 1.5), (".5", 0.5), ("1.", 1), ("1.2.3", "1.2.3"), ("0.0.0.0/0", "0.0.0.0/0"),
        ("12:30:45", "12:30:45"), ("2024-01-02", "2024-01-02"), ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05Z"),
        ("18446744073709551615", 2**64 - 1), ("99999999999999999999", 1e20), ("100m", "100m"), ("1e3x", "1e3x"),
        ("'no'", "no"), ('"012"', "012"), ("!!str 012", "012"), ("! 12", "12"), ("!!int 12", 12), ("!!float 1", 1),
        ("!!binary aGk=", "hi"), ("-", [None]), ("=", "="), ("0x", "0x"), ("_1", "_1"), ("--1", "--1"),
    ],
)  # fmt: skip
def test_scalars_mean_what_they_mean_to_kubectl(text: str, value: object) -> None:
    (found,) = documents(f"a: {text}\n") if text != "-" else documents("a:\n- \n")

    assert {"a": value} == found
    assert type(value) is type(found["a"])


@given(plain_values)
def test_json_is_yaml(value: object) -> None:
    (found,) = documents(json.dumps(value, ensure_ascii=False))

    assert value == found


@given(plain_values)
def test_what_yaml_writes_is_read_back(value: object) -> None:
    text = yaml.safe_dump(value)

    assert [value] == documents(text)


def test_documents_are_counted_with_the_empty_ones() -> None:
    assert [{"a": 1}, None, {"b": 2}] == documents("# first\n---\na: 1\n---\n# nothing\n---\nb: 2\n...\n")


def test_an_empty_text_has_no_document() -> None:
    assert [] == documents("# only a comment\n")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_depth_is_refused_before_it_can_hurt(opening: str) -> None:
    assert "deeper than" in problem_of(opening * 200_000) or "nesting depth" in problem_of(opening * 200_000)
    assert safety.TOO_DEEP in problem_of(opening * 257 + {"[": "]" * 257, "{a: ": "}" * 257, "- ": "x"}[opening])


def test_aliases_that_multiply_are_refused() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 31)]

    assert "document 1 /a" in problem_of("\n".join(lines))
    assert "aliases" in problem_of("\n".join(lines))


def test_many_documents_share_one_allowance_of_aliases() -> None:
    one = "a: &a [x]\nb: [" + ", ".join(["*a"] * 400) + "]\n"

    assert f"more than {safety.ALIASES:,} aliases" in problem_of("---\n".join([one] * 3))


def test_an_alias_of_itself_is_refused() -> None:
    assert "f: document 1 /b: an alias of what it stands in" == problem_of("&a\nb: *a\n")
    assert "f: document 1 /x/0: an alias of what it stands in" == problem_of("x: &a [*a]\n")


def test_an_alias_of_nothing_is_refused() -> None:
    assert "f: document 1 /a: an alias of nothing that stands before it" == problem_of("a: *b\n")
    assert "alias of nothing" in problem_of("a: &b 1\n---\nc: *b\n")


def test_aliases_and_merges_are_followed() -> None:
    text = "base: &b {a: 1, b: 2}\nmore: &m {b: 3, c: 4}\none: {b: 0, <<: *b}\ntwo: {<<: [*b, *m], d: 5}\nthree: *b\n"
    (found,) = documents(text)

    assert isinstance(found, dict)
    assert {"a": 1, "b": 0} == found["one"]
    assert {"a": 1, "b": 2, "c": 4, "d": 5} == found["two"]
    assert {"a": 1, "b": 2} == found["three"]
    assert {"x": {"<<": 1}} == documents('x: {"<<": 1}')[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb:\n  c: 1\n  c: 2\n", f"f: document 1 /b/c: {safety.DUPLICATE}"),
        ("a: {b: !Ref c}", "f: document 1 /a/b: a tag of its own; only the tags of plain YAML are read"),
        ("a: !!python/object:os.system {}", "f: document 1 /a: a tag of its own; only the tags of plain YAML are read"),
        ("a: !!set {x}", "f: document 1 /a: a tag of its own; only the tags of plain YAML are read"),
        ("a: !!int x", "f: document 1 /a: not the `!!int` that its tag says"),
        ("a: {80: x}", f"f: document 1 /a: {yamls.NO_TEXT}"),
        ("a: {no: x}", f"f: document 1 /a: {yamls.NO_TEXT}"),
        ("a: {[x]: y}", f"f: document 1 /a: {yamls.NO_TEXT}"),
        ("a: [1, .nan]", f"f: document 1 /a/1: {safety.NOT_FINITE}"),
        ("a: -.inf", f"f: document 1 /a: {safety.NOT_FINITE}"),
        ("a: 1e400", f"f: document 1 /a: {safety.NOT_FINITE}"),
        ("a: {<<: 1}", "f: document 1 /a: `<<` takes a mapping or a list of mappings"),
    ],
)
def test_what_two_readers_could_understand_differently_is_refused(text: str, message: str) -> None:
    assert message == problem_of(text)


def test_what_is_no_yaml_is_named_by_line() -> None:
    assert problem_of("a: 1\nb: c: d\n").startswith("f: line 2: not YAML: ")
    assert "secret" not in problem_of("a: 1\nb: [secret\n")


@pytest.mark.parametrize(
    "text",
    [
        "name: {{ .Values.name }}\n",
        "metadata:\n  name: {{ .Release.Name }}-web\n",
        "{{- if .Values.on }}\na: 1\n{{- end }}\n",
        "a:\n  {{- toYaml .Values.a | nindent 2 }}\n",
        "- {{ x }}\n",
    ],
)
def test_a_template_is_unread_and_no_error(text: str) -> None:
    assert Unread("f", yamls.TEMPLATED) == yamls.documents(text.encode(), "f")


def test_templates_within_strings_are_text() -> None:
    text = "a: '{{ .x }}'\nb: |\n  {{ range .y }}\nc: \"{{ z }}\"\nd: hello {{ name }}\n"

    assert [{"a": "{{ .x }}", "b": "{{ range .y }}\n", "c": "{{ z }}", "d": "hello {{ name }}"}] == documents(text)


@given(st.text("ab: -[]{}&*!|>'\"%@`#,?\n0~<.\t", max_size=40))
def test_no_text_makes_the_reader_fall_over(text: str) -> None:
    try:
        found = yamls.documents(text.encode(), "f")
    except SnapshotError:
        return

    assert isinstance(found, (list, Unread))
