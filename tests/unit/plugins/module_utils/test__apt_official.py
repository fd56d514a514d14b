"""The decision, against a folder of lists; who signed what is told by a stand-in (tests/nodes has the real tools)."""

from __future__ import annotations

import hashlib
import lzma
import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_keyrings, _apt_official
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_configuration import AptConfiguration
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_official import (
    Archives,
    ListVerdict,
    judge_lists,
    weakenings,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_signature import Authenticated
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_files import SourceFile

DEBIAN, LAB = "04B54C3CDCA79751B16BC6B5225629DF75B188BD", "A" * 40
PACKAGES = b"Package: hello\n"
LINE = "deb [OPTIONS] http://h/debian trixie main\n"
PREFIX = "h_debian_dists_trixie_"


class Signed:
    """Reads who signed out of the text itself: the first line, which is not handed on."""

    def __init__(self, _keyring: bytes) -> None: ...

    def __enter__(self) -> t.Self:
        return self

    def __exit__(self, *_exception: object) -> None: ...

    def inline(self, content: bytes) -> Authenticated:
        signer, _newline, text = content.decode().partition("\n")
        known = frozenset({signer} & {DEBIAN, LAB})
        return Authenticated(text if known else "", known, frozenset({signer}) - known)

    def detached(self, content: bytes, signature: bytes) -> Authenticated:
        return self.inline(signature + b"\n" + content)


@pytest.fixture(autouse=True)
def node(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_apt_official, "Verifier", Signed)
    monkeypatch.setattr(_apt_keyrings, "FOLDERS", ())


def release(*, origin: str = "Debian", codename: str = "trixie", path: str = "main/binary-arm64/Packages") -> str:
    digest = hashlib.sha256(PACKAGES).hexdigest()
    return f"Origin: {origin}\nLabel: x\nCodename: {codename}\nSHA256:\n {digest} {len(PACKAGES)} {path}\n"


def judge(
    lists: pathlib.Path, sources: str = "", configuration: dict[str, str] | None = None, keys: tuple[str, ...] = ()
) -> dict[str, ListVerdict]:
    file = SourceFile("/etc/apt/sources.list", sources or LINE.replace("[OPTIONS] ", ""))
    archives = Archives(lists=str(lists), keys=keys, configuration=AptConfiguration(configuration or {}), files=[file])
    return {pathlib.Path(path).name: verdict for path, verdict in archives.lists().items()}


def fetched(lists: pathlib.Path, text: str, signer: str = DEBIAN, *, prefix: str = PREFIX) -> str:
    name = f"{prefix}main_binary-arm64_Packages"
    (lists / f"{prefix}InRelease").write_text(f"{signer}\n{text}")
    (lists / name).write_bytes(PACKAGES)
    return name


def test_a_list_of_debian(tmp_path: pathlib.Path) -> None:
    name = fetched(tmp_path, release())
    assert judge(tmp_path) == {name: ListVerdict("official", "", "Debian", "x", "trixie")}


def test_backports(tmp_path: pathlib.Path) -> None:
    text = release(origin="Debian Backports", codename="trixie-backports")
    name = fetched(tmp_path, text, prefix="h_debian_dists_trixie-backports_")
    sources = "deb http://h/debian trixie main\ndeb http://h/debian/ trixie-backports main\n"
    assert judge(tmp_path, sources)[name].kind == "backports"


@pytest.mark.parametrize(
    ("text", "signer", "reason"),
    [
        (release(), "F" * 40, f"it is signed by {'F' * 40}, which is no key of Debian"),
        (release(codename="bookworm"), DEBIAN, "its codename is 'bookworm'"),
        (release(origin="Evil"), DEBIAN, "its origin is 'Evil'"),
        (release().replace("main/binary-arm64", "main/binary-amd64"), DEBIAN, "does not name it"),
        (release().replace(hashlib.sha256(PACKAGES).hexdigest(), "0" * 64), DEBIAN, "not what the signed Release says"),
    ],
)
def test_what_is_not_debians(tmp_path: pathlib.Path, text: str, signer: str, reason: str) -> None:
    name = fetched(tmp_path, text, signer)
    verdict = judge(tmp_path)[name]
    assert verdict.kind == "foreign"
    assert reason in verdict.reason


def test_a_changed_list_is_foreign(tmp_path: pathlib.Path) -> None:
    name = fetched(tmp_path, release())
    (tmp_path / name).write_bytes(PACKAGES.replace(b"hello", b"jello"))
    assert "not what the signed Release says" in judge(tmp_path)[name].reason


def test_a_key_of_the_inventory_counts(tmp_path: pathlib.Path) -> None:
    name = fetched(tmp_path, release(), LAB)
    assert judge(tmp_path)[name].kind == "foreign"
    assert judge(tmp_path, keys=(LAB,))[name].kind == "official"


@pytest.mark.parametrize(
    "option", ["trusted=yes", "allow-insecure=yes", "allow-weak=1", "allow-downgrade-to-insecure=true"]
)
def test_an_entry_that_takes_whatever_comes_makes_it_foreign(tmp_path: pathlib.Path, option: str) -> None:
    name = fetched(tmp_path, release())
    # Also where it is another entry for the same archive that says so.
    for sources in (
        LINE.replace("OPTIONS", option),
        f"deb http://h/debian trixie main\n{LINE.replace('OPTIONS', option)}",
    ):
        verdict = judge(tmp_path, sources)[name]
        assert verdict.kind == "foreign"
        assert f"sets {option.partition('=')[0]}" in verdict.reason
    commented = f"deb http://h/debian trixie main\n# {LINE.replace('OPTIONS', option)}"
    assert judge(tmp_path, commented)[name].kind == "official"
    assert judge(tmp_path, LINE.replace("OPTIONS", f"{option.partition('=')[0]}=no"))[name].kind == "official"


def test_settings_of_apt_that_take_whatever_comes_make_all_foreign(tmp_path: pathlib.Path) -> None:
    name = fetched(tmp_path, release())
    verdict = judge(tmp_path, configuration={"apt::get::allowunauthenticated": "1"})[name]
    assert (verdict.kind, "APT::Get::AllowUnauthenticated" in verdict.reason) == ("foreign", True)


def test_a_release_with_its_signature_beside_it(tmp_path: pathlib.Path) -> None:
    name = fetched(tmp_path, release())
    (tmp_path / f"{PREFIX}InRelease").unlink()
    (tmp_path / f"{PREFIX}Release").write_text(release())
    assert "no valid signature" in judge(tmp_path)[name].reason
    (tmp_path / f"{PREFIX}Release.gpg").write_text(DEBIAN)
    assert judge(tmp_path)[name].kind == "official"


def test_lists_that_belong_to_nothing(tmp_path: pathlib.Path) -> None:
    name = fetched(tmp_path, release())
    assert "no enabled entry" in judge(tmp_path, "deb http://other/debian trixie main\n")[name].reason
    (tmp_path / f"{PREFIX}InRelease").unlink()
    assert "no Release" in judge(tmp_path)[name].reason
    assert judge(tmp_path / "nothing") == {}


def test_the_longest_name_decides(tmp_path: pathlib.Path) -> None:
    name = fetched(tmp_path, release())
    evil = release(path="dists/trixie/main/binary-arm64/Packages")
    (tmp_path / "h_debian_InRelease").write_text(f"{LAB}\n{evil}")
    sources = "deb http://h/debian/ /\ndeb http://h/debian trixie main\n"
    assert judge(tmp_path, sources)[name].kind == "official"
    (tmp_path / f"{PREFIX}InRelease").write_text(f"{'F' * 40}\n{release()}")
    assert judge(tmp_path, sources, keys=(LAB,))[name].kind == "foreign"


def test_a_list_that_apt_keeps_compressed(tmp_path: pathlib.Path) -> None:
    name = fetched(tmp_path, release())
    (tmp_path / name).unlink()
    (tmp_path / f"{name}.xz").write_bytes(lzma.compress(PACKAGES))
    (tmp_path / f"{name}.lz4").write_bytes(b"x")
    verdicts = judge(tmp_path)
    assert verdicts[f"{name}.xz"].kind == "official"
    assert "Acquire::GzipIndexes" in verdicts[f"{name}.lz4"].reason


def test_the_reason_is_one_printable_line(tmp_path: pathlib.Path) -> None:
    name = fetched(tmp_path, release(codename="x\x1b[31m" + "y" * 9000))
    verdict = judge(tmp_path)[name]
    assert verdict.reason.isprintable()
    assert len(verdict.reason) < 600
    assert len(verdict.codename) < 150


def test_each_archive_is_verified_once(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched(tmp_path, release())
    (tmp_path / f"{PREFIX}contrib_binary-arm64_Packages").write_bytes(PACKAGES)
    count: list[bytes] = []
    inline = Signed.inline

    def counted(self: Signed, content: bytes) -> Authenticated:
        count.append(content)
        return inline(self, content)

    monkeypatch.setattr(Signed, "inline", counted)
    assert len(judge(tmp_path)) == 2
    assert len(count) == 1


def test_the_node_is_read_by_apts_own_configuration(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = fetched(tmp_path, release())
    monkeypatch.setattr(_apt_official, "read_configuration", lambda _environ: AptConfiguration({}))
    monkeypatch.setattr(
        _apt_official, "read_source_files", lambda _read: [SourceFile("/x.list", "deb http://h/debian trixie main")]
    )
    assert judge_lists(lists=str(tmp_path))[str(tmp_path / name)].kind == "official"
    assert weakenings(SourceFile("/x.list", LINE.replace("OPTIONS", "trusted=yes")).entries[0]) == ["trusted"]
