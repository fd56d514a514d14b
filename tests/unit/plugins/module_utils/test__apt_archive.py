"""What is read of python3-apt, against a stand-in: the real one is on nodes only, and tests/nodes meet it there."""

from __future__ import annotations

import os
import sys
import types
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_archive
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_archive import Archive
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_official import ListVerdict
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_plan import Planned
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

DEBIAN = types.SimpleNamespace(
    origin="Debian", label="Debian", codename="trixie", component="main", index_type="Debian Package Index",
    filename="/lists/debian_Packages",
)  # fmt: skip
OTHER = types.SimpleNamespace(**{**vars(DEBIAN), "filename": "/lists/other_Packages"})
STATUS = types.SimpleNamespace(origin="", label="", codename="now", component="", index_type="Debian dpkg status file")


def version(text: str, *files: object, size: int = 10, installed_size: int = 100) -> types.SimpleNamespace:
    return types.SimpleNamespace(
        ver_str=text,
        file_list=[(file, 0) for file in files],
        arch="arm64",
        size=size,
        installed_size=installed_size,
        source_name="curl",
    )


class Package(types.SimpleNamespace):
    def get_fullname(self, pretty: bool) -> str:  # noqa: FBT001
        assert pretty
        return str(self.name)


class Cache(dict[str, Package]):
    @property
    def packages(self) -> list[Package]:
        return list(self.values())


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> t.Callable[..., Archive]:
    """Return what opens package lists that hold the given packages."""

    def opened(*packages: Package, environ: dict[str, str] | None = None, fails: str = "") -> Archive:
        module = types.ModuleType("apt_pkg")
        error = type("Error", (Exception,), {})

        def cache(_progress: None) -> Cache:
            if fails:
                raise error(fails)
            seen.append(os.environ.get("APT_CONFIG"))
            return Cache({package.name: package for package in packages})

        def lookup(place: tuple[types.SimpleNamespace, int]) -> bool:
            records.source_pkg = getattr(place[0], "source", "")
            return True

        records = types.SimpleNamespace(
            lookup=lookup,
            hashes=types.SimpleNamespace(find=lambda _kind: types.SimpleNamespace(hashvalue="ab" * 32)),
            record="Package: curl\n",
            filename="pool/main/c/curl/curl_8_arm64.deb",
        )
        index = types.SimpleNamespace(archive_uri=lambda path: f"http://archive.example/debian/{path}")
        vars(module).update(
            Error=error,
            init_config=lambda: None,
            init_system=lambda: None,
            Cache=cache,
            SourceList=lambda: types.SimpleNamespace(read_main_list=lambda: None, find_index=lambda _file: index),
            PackageRecords=lambda _cache: records,
            DepCache=lambda _cache: types.SimpleNamespace(is_upgradable=lambda package: package.upgradable),
            version_compare=lambda one, other: (one > other) - (one < other),
        )
        monkeypatch.setitem(sys.modules, "apt_pkg", module)
        verdicts = {
            "/lists/debian_Packages": ListVerdict("official", "", "Debian", "Debian", "trixie"),
            "/lists/other_Packages": ListVerdict("foreign", "signed by a stranger", "Debian", "Debian", "trixie"),
        }
        monkeypatch.setattr(_apt_archive, "judge_lists", lambda **_: verdicts)
        return Archive(environ or {}, lists="/lists", keys=frozenset(), backports=frozenset())

    seen: list[str | None] = []
    opened.seen = seen  # type: ignore[attr-defined]
    return opened


def curl(*versions: types.SimpleNamespace, current: types.SimpleNamespace | None = None) -> Package:
    return Package(name="curl", version_list=list(versions), current_ver=current, upgradable=bool(current))


def test_where_a_version_comes_from_is_told(lists: t.Callable[..., Archive]) -> None:
    detail = lists(curl(version("8", DEBIAN))).detail(Planned("curl", "", "8"))
    assert [offer.archive for offer in detail.offers] == [
        {
            "origin": "Debian",
            "label": "Debian",
            "codename": "trixie",
            "component": "main",
            "uri": "http://archive.example/debian/pool/main/c/curl/curl_8_arm64.deb",
        }
    ]
    assert (detail.sha256, detail.size, detail.growth, detail.downgrade) == ("ab" * 32, 10, 100, False)


def test_a_version_of_a_list_that_is_not_official_is_refused(lists: t.Callable[..., Archive]) -> None:
    archive = lists(curl(version("9", OTHER), version("8", DEBIAN)))
    good, bad = (archive.detail(Planned("curl", "", text)) for text in ("8", "9"))
    assert archive.refused([good]) == []
    (refusal,) = archive.refused([good, bad])
    assert refusal[:2] == ("curl", "9")
    assert "signed by a stranger" in refusal[2]


def test_what_debian_marks_as_vital_is_known(lists: t.Callable[..., Archive]) -> None:
    package = curl(version("8", DEBIAN))
    package.essential, package.important = False, False
    archive = lists(package)
    assert (archive.is_vital("curl"), archive.is_vital("nothing")) == (False, False)
    package.important = True
    assert archive.is_vital("curl")


def test_an_upgrade_grows_by_the_difference(lists: t.Callable[..., Archive]) -> None:
    old = version("7", STATUS, installed_size=80)
    detail = lists(curl(version("8", DEBIAN), old, current=old)).detail(Planned("curl", "7", "8"))
    assert (detail.growth, detail.downgrade) == (20, False)


def test_an_older_version_is_a_downgrade(lists: t.Callable[..., Archive]) -> None:
    new = version("8", STATUS)
    detail = lists(curl(version("7", DEBIAN), new, current=new)).detail(Planned("curl", "8", "7"))
    assert detail.downgrade


def test_the_status_file_is_no_archive(lists: t.Callable[..., Archive]) -> None:
    archive = lists(curl(version("8", STATUS)))
    assert not archive.knows("curl")
    with pytest.raises(StepError, match="no package list offers curl 8"):
        archive.detail(Planned("curl", "", "8"))


def test_an_unknown_name_is_unknown(lists: t.Callable[..., Archive]) -> None:
    archive = lists(curl(version("8", DEBIAN)))
    assert (archive.knows("curl"), archive.knows("nothing")) == (True, False)


def test_what_stays_behind_is_named(lists: t.Callable[..., Archive]) -> None:
    old = version("7", STATUS)
    archive = lists(curl(version("8", DEBIAN), old, current=old))
    assert archive.kept_back([]) == ["curl"]
    assert archive.kept_back([Planned("curl", "7", "8")]) == []


def test_a_dry_run_reads_its_own_lists_and_leaves_no_setting(
    lists: t.Callable[..., Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("APT_CONFIG", raising=False)
    lists(environ={"APT_CONFIG": "/run/private/apt.conf"})
    assert lists.seen == ["/run/private/apt.conf"]  # type: ignore[attr-defined]
    assert "APT_CONFIG" not in os.environ


def test_lists_that_cannot_be_read_are_one_sentence(lists: t.Callable[..., Archive]) -> None:
    with pytest.raises(StepError, match=r"cannot be read: E:Malformed Package line 1; refresh them"):
        lists(fails="E:Malformed Package line 1")
    lost = "E:The package curl needs to be reinstalled, but I can't find an archive for it."
    with pytest.raises(StepError, match=r"interrupted and left curl half unpacked, and none of .* re-image the node"):
        lists(fails=lost)


def test_without_python3_apt_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apt_pkg", None)
    with pytest.raises(StepError, match="python3-apt is missing on the node; preflight installs it"):
        Archive({}, lists="/lists", keys=(), backports=())


def test_what_is_installed_is_told_with_who_offers_it(lists: t.Callable[..., Archive]) -> None:
    current = version("8", STATUS, DEBIAN)
    (held,) = lists(curl(version("9", OTHER), current, version("7", DEBIAN), current=current)).held()
    assert (held.name, held.version, held.architecture, held.differs, held.beyond) == (
        "curl",
        "8",
        "arm64",
        False,
        False,
    )
    assert [offer.kind for offer in held.offers] == ["official"]
    # What a stranger offers is not Debian's.
    assert held.listed == ("8", "7")


def test_a_package_whose_content_is_not_the_lists_differs(lists: t.Callable[..., Archive]) -> None:
    current = version("8", STATUS)
    (held,) = lists(curl(current, version("8", DEBIAN), current=current)).held()
    assert held.differs
    assert [offer.kind for offer in held.offers] == ["official"]


def test_a_version_beyond_all_of_debians_is_known(lists: t.Callable[..., Archive]) -> None:
    current = version("9", STATUS)
    packages = [curl(current, version("8", DEBIAN), current=current), curl(current, current=current)]
    packages[1].name = "other"
    packages.append(Package(name="not-installed", version_list=[version("1", DEBIAN)], current_ver=None))
    held = {one.name: one for one in lists(*packages).held()}
    assert held["curl"].beyond
    assert (held["other"].beyond, held["other"].listed, held["other"].offers) == (False, (), ())
    assert set(held) == {"curl", "other"}


def test_the_archives_whose_lists_are_there_are_known(
    lists: t.Callable[..., Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lists().codenames == {"trixie"}
    stranger = ListVerdict("foreign", "signed by a stranger", "Debian", "Debian", "trixie-security")
    archive = lists()
    monkeypatch.setattr(_apt_archive, "judge_lists", lambda **_: {"/lists/other_Packages": stranger})
    assert archive.codenames == frozenset()


def test_a_package_of_a_source_that_debian_still_has_is_a_sibling(lists: t.Callable[..., Archive]) -> None:
    def package(name: str, file: object, source: str, *, installed: bool = False) -> Package:
        one = version("1", file)
        one.file_list = [(types.SimpleNamespace(**{**vars(file), "source": source}), 0)]
        return Package(name=name, version_list=[one], current_ver=one if installed else None)

    archive = lists(
        package("linux-image-6.12.41+deb13-arm64", STATUS, "linux", installed=True),
        package("linux-image-6.12.63+deb13-arm64", DEBIAN, "linux"),
        # It only calls itself so; the source is another one.
        package("linux-image-6.12.99+deb13-arm64", STATUS, "mallory", installed=True),
        # A stranger's list makes nobody Debian's.
        package("tool-1", STATUS, "", installed=True),
        package("tool-2", OTHER, ""),
        package("lib3", STATUS, "", installed=True),
        package("library", DEBIAN, "lib3"),
    )
    assert {one.name: one.sibling for one in archive.held()} == {
        "linux-image-6.12.41+deb13-arm64": True,
        "linux-image-6.12.99+deb13-arm64": False,
        "tool-1": False,
        "lib3": False,
    }
