"""Versions in the order in which they came out."""

from __future__ import annotations

import pytest

from kpath.semantics.workload.versions import stated, version

IN_ORDER = (
    "1.6.20~ds1", "1.7.0-alpha.2", "1.7.0-beta.1", "1.7.0~rc1", "1.7.0-rc.2", "v1.7.0", "1.7.3rc1", "1.7.3+unknown",
    "1.7.12", "5.10.205-195.807.amzn2.x86_64", "5.10.205-195.810.amzn2.x86_64", "5.15.0-1050-aws",
)  # fmt: skip
LONG = "9" * 5000


def test_versions_are_in_their_order() -> None:
    """By their numbers, and a build before the release before it."""
    found = [each for text in IN_ORDER if (each := version(text)) is not None]

    assert len(found) == len(IN_ORDER)
    assert sorted(set(found)) == found


@pytest.mark.parametrize("text", ["", "x", "٣.1", f"{LONG}.1", f"1.{LONG}", "1.7.0, 1.8.0"])
def test_what_is_no_version(text: str) -> None:
    """Neither words, nor numbers longer than any that a version has, nor several versions."""
    assert version(text) is None


@pytest.mark.parametrize("text", ["1.7.0", " v1.7 ", "< 1.7.0", ">=1.7.0", "containerd-1.7.0", "containerd v1.7.0"])
def test_a_stated_version(text: str) -> None:
    """With what may stand before it."""
    assert stated(text, ("", "<", ">=")) == version("1.7.0")


@pytest.mark.parametrize("text", ["", "none", "<= 1.7.0", "> 1.7.0", "1.6.26, 1.7.0", "1.7.0 or later", "k3s-1.2"])
def test_a_statement_that_is_not_understood(text: str) -> None:
    """What means more than one version, or none, is not read as one."""
    assert stated(text, ("", "<", ">=")) is None
