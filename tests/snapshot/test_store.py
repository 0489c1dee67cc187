from __future__ import annotations

import gzip
import io
import json
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from msgspec import Struct

from kpath.errors import SnapshotError
from kpath.snapshot import archive, safety, yamls
from kpath.snapshot.store import Chunk, Listed, Unread, chunks

POD = b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"}}'
LIST = b'{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"a"}},{"metadata":{"name":"b"}}]}'


class Meta(Struct):
    name: str = ""


class Named(Struct):
    metadata: Meta = msgspec.field(default_factory=Meta)


Row = tuple[str, str, str, str] | Unread


def rows(*paths: Path | str, base: Path | None = None) -> list[Row]:
    """File, place, kind and name of each object; files as seen from a folder."""
    decoder = msgspec.json.Decoder(Named)

    def row(chunk: Chunk) -> tuple[str, str, str, str]:
        return chunk.file, chunk.at, chunk.kind, decoder.decode(chunk.data).metadata.name

    def seen(name: str) -> str:
        return name.replace(f"{base}{os.sep}", "") if base else name

    found: list[Row] = []
    for each in chunks([str(path) for path in paths], row):
        if isinstance(each, Listed):
            continue
        unread = isinstance(each, Unread)
        found.append(Unread(seen(each.file), each.why) if unread else (seen(each[0]), *each[1:]))  # type: ignore
    return found


def problem_of(*paths: Path | str) -> str:
    with pytest.raises(SnapshotError) as caught:
        rows(*paths)
    return str(caught.value).replace(str(Path(paths[0]).parent) + os.sep, "")


def written(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def tarred(path: Path, members: dict[str, bytes], change: Callable[[tarfile.TarInfo], object] = lambda _: None) -> Path:
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as out:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            change(info)
            out.addfile(info, io.BytesIO(data))
    return path


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in members.items():
            out.writestr(name, data)
    return path


def test_a_folder_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    written(tmp_path / "b.json", LIST)
    written(tmp_path / "a.yaml", "metadata: {name: w}\n---\n---\nmetadata: {name: z}\n")
    written(tmp_path / "sub" / "c.yml", "kind: List\nitems:\n- metadata: {name: q}\n")
    written(tmp_path / "sub" / "d.jsonl", POD + b"\n" + POD + b"\n")
    written(tmp_path / "sub" / "e.json", b"")
    written(tmp_path / ".hidden" / "x.json", b"broken")
    written(tmp_path / ".x.json", b"broken")

    assert [
        ("a.yaml", "document 1", "", "w"),
        ("a.yaml", "document 3", "", "z"),
        ("b.json", "/items/0", "Pod", "a"),
        ("b.json", "/items/1", "Pod", "b"),
        ("sub/c.yml", "document 1 /items/0", "", "q"),
        ("sub/d.jsonl", "", "", "web"),
        ("sub/d.jsonl", "document 2", "", "web"),
    ] == rows(tmp_path, base=tmp_path)


def test_other_files_are_counted_not_read(tmp_path: Path) -> None:
    for name in ("README.md", "a.png", "b.txt", "c.sh"):
        written(tmp_path / name, b"\xff")
    written(tmp_path / "sub" / "x.md", b"")

    assert [
        Unread(str(tmp_path), "2 files are neither JSON nor YAML: a.png, c.sh"),
    ] == rows(tmp_path)


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    written(tmp_path / "a.json", "metadata:\n  name: w\n")
    written(tmp_path / "b.yaml", b" \n" + POD)
    written(tmp_path / "c.json", b"\xef\xbb\xbf" + POD)
    written(tmp_path / "d.json", gzip.compress(POD))

    assert ["w", "web", "web", "web"] == [row[3] for row in rows(tmp_path) if not isinstance(row, Unread)]


def test_the_same_file_is_read_once(tmp_path: Path) -> None:
    path = written(tmp_path / "a.json", POD)
    (tmp_path / "b.json").symlink_to(path)
    (tmp_path / "loop").symlink_to(tmp_path)

    assert 1 == len(rows(path, tmp_path, path, tmp_path))


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    written(tmp_path / "secret" / "x.json", POD)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x.json").symlink_to(tmp_path / "secret" / "x.json")
    (tmp_path / "in" / "y").symlink_to(tmp_path / "secret")

    why = "a link that leads out of the folder"
    assert [Unread("in/x.json", why), Unread("in/y", why)] == rows(tmp_path / "in", base=tmp_path)


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "gone.json").symlink_to(tmp_path / "nothing.json")

    assert [Unread(str(tmp_path), "2 files are neither JSON nor YAML: gone.json, pipe.json")] == rows(tmp_path)


def test_a_name_of_any_bytes_can_be_printed(tmp_path: Path) -> None:
    written(Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.json")), POD)

    assert ["\ufffd.json"] == [row[0] for row in rows(tmp_path, base=tmp_path) if not isinstance(row, Unread)]


def test_a_missing_path_is_said_to_be_missing(tmp_path: Path) -> None:
    assert "gone: no such file or folder" == problem_of(tmp_path / "gone")


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tgz", "x.tar", "x.zip"])
def test_archives_are_read_without_being_extracted(tmp_path: Path, name: str) -> None:
    members = {
        "./k/pods.json": LIST,
        "k/a.yaml": b"metadata: {name: w}",
        "k/.h.json": b"{",
        "README": b"",
        "k/e.json": b"",
    }
    path = zipped(tmp_path / name, members) if name == "x.zip" else tarred(tmp_path / name, members)
    expected: list[Row] = [
        (f"{name}!k/pods.json", "/items/0", "Pod", "a"),
        (f"{name}!k/pods.json", "/items/1", "Pod", "b"),
        (f"{name}!k/a.yaml", "document 1", "", "w"),
        Unread(name, "1 file is neither JSON nor YAML: README"),
    ]

    assert expected == rows(path, base=tmp_path)
    assert expected == rows(tmp_path, base=tmp_path)
    assert [name] == os.listdir(tmp_path)


class _Pipe(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, position: int, whence: int = 0, /) -> int:
        raise io.UnsupportedOperation("seek")


@pytest.mark.parametrize("kind", ["json", "yaml", "tar.gz", "tar", "zip"])
def test_standard_input_may_be_any_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    path = tmp_path / f"x.{kind}"
    match kind:
        case "json":
            written(path, LIST)
        case "yaml":
            written(path, "kind: PodList\nitems: [{metadata: {name: a}}, {metadata: {name: b}}]")
        case "zip":
            zipped(path, {"a.json": LIST})
        case _:
            tarred(path, {"a.json": LIST})
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(_Pipe(path.read_bytes())))

    assert [("Pod", "a"), ("Pod", "b")] == [row[2:] for row in rows("-", "-") if not isinstance(row, Unread)]


@pytest.mark.parametrize(
    "name", ["/etc/x.json", "../x.json", "a/../../x.json", "C:\\x.json", "a\\..\\..\\x.json", "\\x"]
)
def test_members_that_lead_out_of_their_archive_are_refused(tmp_path: Path, name: str) -> None:
    assert f"x.tar: {name}: a name that leads out" in problem_of(tarred(tmp_path / "x.tar", {name: POD}))
    assert "a name that leads out" in problem_of(zipped(tmp_path / "x.zip", {name: POD}))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_archives_are_refused(tmp_path: Path, kind: bytes) -> None:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.size, info.linkname = kind, 0, "/etc/passwd"

    assert "x.tar: a.json: a link or a device" in problem_of(tarred(tmp_path / "x.tar", {"a.json": b""}, change))


def test_links_in_zips_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as out:
        info = zipfile.ZipInfo("a.json")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        out.writestr(info, "/etc/passwd")

    assert "x.zip: a.json: a link or a device" in problem_of(tmp_path / "x.zip")


def test_members_of_one_name_are_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar", "w") as out:
        for _ in range(2):
            out.addfile(tarfile.TarInfo("a.json"))

    assert "x.tar: a.json: stands twice in the archive" == problem_of(tmp_path / "x.tar")


def test_members_that_share_bytes_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"a.json": POD, "b.json": POD})
    with zipfile.ZipFile(path, "a") as out:
        out.filelist[1].header_offset = out.filelist[0].header_offset
        out.writestr("c.json", POD)

    assert "shares its bytes with another member" in problem_of(path)


@pytest.mark.parametrize("name", ["x.tar.gz", "x.zip"])
def test_bombs_are_refused_by_what_was_counted(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "ARCHIVE_BYTES", 1 << 20)
    monkeypatch.setitem(safety.SIZES, 1 << 20, "1 MiB")
    members = {"a.txt": b"", "b.json": b"[" + b" " * (1 << 22) + b"]"}
    path = zipped(tmp_path / name, members) if name == "x.zip" else tarred(tmp_path / name, members)

    assert f"{name}: larger than 1 MiB" in problem_of(path)


def test_a_bomb_in_a_header_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_BETWEEN", 1 << 16)
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz", format=tarfile.PAX_FORMAT) as out:
        info = tarfile.TarInfo("a.json")
        info.pax_headers = {"comment": "x" * (1 << 20)}
        out.addfile(info)

    assert "a header between two members that has no end" in problem_of(tmp_path / "x.tar.gz")


def test_an_archive_has_members_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "ARCHIVE_MEMBERS", 3)

    assert "more than 3 members" in problem_of(tarred(tmp_path / "x.tar", {f"{n}.txt": b"" for n in range(5)}))


@pytest.mark.parametrize("name", ["x.tar.gz", "x.tar", "x.zip"])
def test_damaged_archives_are_one_error(tmp_path: Path, name: str) -> None:
    members = {f"{n}.json": json.dumps({"metadata": {"name": os.urandom(99).hex()}}).encode() for n in range(9)}
    path = zipped(tmp_path / name, members) if name == "x.zip" else tarred(tmp_path / name, members)
    whole = path.read_bytes()

    for cut in range(20, len(whole) - 12000 if name == "x.tar" else len(whole) - 1, 97):
        path.write_bytes(whole[:cut])
        # Nothing marks the end of a tar that is cut between two members.
        if name != "x.tar" or cut % 512:
            assert problem_of(path)


def test_a_text_of_yaml_has_a_size_at_most(tmp_path: Path) -> None:
    path = written(tmp_path / "a.yaml", b"# " + b"x" * safety.MEMBER_BYTES)

    assert f"a.yaml: {safety.too_big(safety.MEMBER_BYTES)}" == problem_of(path)


def test_a_template_is_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    written(tmp_path / "a.yaml", "{{- if .Values.x }}\nkind: Pod\n{{ end }}\n")
    written(tmp_path / "b.yaml", "metadata:\n  name: {{ .Values.name }}\n")
    written(tmp_path / "c.json", POD)

    assert [
        Unread("a.yaml", yamls.TEMPLATED),
        Unread("b.yaml", yamls.TEMPLATED),
        ("c.json", "", "", "web"),
    ] == rows(tmp_path, base=tmp_path)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.json", '{"metadata":{"name":7}}', "a.json: /metadata/name: expected `str`, got `int`"),
        ("a.yaml", "metadata: {name: [1]}", "a.yaml: document 1 /metadata/name: expected `str`, got `array`"),
        ("a.json", '{"metadata":{"x":1,"x":2}}', f"a.json: /metadata/x: {safety.DUPLICATE}"),
        ("a.json", '{"items":[{},{"s":[{"y":1,"y":1}]}]}', f"a.json: /items/1/s/0/y: {safety.DUPLICATE}"),
        ("a.json", '{"skipped":"\\ud800"}', f"a.json: /skipped: {safety.SURROGATE}"),
        ("a.json", '{"skipped":1e400}', f"a.json: /skipped: {safety.NOT_FINITE}"),
        ("a.json", b'{"skipped":"\xff"}', f"a.json: {safety.NOT_UTF8}"),
        ("a.yaml", b"skipped: \xff", f"a.yaml: {safety.NOT_UTF8}"),
        ("a.json", '{"kind":"PodList","items":[1]}', f"a.json: /items/0: {safety.NO_OBJECT}"),
        ("a.yaml", "items: [1]", f"a.yaml: document 1 /items/0: {safety.NO_OBJECT}"),
        ("a.yaml", "just text", f"a.yaml: document 1: {safety.NO_OBJECT}"),
        ("a.json", POD + b"\n{", f"a.json: document 2: {safety.ENDS_EARLY}"),
    ],
)
def test_errors_name_file_pointer_and_problem(tmp_path: Path, name: str, text: str | bytes, message: str) -> None:
    assert message == problem_of(written(tmp_path / name, text))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_text_that_is_not_utf8_is_named(tmp_path: Path, encoding: str) -> None:
    assert "save it as UTF-8" in problem_of(written(tmp_path / "a.json", POD.decode().encode(encoding)))


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"skipped":' + "["])
def test_depth_is_an_error_in_small_and_large_files(tmp_path: Path, opening: str) -> None:
    small = '{"x":' + opening * 100_000
    large = '{"kind":"PodList","items":[' + ('{"metadata":{"name":"' + "x" * 5000 + '"}},') * 1000 + small

    assert safety.TOO_DEEP in problem_of(written(tmp_path / "a.json", small))
    assert safety.TOO_DEEP in problem_of(written(tmp_path / "b.json", large))


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("last", [False, True])
def test_a_large_list_is_read_like_a_small_one(tmp_path: Path, indent: int | None, last: bool) -> None:
    items = [{"metadata": {"name": f"p{n}", "note": "x" * 900}} for n in range(5000)]
    fields: dict[str, object] = {"kind": "PodList", "apiVersion": "v1", "metadata": {}, "items": items}
    path = written(tmp_path / "a.json", json.dumps(fields, indent=indent, sort_keys=last))
    found = rows(path)

    assert path.stat().st_size > safety.STRICT_BYTES
    assert [(str(path), f"/items/{n}", "Pod", f"p{n}") for n in range(5000)] == found
    for cut in (b"", path.read_bytes()[: -1 - len("]}")], path.read_bytes() + b"}"):
        if cut:
            assert problem_of(written(tmp_path / "b.json", cut))


@pytest.mark.parametrize("indent", [None, 4])
def test_a_large_object_that_is_no_list_stays_whole(tmp_path: Path, indent: int | None) -> None:
    users = [{"UserName": f"u{n}", "items": [{"note": "x" * 900}]} for n in range(5000)]
    text = json.dumps({"metadata": {"name": "all"}, "UserDetailList": users, "Marker": None}, indent=indent)
    path = written(tmp_path / "a.json", text + "\n")

    assert path.stat().st_size > safety.STRICT_BYTES
    assert [(str(path), "", "", "all")] == rows(path)
    for change in (text[:-1], text + "}", text.replace("null", "nul")):
        assert problem_of(written(tmp_path / "b.json", change))


def test_a_large_sorted_list_may_come_through_a_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    items = [{"metadata": {"name": f"p{n}", "note": "x" * 900}} for n in range(5000)]
    text = json.dumps({"apiVersion": "v1", "items": items, "kind": "PodList"}).encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(_Pipe(text)))

    assert [("-", f"/items/{n}", "Pod", f"p{n}") for n in range(5000)] == rows("-")


def test_no_message_holds_a_value(tmp_path: Path) -> None:
    for name, text in {
        "a.json": '{"metadata":{"name":["hunter2"]}}',
        "b.json": '{"metadata":{"name":"hunter2}}',
        "c.json": '{"metadata":{"name":"hunter2" "x"}}',
        "d.yaml": "metadata: {name: 'hunter2}",
        "e.yaml": "metadata: hunter2",
        "f.json": '{"metadata":{"name":hunter2}}',
        "g.yaml": "metadata: &hunter2 [*hunter2]",
        "h.yaml": "metadata: {x: !hunter2 y}",
    }.items():
        assert "hunter2" not in problem_of(written(tmp_path / name, text))
