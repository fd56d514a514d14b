from __future__ import annotations

import pathlib
import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _image_build_apt as apts
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_official import ListVerdict
from ansible_collections.ai_systems.runbook.plugins.module_utils._command import CommandError, Completed
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

HASH, OTHER = "a" * 64, "b" * 64
LISTED = f"Package: apt\nVersion: 3.0.3\nArchitecture: arm64\nInstalled-Size: 70\nSHA256: {HASH}\n"
OFFICIAL = ListVerdict("official", "", "Debian", "Debian", "trixie")
BACKPORTS = ListVerdict("backports", "", "Debian Backports", "Debian Backports", "trixie-backports")
FOREIGN = ListVerdict("foreign", "it is signed by ABC, which is no key of Debian 13's archives")


class Apt:
    """apt-get, and what the lists were found to be."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: pathlib.Path) -> None:
        self.folder = folder
        self.said = Completed([], 0, f"'http://m/apt.deb' apt_3.0.3_arm64.deb 7 SHA256:{HASH}\n", "")
        self.lists: dict[str, tuple[ListVerdict, str]] = {"official": (OFFICIAL, LISTED)}
        self.asked: list[tuple[list[str], dict[str, str]]] = []
        self.missing = False
        apt = self

        class Command:
            def __init__(self, program: str, *, environ: dict[str, str] | None = None) -> None:
                self.program, self.environ = program, environ or {}

            def run(self, arguments: list[str], **_more: t.Any) -> Completed:
                if self.program == "apt-config":
                    return Completed([], 0, 'APT "";\nAcquire::http::Proxy "http://proxy:3142";\n', "")
                apt.asked.append((arguments, self.environ))
                if apt.missing:
                    raise CommandError("cannot run apt-get: No such file or directory", argv=["apt-get"])
                return apt.said

        monkeypatch.setattr(apts, "Command", Command)
        monkeypatch.setattr(apts, "judge_lists", self._judge)

    def _judge(self, *, lists: str, keys: object, environ: dict[str, str]) -> dict[str, ListVerdict]:
        assert keys == ()
        assert environ["APT_CONFIG"] == f"{self.folder}/apt/apt.conf"
        for name, (_verdict, text) in self.lists.items():
            pathlib.Path(lists, name).write_text(text)
        return {f"{lists}/{name}": verdict for name, (verdict, _text) in self.lists.items()}

    def made(self) -> apts.PrivateApt:
        return apts.PrivateApt(
            f"{self.folder}/apt", "arm64", archives=f"{self.folder}/packages", sources="Types: deb\n"
        )


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> Apt:
    monkeypatch.setenv("https_proxy", "http://other:1")
    return Apt(monkeypatch, tmp_path)


def test_it_works_in_its_folder_for_the_other_architecture(apt: Apt) -> None:
    apt.made().update()
    arguments, environ = apt.asked[0]
    assert arguments == ["--quiet=2", "update", "--error-on=any"]
    assert environ["https_proxy"] == "http://other:1"
    text = (apt.folder / "apt" / "apt.conf").read_text()
    assert 'APT::Architectures "arm64";\n' in text
    assert f'Dir::Cache::archives "{apt.folder}/packages";\n' in text
    assert 'Acquire::http::Proxy "http://proxy:3142";\n' in text
    assert (apt.folder / "apt" / "etc" / "debian.sources").read_text() == "Types: deb\n"


def test_what_it_chooses_has_its_archive_and_hash(apt: Apt) -> None:
    chosen = apt.made().choose(["apt"], ())
    assert len(chosen) == 1
    assert chosen[0][:8] == (
        "apt", "3.0.3", "arm64", "trixie", "Debian", HASH, 7, "apt_3.0.3_arm64.deb",
    )  # fmt: skip
    assert chosen[0].installed_kib == 70


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ({}, r"apt_3\.0\.3_arm64\.deb is in no verified list of Debian's"),
        ({"x": (OFFICIAL, LISTED.replace(HASH, OTHER))}, "is in no verified list of Debian's"),
        (
            {"x": (FOREIGN, LISTED)},
            r"package apt 3\.0\.3 is not Debian's: its archive is refused, since it is signed by",
        ),
        (
            {"x": (BACKPORTS, LISTED)},
            r"package apt 3\.0\.3 would come from trixie-backports, from which only the kernel",
        ),
    ],
)
def test_what_is_not_debians_is_refused_by_name(apt: Apt, lists: dict[str, tuple[ListVerdict, str]], said: str) -> None:
    apt.lists = lists
    with pytest.raises(StepError, match=said):
        apt.made().choose(["apt"], ())


def test_a_package_in_two_archives_counts_as_the_official_ones(apt: Apt) -> None:
    apt.lists = {"a": (FOREIGN, LISTED), "b": (BACKPORTS, LISTED), "c": (OFFICIAL, LISTED)}
    assert apt.made().choose(["apt"], ())[0].archive == "trixie"


def test_the_kernel_may_be_backported(apt: Apt) -> None:
    apt.lists = {"b": (BACKPORTS, LISTED.replace("Package: apt", "Package: linux-image-arm64"))}
    assert apt.made().choose(["x"], ())[0].archive == "trixie-backports"


def test_errors_of_apt_are_said_once_each_with_the_remedy(apt: Apt) -> None:
    apt.said = Completed([], 100, "", "W: Failed to fetch x\nE: No network\nE: No network\nother\n")
    for call, what, remedy in (
        (
            apt.made().update,
            "the package lists cannot be fetched",
            "look at the network, the proxy or image_mirror, or",
        ),
        (
            lambda: apt.made().choose(["apt"], ()),
            "the packages of the image cannot be chosen",
            "run again without '-e offline=true', and look at what image_mirror serves",
        ),
        (
            lambda: apt.made().fetch([]),
            "the packages of the image cannot be fetched",
            "look at the network, the proxy or image_mirror, and run again: what was fetched stays",
        ),
    ):
        with pytest.raises(StepError, match=f"{what}: Failed to fetch x; No network; {remedy}"):
            call()


@pytest.mark.parametrize(
    "said",
    [
        "E: You don't have enough free space in /c/packages/.",
        "E: Write error - write (28: No space left on device)",
    ],
)
def test_a_full_disk_of_the_cache_is_said_with_the_setting(apt: Apt, said: str) -> None:
    apt.said = Completed([], 100, "", said)
    for call in (apt.made().update, lambda: apt.made().fetch([])):
        with pytest.raises(
            StepError, match="apt is full: make room, or set image_cache_dir to a folder with more room"
        ):
            call()


def test_offline_takes_lists_that_were_fetched(apt: Apt) -> None:
    made = apt.made()
    with pytest.raises(StepError, match=r"no package lists were fetched into \S+/lists yet, .* run once without"):
        made.require_lists()
    pathlib.Path(made.lists, "deb.debian.org_debian_dists_trixie_main_binary-arm64_Packages").touch()
    made.require_lists()


def test_a_machine_without_apt_or_keys_is_told_what_it_lacks(apt: Apt, monkeypatch: pytest.MonkeyPatch) -> None:
    apt.missing = True
    with pytest.raises(StepError, match="an image is built where Debian's apt is"):
        apt.made().update()
    monkeypatch.setattr(apts, "KEYRINGS", (str(apt.folder / "none"),))
    with pytest.raises(StepError, match="run 'apt install debian-archive-keyring'"):
        apts.keyring()
    monkeypatch.setattr(apts, "KEYRINGS", (str(apt.folder / "none"), str(apt.folder)))
    assert apts.keyring() == str(apt.folder)


def test_an_apt_that_names_no_hash_is_too_old(apt: Apt) -> None:
    apt.said = Completed([], 0, "'http://m/apt.deb' apt_3.0.3_arm64.deb 7 MD5Sum:aa\n", "")
    with pytest.raises(StepError, match="apt is too old"):
        apt.made().choose(["apt"], ())
