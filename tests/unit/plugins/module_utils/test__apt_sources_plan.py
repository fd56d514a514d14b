from __future__ import annotations

import typing as t

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_configuration import AptConfiguration
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_entries import Entry
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_files import SourceFile
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_source_verdicts import Source
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_sources import AptSources
from ansible_collections.ai_systems.runbook.plugins.module_utils._apt_sources_plan import (
    FILE,
    Edit,
    Wanted,
    check_wanted,
    plan,
    require_this_release,
    summary,
    to_disable,
)
from ansible_collections.ai_systems.runbook.plugins.module_utils._debian_archive import KEYRING, MIRROR, SECURITY_MIRROR
from ansible_collections.ai_systems.runbook.plugins.module_utils._step import StepError

PARTS = {"dir::etc::sourceparts": "/etc/apt/sources.list.d"}
LIST = "/etc/apt/sources.list"
WANTED = Wanted(("main",), "", "", exclusive=False)
DEBIAN = (
    "deb http://h/debian trixie main\ndeb http://h/debian trixie-updates main\n"
    "deb http://s/security trixie-security main\n"
)


def verdict(entry: Entry, uri: str, suite: str) -> Source:
    """Hosts h and s are Debian's, n is one whose lists were not fetched, all others are foreign."""
    weak = entry.says("trusted")
    if uri.startswith("http://n/"):
        return Source(entry, uri, suite, "unknown", "x", suite)
    if not uri.startswith(("http://h/", "http://s/")):
        return Source(entry, uri, suite, "foreign", "x")
    if suite in {"bookworm", "sid"}:
        return Source(entry, uri, suite, "foreign", "x", other_release=True)
    kind: t.Any = "backports" if suite == "trixie-backports" else "foreign" if weak else "official"
    return Source(entry, uri, suite, kind, "x" if weak else "", suite, weak)


def node(**files: str) -> AptSources:
    """A node by the text of its files; "_" stands for "." and "__" for our own file."""
    read = [
        SourceFile(FILE if name == "__" else LIST if name == "list" else f"/etc/apt/{name.replace('_', '.')}", text)
        for name, text in files.items()
    ]
    sources = [
        verdict(entry, uri, suite)
        for file in read
        for entry in file.entries
        if entry.enabled
        for uri in entry.uris
        for suite in entry.suites
    ]
    return AptSources(
        AptConfiguration({"apt::architecture": "arm64", **PARTS}), read, sources, [], [], [], [], frozenset()
    )


def written(state: AptSources, wanted: Wanted = WANTED) -> dict[str, str]:
    return {edit.path: edit.content.decode("utf-8", "surrogateescape") for edit in plan(state, wanted)}


def test_a_node_that_has_all_is_left_alone() -> None:
    assert written(node(list=DEBIAN)) == {}
    assert written(node(list=DEBIAN.replace("http://h/", "http://n/").replace("http://s/", "http://n/"))) == {}
    assert written(node(list=DEBIAN), WANTED._replace(exclusive=True)) == {}


def test_a_node_without_any_source_gets_debians_own() -> None:
    assert written(node()) == {
        FILE: "# Runbook 3.1: the official archives of Debian 13. Written by the role apt_sources.\n"
        f"Types: deb\nURIs: {MIRROR}\nSuites: trixie trixie-updates\nComponents: main\nSigned-By: {KEYRING}\n\n"
        f"Types: deb\nURIs: {SECURITY_MIRROR}\nSuites: trixie-security\nComponents: main\nSigned-By: {KEYRING}\n"
    }


def test_only_what_lacks_is_written_at_the_nodes_own_mirror_with_its_own_keyring() -> None:
    text = "deb [signed-by=/k.gpg] http://h/debian/ trixie main\ndeb http://s/security trixie-security main\n"
    assert written(node(list=text), WANTED._replace(components=("main", "contrib")))[FILE].partition("\n")[2] == (
        "Types: deb\nURIs: http://h/debian/\nSuites: trixie\nComponents: contrib\nSigned-By: /k.gpg\n\n"
        f"Types: deb\nURIs: http://h/debian/\nSuites: trixie-updates\nComponents: main contrib\n"
        f"Signed-By: {KEYRING}\n\n"
        f"Types: deb\nURIs: http://s/security\nSuites: trixie-security\nComponents: contrib\nSigned-By: {KEYRING}\n"
    )


def test_a_key_within_an_entry_is_taken_over() -> None:
    text = "Types: deb\nURIs: http://h/debian\nSuites: trixie\nComponents: main\nSigned-By:\n -----BEGIN\n .\n abc\n"
    ours = written(node(a_sources=text), WANTED._replace(components=("main", "contrib")))[FILE]
    assert "Components: contrib\nSigned-By: \n -----BEGIN\n .\n abc\n" in ours


@pytest.mark.parametrize(
    "more", ["deb-src http://h/debian trixie main", "deb [arch=armhf] http://h/debian trixie main"]
)
def test_what_gives_no_packages_for_the_node_covers_nothing(more: str) -> None:
    text = DEBIAN.replace("deb http://h/debian trixie main", more)
    assert "Suites: trixie\n" in written(node(list=text))[FILE]
    assert written(node(list=DEBIAN.replace("deb http", "deb [arch=arm64,armhf] http"))) == {}


def test_our_file_stays_as_it_is_once_written() -> None:
    for exclusive in (False, True):
        wanted = WANTED._replace(exclusive=exclusive)
        ours = written(node(), wanted)[FILE].replace(MIRROR, "http://h/debian").replace(SECURITY_MIRROR, "http://s/x")
        assert written(node(__=ours), wanted) == {}
        assert written(node(__=ours, list=DEBIAN), wanted) == {}


def test_our_file_follows_what_is_declared() -> None:
    ours = written(node())[FILE].replace(MIRROR, "http://h/debian").replace(SECURITY_MIRROR, "http://s/x")
    more = written(node(__=ours), WANTED._replace(components=("main", "contrib")))
    assert more == {FILE: ours.replace("Components: main", "Components: main contrib")}


def test_our_file_is_put_right_again() -> None:
    ours = "# mine\nTypes: deb\nURIs: http://h/debian\nSuites: trixie\nComponents: main\nEnabled: no\n"
    assert written(node(__=ours))[FILE].startswith("# Runbook 3.1")


def test_a_declared_mirror_is_written_beside_the_nodes_own() -> None:
    wanted = WANTED._replace(mirror="http://h/near", security_mirror="http://s/security/")
    text = written(node(list=DEBIAN), wanted)
    assert text[FILE].count("URIs: ") == 1
    assert "URIs: http://h/near\nSuites: trixie trixie-updates\n" in text[FILE]
    assert written(node(list=DEBIAN, __=text[FILE]), wanted) == {}


def test_foreign_entries_stay_unless_they_shall_not() -> None:
    state = node(list=f"{DEBIAN}deb http://evil/x ./\n", a_sources="Types: deb\nURIs: http://evil/\nSuites: ./\n")
    assert written(state) == {}
    assert written(state, WANTED._replace(exclusive=True)) == {
        LIST: f"{DEBIAN}# deb http://evil/x ./\n",
        "/etc/apt/a.sources": "Enabled: no\nTypes: deb\nURIs: http://evil/\nSuites: ./\n",
    }


def test_what_is_lacking_afterwards_is_written_first() -> None:
    text = "Types: deb\nURIs: http://h/debian http://evil/\nSuites: trixie\nComponents: main\n"
    edits = plan(node(list=DEBIAN.partition("\n")[2], a_sources=text), WANTED._replace(exclusive=True))
    assert [edit.path for edit in edits] == [FILE, "/etc/apt/a.sources"]
    assert b"URIs: http://h/debian\nSuites: trixie\n" in edits[0].content


def test_backports_and_unknown_ones_stay() -> None:
    text = f"{DEBIAN}deb http://h/debian trixie-backports main\ndeb http://n/debian trixie main\n"
    assert written(node(list=text), WANTED._replace(exclusive=True)) == {}


def test_an_entry_that_takes_whatever_comes_is_disabled_and_replaced() -> None:
    text = DEBIAN.replace("deb http://h/debian trixie main", "deb [trusted=yes] http://h/debian trixie main")
    assert written(node(list=text)) == {}
    done = written(node(list=text), WANTED._replace(exclusive=True))
    assert "URIs: http://h/debian\nSuites: trixie\n" in done[FILE]
    assert done[LIST] == f"# {text}"
    assert written(node(list=done[LIST], __=done[FILE]), WANTED._replace(exclusive=True)) == {}


def test_settings_of_the_whole_node_are_no_reason_to_disable_debian() -> None:
    state = node(list=DEBIAN)
    weak = [source._replace(kind="foreign", reason="x", weak=True) for source in state.sources]
    assert to_disable(weak) == []
    assert written(state._replace(sources=weak), WANTED._replace(exclusive=True)) == {}


def test_many_entries_of_one_file_are_disabled_at_once() -> None:
    text = "".join(f"deb http://evil/{n} ./\n" for n in range(30_000)) + DEBIAN
    assert written(node(list=text), WANTED._replace(exclusive=True))[LIST].count("\n# deb http://evil") == 29_999


def test_many_stanzas_of_one_file_are_disabled_at_once() -> None:
    evil = "Types: deb\nURIs: http://evil/\nSuites: ./\n"
    done = written(node(list=DEBIAN, a_sources=f"{evil}\n{evil}\n# between\n{evil}"), WANTED._replace(exclusive=True))
    off = f"Enabled: no\n{evil}"
    assert done == {"/etc/apt/a.sources": f"{off}\n{off}\n# between\n{off}"}


def test_what_was_added_to_our_own_file_does_not_stay() -> None:
    evil = "Types: deb\nURIs: http://evil/\nSuites: ./\n"
    ours = written(node())[FILE].replace(MIRROR, "http://h/debian").replace(SECURITY_MIRROR, "http://s/x")
    wanted = WANTED._replace(exclusive=True)
    assert written(node(__=f"{ours}\n{evil}"), wanted) == {FILE: ours}
    assert written(node(__=f"{ours}\n{evil}", list=DEBIAN), wanted) == {FILE: f"{ours}\nEnabled: no\n{evil}"}


def test_our_own_entry_is_never_disabled_where_it_is_needed() -> None:
    wanted = WANTED._replace(exclusive=True, mirror="http://evil/debian")
    ours = written(node(list=DEBIAN), wanted)[FILE]
    assert written(node(list=DEBIAN, __=ours), wanted) == {}


def test_a_folder_that_apt_does_not_read_is_said() -> None:
    state = node()._replace(configuration=AptConfiguration({"dir::etc::sourceparts": "/elsewhere"}))
    with pytest.raises(StepError, match=r"'/elsewhere'.* remove that setting"):
        plan(state, WANTED)


def test_a_file_that_cannot_be_read_cannot_be_edited() -> None:
    state = node(list=DEBIAN)
    state = state._replace(files=[*state.files, SourceFile("/etc/apt/x.list", "", "too large")])
    assert written(state) == {}
    with pytest.raises(StepError, match=r"/etc/apt/x\.list cannot be read"):
        plan(state, WANTED._replace(exclusive=True))


@pytest.mark.parametrize("suite", ["bookworm", "sid"])
def test_another_release_is_an_error_that_names_the_entry(suite: str) -> None:
    require_this_release(node(list=DEBIAN).sources)
    with pytest.raises(StepError, match=f"sources.list:4 names Debian's '{suite}'.* write trixie there"):
        require_this_release(node(list=f"{DEBIAN}deb http://h/debian {suite} main\n").sources)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"components": ("main", "universe")}, "'universe'"),
        ({"components": ()}, "''"),
        ({"mirror": "mirror.example.org"}, "apt_sources_mirror 'mirror.example.org'"),
        ({"mirror": "http:"}, "'http:'"),
        ({"mirror": "http://h/debian\nTrusted: yes"}, "no address"),
        ({"mirror": "-o:x"}, "no address"),
        ({"security_mirror": "http://a:secret@h /x"}, "apt_sources_security_mirror 'http://\\*\\*\\*@h /x'"),
    ],
)
def test_what_is_declared_wrongly_is_said(more: dict[str, t.Any], said: str) -> None:
    check_wanted(WANTED._replace(mirror="https://h/debian", security_mirror="mirror+file:/etc/mirrors"))
    with pytest.raises(StepError, match=said):
        check_wanted(WANTED._replace(**more))


def test_passwords_are_written_and_not_shown() -> None:
    (edit,) = plan(node(list=f"{DEBIAN}deb http://me:secret@evil/x ./\n"), WANTED._replace(exclusive=True))
    assert b"# deb http://me:secret@evil/x ./" in edit.content
    assert "secret" not in edit.change.before + edit.change.after


def test_bytes_that_are_no_text_stay_as_they_are() -> None:
    (edit,) = plan(node(list=f"# caf\udce9\x00\n{DEBIAN}deb http://evil/x ./\n"), WANTED._replace(exclusive=True))
    assert edit.content.startswith(b"# caf\xe9\x00\n")
    assert edit.change.before.encode()


def test_the_sentence_counts_what_was_found() -> None:
    sources = node(list=f"{DEBIAN}deb http://evil/x ./\ndeb http://n/debian trixie main\n").sources
    assert summary(sources, [], check_mode=False) == (
        "The node has 5 archives in its sources: 3 official, 1 foreign, 1 unknown until the lists are refreshed."
    )
    edits: list[Edit] = plan(node(), WANTED)
    assert summary([], edits, check_mode=True) == (
        "The node had 0 archives in its sources: 0 official; one file would be written."
    )
    assert summary([], edits * 2, check_mode=False).endswith("; 2 files written.")
