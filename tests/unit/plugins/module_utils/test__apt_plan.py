from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _apt_plan, _dpkg
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_names import Request
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_origin import Offer
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_plan import Detail, Planned, explain
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

# As apt 3.0.3 prints it.
SIMULATION = """\
Reading package lists...
Building dependency tree...
Calculating upgrade...
The following packages will be upgraded:
  libssl3t64 zlib1g
Inst zlib1g [1:1.3.dfsg+really1.3.1-1+b1] (1:1.3.dfsg+really1.3.1-1+deb13u1 Debian:13.7/stable [amd64]) []
Inst libssl3t64 [3.5.7-1~deb13u2] (3.5.7-1~deb13u3 Debian-Security:13/stable-security [amd64])
Inst libnghttp2-14 (1.64.0-1.1 Debian:13.7/stable, Debian-Security:13/stable-security [amd64])
Inst libfoo:armhf (1.0 Debian:13.7/stable [armhf])
Conf libssl3t64 (3.5.7-1~deb13u3 Debian-Security:13/stable-security [amd64])
"""
STATUS = (
    "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.22\n\n"
    "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:1.3\nDescription: old\n more\n\n"
)


def detail(name: str, before: str, after: str, *, downgrade: bool = False, size: int = 10, growth: int = 0) -> Detail:
    record = f"Package: {name}\nVersion: {after}\nArchitecture: amd64\nDescription: new\n"
    return Detail(Planned(name, before, after), "amd64", "ab" * 32, size, growth, downgrade, [], record)


def node(text: str, *automatic: str) -> _dpkg.Node:
    return _dpkg.Node(_dpkg.parse(text), frozenset(automatic), interrupted=False)


def test_a_simulation_is_read_by_name() -> None:
    assert _apt_plan.parse_simulation(SIMULATION) == [
        Planned("libfoo:armhf", "", "1.0"),
        Planned("libnghttp2-14", "", "1.64.0-1.1"),
        Planned("libssl3t64", "3.5.7-1~deb13u2", "3.5.7-1~deb13u3"),
        Planned("zlib1g", "1:1.3.dfsg+really1.3.1-1+b1", "1:1.3.dfsg+really1.3.1-1+deb13u1"),
    ]


def test_the_actions_of_a_plan() -> None:
    changes = [item.change for item in _apt_plan.parse_simulation(SIMULATION)]
    assert [(change.subject, change.action) for change in changes][1:3] == [
        ("libnghttp2-14", "install 1.64.0-1.1"),
        ("libssl3t64", "upgrade 3.5.7-1~deb13u2 -> 3.5.7-1~deb13u3"),
    ]
    [again] = _apt_plan.parse_simulation("Inst fresh [1] (1 localhost [all])\n")
    assert again.change.action == "install 1 again"


def test_a_plan_that_removes_is_refused() -> None:
    plan = _apt_plan.parse_simulation("Remv vim [2:9.1]\nInst nano (1.0 Debian:13.7/stable [amd64])\n")
    with pytest.raises(StepError, match="apt would remove vim, which is never done unasked"):
        _apt_plan.require_no_removal(plan)
    _apt_plan.require_no_removal([item for item in plan if item.after])


def test_a_removal_takes_what_is_named_and_nothing_else() -> None:
    plan = _apt_plan.parse_simulation("Remv vim [2:9.1]\nRemv vim-common [2:9.1] [vim]\n")
    assert [item.change.action for item in plan] == ["remove 2:9.1", "remove 2:9.1"]
    both = [Request("vim", ""), Request("vim-common", "")]
    _apt_plan.require_only_named(both, plan)
    with pytest.raises(StepError, match="removing vim-common would also remove vim, which need it"):
        _apt_plan.require_only_named(both[1:], plan)
    with pytest.raises(StepError, match="would make apt install nano in its place"):
        _apt_plan.require_only_named(both, [*plan, Planned("nano", "", "1.0")])


def test_what_is_gone_has_happened() -> None:
    gone = Planned("vim", "2:9.1", "")
    assert _apt_plan.happened([gone], node(STATUS)) == [gone]
    assert _apt_plan.happened([gone._replace(name="dpkg")], node(STATUS)) == []
    assert _apt_plan.installed([Request("dpkg", ""), Request("vim", "")], node(STATUS)) == [Request("dpkg", "")]


@pytest.mark.parametrize("text", ["", "Inst", "Inst x", "Inst x [", "Inst x [1", "0 upgraded\nInst  (1 Debian [all])"])
def test_lines_that_only_look_like_a_plan_are_none(text: str) -> None:
    assert _apt_plan.parse_simulation(text) == []


def test_what_is_missing() -> None:
    wanted = [Request("zlib1g", ""), Request("git", ""), Request("dpkg", "9"), Request("zlib1g", "1:1.3")]
    assert _apt_plan.missing(wanted, node(STATUS)) == [Request("git", ""), Request("dpkg", "9")]


def test_only_installed_wanted_automatic_packages_are_marked() -> None:
    wanted = [Request("zlib1g", ""), Request("git", ""), Request("dpkg", "")]
    assert _apt_plan.to_mark_manual(wanted, node(STATUS, "zlib1g", "git", "other")) == ["zlib1g"]


def test_a_plan_without_a_wanted_package_is_refused() -> None:
    with pytest.raises(StepError, match="would not install git"):
        _apt_plan.require_plannable([Request("git", "")], [Planned("git-man", "", "1")], [])


def test_a_downgrade_is_refused() -> None:
    with pytest.raises(StepError, match=r"would downgrade git 2 -> 1, which is never done"):
        _apt_plan.require_plannable([], [], [detail("git", "2", "1", downgrade=True)])


def test_a_disk_too_small_is_said_before_dpkg_finds_out() -> None:
    needs = [detail("git", "", "1", size=30 * 2**20, growth=100 * 2**20)]
    _apt_plan.require_space(needs, 130 * 2**20 + _apt_plan.MARGIN_BYTES)
    with pytest.raises(StepError, match=r"needs about 194 MiB with a margin, 193 MiB are free"):
        _apt_plan.require_space(needs, 130 * 2**20 + _apt_plan.MARGIN_BYTES - 1)


def test_what_happened_is_what_dpkg_says() -> None:
    plan = [Planned("zlib1g", "1:1.2", "1:1.3"), Planned("dpkg", "1.21", "1.23"), Planned("git", "", "1")]
    assert _apt_plan.happened(plan, node(STATUS)) == plan[:1]


def test_the_status_after_a_transaction() -> None:
    details = [detail("zlib1g", "1:1.3", "1:1.4"), detail("git", "", "2.0")]
    after = _apt_plan.status_after(STATUS, [item.planned for item in details], details)
    packages = _dpkg.parse(after)
    assert {name: package.version for name, package in packages.items()} == {
        "dpkg": "1.22",
        "zlib1g": "1:1.4",
        "git": "2.0",
    }
    assert all(package.is_sound for package in packages.values())
    assert "Description: old" not in after


def test_the_extended_states_after_an_upgrade() -> None:
    details = [detail("zlib1g", "1", "2"), detail("libnew", "", "1")]
    for text in ("", "Package: a\nArchitecture: amd64\nAuto-Installed: 1\n", "Package: a\nAuto-Installed: 1\n\n"):
        after = _apt_plan.extended_states_after(text, details)
        assert _dpkg.parse_automatic(after, "amd64") == ({"a", "libnew"} if text else {"libnew"})
    assert _dpkg.parse_automatic(_apt_plan.extended_states_after("Package: a\nAuto-Installed: 1\n", []), "amd64") == {
        "a"
    }


def test_the_record_of_a_package() -> None:
    record = detail("git", "", "2.0").as_record()
    assert (record["package"], record["version"], record["sha256"]) == ("git", "2.0", "ab" * 32)


def test_the_record_names_only_archives_that_prove_something() -> None:
    good = Offer("official", "", "ab" * 32, "Debian", "Debian", "trixie", "main", "http://deb.example/pool/git.deb")
    # It has the same content, and its word counts for nothing; Debian's other content is not what was installed.
    foreign = good._replace(kind="foreign", uri="http://evil.example/pool/git.deb")
    other = good._replace(sha256="cd" * 32, uri="http://other.example/pool/git.deb")
    record = detail("git", "", "2.0")._replace(offers=[foreign, good, other]).as_record()
    assert [archive["uri"] for archive in record["archives"]] == [good.uri]


def test_what_is_asked_for_by_name_is_no_longer_there_for_others_sake() -> None:
    text = "Package: a\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: b\nArchitecture: amd64\nAuto-Installed: 1\n"
    after = _apt_plan.extended_states_after(text, [detail("c", "", "1"), detail("d", "", "1")], ["a", "c"])
    assert _dpkg.parse_automatic(after, "amd64") == {"b", "d"}


# Messages of apt 3.0.3 on Debian 13, as seen.
URL = "http://deb.debian.org/debian"
INDEX = "E: Some index files failed to download. They have been ignored, or old ones used instead."


@pytest.mark.parametrize(
    ("err", "sentence"),
    [
        (
            (
                f"E: Release file for {URL}/dists/trixie/InRelease is expired (invalid since 71d 22h 36min "
                f"50s). Updates for "
                "this repository will not be applied."
            ),
            "the node's clock is wrong",
        ),
        (
            (
                f"E: Release file for {URL}/dists/trixie/InRelease is not valid yet (invalid for another 3d "
                f"2h). Updates for "
                "this repository will not be applied."
            ),
            "the node's clock is wrong",
        ),
        (
            f"E: Failed to fetch {URL}/dists/trixie/InRelease  Temporary failure resolving 'nowhere.invalid'\n{INDEX}",
            (
                "the node does not reach its Debian archive: Failed to fetch "
                "http://deb.debian.org/debian/dists/trixie/InRelease"
            ),
        ),
        (
            (
                f"E: Failed to fetch {URL}/dists/trixie/InRelease  Could not connect to 127.0.0.1:9 "
                f"(127.0.0.1). - connect "
                f"(111: Connection refused)\n{INDEX}"
            ),
            "does not reach its Debian archive",
        ),
        (
            (
                "W: OpenPGP signature verification failed: http://x trixie InRelease: Sub-process "
                "/usr/bin/sqv returned an error "
                "code (1), error message is: Missing key 4CB5\nE: The repository 'http://x trixie "
                "InRelease' is not signed."
            ),
            "signature does not verify: The repository 'http://x trixie InRelease' is not signed.",
        ),
        (
            (
                "E: Failed to fetch http://x/dists/trixie/InRelease  400  Bad Request [IP: 203.0.113.80 80]\n"
                "E: The repository 'http://x trixie InRelease' is not signed."
            ),
            "does not hold what is asked for",
        ),
        ("E: Failed to fetch http://x/git.deb  404  Not Found [IP: 203.0.113.80 80]", "run again to refresh the lists"),
        ("E: You don't have enough free space in /var/cache/apt/archives/.", "the disk is full"),
        (
            "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?",
            "another process has locked apt or dpkg",
        ),
        (
            "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem. ",
            "nothing is repaired by itself: have 'ansible-playbook playbooks/update.yml' finish it",
        ),
        ("E: Version '1' for 'git' was not found", "do not offer it: Version '1' for 'git' was not found"),
        ("E: Unable to locate package nope-nope", "do not offer it"),
        ("E: Package 'awk' has no installation candidate", "do not offer it"),
        (
            (
                "dpkg: error processing package x (--configure):\n installed x package post-installation "
                "script subprocess "
                "returned error exit status 1\nErrors were encountered while processing:\n x\n y\n"
                "E: Sub-process /usr/bin/dpkg returned an error code (1)"
            ),
            (
                "dpkg could not finish: Sub-process /usr/bin/dpkg returned an error code (1) dpkg: error "
                "processing package x "
                "(--configure): (x, y)"
            ),
        ),
        (
            (
                "dpkg: error processing archive /a.deb (--unpack):\n cannot copy extracted data: No space "
                "left on device\n"
                "Errors were encountered while processing:\n /a.deb\nE: Sub-process /usr/bin/dpkg returned "
                "an error code (1)"
            ),
            "the disk is full",
        ),
        ("E: Unable to correct problems, you have held broken packages.", "apt-mark showhold"),
        ("E: Could not open file - open (30: Read-only file system)", "a filesystem is read-only"),
        ("E: Failed to fetch http://x/Packages.xz  Hash Sum mismatch", "being updated or damaged"),
        ("E: something that nobody foresaw", "failed with status 100: E: something that nobody foresaw"),
        ("", "failed with status 100: it said nothing"),
    ],
)
def test_each_failure_is_one_sentence_with_a_remedy(err: str, sentence: str) -> None:
    said = (
        explain("refreshing the package lists", 100, "Reading package lists...", err)
        if err
        else explain("x", 100, "", "")
    )
    assert sentence in said
    assert "\n" not in said
    assert ".." not in said.replace("...", "")


def test_what_stands_against_an_installation_is_named() -> None:
    out = "The following packages have unmet dependencies:\n two : Depends: zero but it is not installable\nError!\n"
    said = explain("x", 100, out, "E: Unable to correct problems, you have held broken packages.")
    assert "(two : Depends: zero but it is not installable)" in said


def test_a_killed_apt_get_is_said_to_be_killed() -> None:
    assert "killed by signal 9; run the same command again" in explain("x", -9, "", "")


def test_what_a_node_prints_cannot_break_the_sentence() -> None:
    said = explain("x", 100, "", "E: Failed to fetch {line}{0}\x1b[2J  Connection refused " + "y" * 5000)
    assert "\x1b" not in said
    assert len(said) < 1000


@pytest.mark.parametrize(
    ("running", "installed", "requested", "upgraded", "reasons"),
    [
        ("6.12.107+deb13-arm64", ["6.12.107+deb13-arm64"], False, [], []),
        ("6.12.107+deb13-arm64", ["6.12.107+deb13-arm64", "6.12.99+deb13-arm64"], False, ["git"], []),
        (
            "6.12.99+deb13-arm64",
            ["6.12.107+deb13-arm64", "6.12.99+deb13-arm64"],
            False,
            [],
            ["kernel 6.12.107+deb13-arm64 is installed, 6.12.99+deb13-arm64 runs"],
        ),
        ("7.3.4+deb14-arm64", ["7.3.4~rc7-arm64", "7.3.4+deb14-arm64"], False, [], []),
        # Kernels of another kind are for other boards.
        ("6.12.25+rpt-rpi-2712", ["6.12.25+rpt-rpi-2712", "6.12.30+rpt-rpi-v8"], False, [], []),
        ("6.1.0-9-arm64", ["6.1.0-9-arm64", "6.1.0-10-arm64"], False, [], ["kernel 6.1.0-10-arm64 is installed"]),
        # A container, or a board that boots a kernel from elsewhere, has none to compare with.
        ("6.12.99", [], False, [], []),
        ("6.12.99", [], True, ["libc6", "dbus", "vim"], ["dbus, libc6 upgraded since boot", "/run/reboot-required"]),
    ],
)
def test_when_a_restart_is_due(
    running: str, installed: list[str], *, requested: bool, upgraded: list[str], reasons: list[str]
) -> None:
    said = _apt_plan.restart_reasons(running=running, installed=installed, requested=requested, upgraded=upgraded)
    assert len(said) == len(reasons)
    assert all(part in whole for part, whole in zip(reasons, said, strict=True))
