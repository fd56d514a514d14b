"""An image's archives are judged by the keys that it verifies them by, its own files and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_keyrings
from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_report_sources as reports
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_keyrings import Keyring
from ansible_collections.ai_systems.runbook.plugins.module_utils._debian_archive import ARCHIVE_KEYS
from ansible_collections.ai_systems.runbook.plugins.module_utils._declared import Declared
from ansible_collections.ai_systems.runbook.plugins.module_utils._node_view import NodeView

DEBIANS = next(iter(ARCHIVE_KEYS))


@pytest.fixture
def image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    def read(path: str) -> Keyring:
        content = Path(path).read_text() if Path(path).exists() else ""
        one = type("One", (), {"fingerprint": content})
        return Keyring(path, (one,) if content else (), "" if content else f"{path} does not exist")  # type: ignore[arg-type]

    monkeypatch.setattr(_apt_keyrings, "read_keyring", read)
    (tmp_path / "etc/apt/sources.list.d").mkdir(parents=True)
    (tmp_path / "usr/share/keyrings").mkdir(parents=True)
    (tmp_path / "usr/share/keyrings/debian.pgp").write_text(DEBIANS)
    (tmp_path / "usr/share/keyrings/other.pgp").write_text("AB" * 20)
    return tmp_path


def found(image: Path, **files: str) -> dict[str, tuple[str, str]]:
    for name, text in files.items():
        (image / "etc/apt/sources.list.d" / f"{name}.list").write_text(text)
    view = NodeView(Declared(), base=str(image))
    return {one.subject: (one.verdict, one.evidence) for one in reports.sources(view)}


def test_debians_own_is_no_breach(image: Path) -> None:
    said = found(image, a="deb [signed-by=/usr/share/keyrings/debian.pgp] http://mirror.example/debian trixie main\n")
    assert said == {
        "/etc/apt/sources.list.d/a.list: http://mirror.example/debian trixie": (
            "info",
            "the keys that it is verified by are Debian's; its lists are not in the image",
        )
    }


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("deb [signed-by=/usr/share/keyrings/other.pgp] http://a.example/ trixie main", "none of the keys"),
        ("deb [signed-by=/usr/share/keyrings/gone.pgp] http://a.example/ trixie main", "none of the keys"),
        ("deb http://a.example/ trixie main", "none of the keys"),
        ("deb [trusted=yes] http://a.example/ trixie main", "it sets trusted"),
        ("deb [signed-by=/usr/share/keyrings/debian.pgp] http://a.example/ sid main", "is none of Debian 13"),
        ("deb http://a\x1b.example/", "apt cannot read it: it has no suite"),
    ],
)
def test_all_else_is_a_breach(image: Path, line: str, why: str) -> None:
    ((subject, (verdict, evidence)),) = found(image, a=line).items()
    assert verdict == "violation"
    assert why in evidence
    assert "\x1b" not in subject + evidence


def test_keys_that_apt_trusts_for_everything_are_the_images(image: Path) -> None:
    (image / "etc/apt/trusted.gpg.d").mkdir()
    (image / "etc/apt/trusted.gpg.d/x.gpg").write_text("CD" * 20)
    said = found(image, a="deb http://a.example/ trixie main")
    assert said["/etc/apt/trusted.gpg.d/x.gpg"][0] == "violation"
    assert not any(str(image) in subject + evidence for subject, (_verdict, evidence) in said.items())


def test_what_cannot_be_read_is_unknown(image: Path) -> None:
    (image / "etc/apt/sources.list").mkdir()
    said = found(image)
    assert said["/etc/apt/sources.list"][0] == "unknown"
    assert str(image) not in said["/etc/apt/sources.list"][1]
