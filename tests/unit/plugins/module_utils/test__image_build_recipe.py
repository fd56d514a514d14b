from __future__ import annotations

import pathlib

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_recipe as recipe

TOP = pathlib.Path(__file__).parents[4]


def test_each_package_is_in_the_documentation_with_its_reason() -> None:
    page = (TOP / "docs" / "image.md").read_text()
    rows = {
        line.split("|")[1].strip(" `"): line.split("|")[2].strip() for line in page.splitlines() if line[:3] == "| `"
    }
    assert {name: rows.get(name) for name in recipe.REASONS} == recipe.REASONS


@pytest.mark.parametrize(
    ("name", "may"),
    [
        ("linux-image-arm64", True),
        ("linux-image-7.3.4+deb13-arm64", True),
        ("linux-modules-7.3.4+deb13-arm64", True),
        ("linux-base", True),
        ("linux-image-7.3.4+deb13-cloud-arm64", False),
        ("linux-headers-7.3.4+deb13-arm64", False),
        ("systemd", False),
        ("linux-image-arm64-evil", False),
    ],
)
def test_only_the_kernel_may_come_from_backports(name: str, *, may: bool) -> None:
    assert recipe.may_be_backported(name) is may


def test_apt_is_asked_for_the_kernel_of_backports_and_for_all_else_by_name() -> None:
    asked = recipe.requests(recipe.VARIANTS["node"])
    assert asked[:2] == ["?essential", "apt"]
    assert "linux-image-arm64/trixie-backports" in asked
    assert [one for one in asked if "/" in one] == ["linux-image-arm64/trixie-backports"]
    assert not [one for one in recipe.requests(recipe.VARIANTS["small"]) if "linux" in one]


def test_a_mirror_builds_the_image_and_is_not_in_it() -> None:
    text = recipe.sources(recipe.Mirrors("http://near/debian", "http://near/security"), "/k.gpg", backports=False)
    assert "URIs: http://near/debian\nSuites: trixie trixie-updates\n" in text
    assert "URIs: http://near/security\nSuites: trixie-security\n" in text
    assert "near" not in recipe.image_sources()
    assert "Suites: trixie trixie-updates trixie-backports\n" in recipe.image_sources()
