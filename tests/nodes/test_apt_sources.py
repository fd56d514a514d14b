"""Runbook 3.1 on real nodes: what is official is what Debian's keys signed, whatever an archive or the node says."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
import tarfile
import typing as t

import pytest

from lab import archive
from tests.nodes import local_archive
from tests.nodes.conftest import LabNodes
from tests.nodes.harness import ROLE_PLAYBOOK, ROOT, Node
from tests.nodes.local_archive import Package

OURS = "/etc/apt/sources.list.d/ai-systems-runbook.sources"
EVIL = "/srv/evil"
# To read and judge all sources of a node, each list verified by its signature.
# Of a processor, with what was started: others share the machine of the tests.
SECONDS = 0.5
SUITES = ("trixie", "trixie-updates", "trixie-security")
RESET = (
    "rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/preferences.d/* /etc/apt/trusted.gpg "
    "/etc/apt/trusted.gpg.d/lab* /etc/apt/keyrings/* /etc/apt/apt.conf.d/99*"
)
# The collection's own decision, run on the node beside SSH: all that it says, where the role's table has a sentence.
LOOK = """
import json, os, sys
sys.path.insert(0, "/root/look")
from module_utils._apt_official import judge_lists
from module_utils._apt_source_findings import findings
from module_utils._apt_sources import read_apt_sources
keys = frozenset(sys.argv[1:])
began = sum(os.times()[:4])
state = read_apt_sources(keys)
found = findings(state)
used = sum(os.times()[:4]) - began
lists = judge_lists(lists="/var/lib/apt/lists", keys=keys)
json.dump({
    "sources": [[source.suite, source.kind, source.reason] for source in state.sources],
    "findings": [finding._asdict() for finding in found],
    "used": used,
    "lists": {path.rpartition("/")[2]: [verdict.kind, verdict.reason] for path, verdict in lists.items()},
}, sys.stdout)
"""


class Look(t.NamedTuple):
    sources: list[list[str]]
    findings: list[dict[str, str]]
    lists: dict[str, list[str]]
    used: float

    def kinds(self) -> dict[str, str]:
        return {suite: kind for suite, kind, _reason in self.sources}

    def of(self, name: str) -> list[str]:
        """The verdict on the lists whose names hold ``name``."""
        (verdict,) = [verdict for path, verdict in self.lists.items() if name in path]
        return verdict

    def violations(self) -> dict[str, str]:
        return {one["subject"]: one["evidence"] for one in self.findings if one["verdict"] == "violation"}


def look(node: Node, *keys: str) -> Look:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for path in (ROOT / "plugins/module_utils").glob("*.py"):
            tar.add(path, f"module_utils/{path.name}")
    node.root(
        "rm -rf /root/look && mkdir /root/look && base64 -d | tar -C /root/look -xz",
        stdin=base64.b64encode(packed.getvalue()).decode(),
    ).ok()
    return Look(**json.loads(node.root(f"python3 -c {shlex.quote(LOOK)} {' '.join(keys)}").ok()))


def put(node: Node, path: str, content: bytes | str) -> None:
    data = content.encode() if isinstance(content, str) else content
    node.root(f"base64 -d > {shlex.quote(path)}", stdin=base64.b64encode(data).decode()).ok()


def sources(node: Node) -> str:
    return node.root("cd /etc/apt && find sources.list* -type f | sort | xargs -r sha256sum; ls -lA sources.list.d").out


def update(node: Node) -> None:
    node.root("apt-get update -q --error-on=any", seconds=300).ok()


def written(node: Node, **variables: t.Any) -> set[str]:
    """Check, real, real: return the files that were written, as foretold and once."""
    before = sources(node)
    predicted = node.role("apt_sources", check=True, variables=variables).ok()
    assert sources(node) == before
    done = node.role("apt_sources", variables=variables).ok()
    assert predicted.actions == done.actions != set()
    assert node.role("apt_sources", variables=variables).ok().actions == set()
    return {subject for _clause, subject, _action in done.actions}


@pytest.fixture(scope="module")
def up(lab_node: LabNodes) -> Node:
    return lab_node("t-sources")


@pytest.fixture(scope="module")
def prepared(up: Node) -> Node:
    local_archive.prepare(up, aside=False)
    up.root("cp -a /var/lib/apt/lists /root/lists").ok()
    return up


@pytest.fixture
def node(prepared: Node) -> Node:
    """The node as a fresh image is, its lists fetched."""
    prepared.root(f"{RESET}; rm -rf /var/lib/apt/lists && cp -a /root/lists /var/lib/apt/lists").ok()
    put(prepared, "/etc/apt/sources.list.d/debian.sources", archive.node_sources())
    return prepared


def test_a_fresh_node_is_unknown_until_its_lists_are_refreshed(up: Node) -> None:
    # First of all: no list was ever fetched here.
    run = up.role("apt_sources").ok()
    assert run.actions == set()
    assert "0 official, 3 unknown until the lists are refreshed" in run.rows(up.name)["3.1"]["sentence"]
    assert set(look(up).kinds().values()) == {"unknown"}
    update(up)
    run = up.role("apt_sources").ok()
    assert run.actions == set()
    assert run.rows(up.name)["3.1"]["sentence"] == "The node has 3 archives in its sources: 3 official."
    seen = look(up)
    assert set(seen.kinds().values()) == {"official"}
    assert {kind for kind, _reason in seen.lists.values()} == {"official"}
    assert seen.findings == []


def test_the_fingerprints_are_those_of_debians_own_package(node: Node) -> None:
    script = (
        "import sys, pathlib; sys.path.insert(0, '/root/look')\n"
        "from module_utils import _openpgp, _debian_archive as d\n"
        "rings = [p for f in ('/usr/share/keyrings', '/etc/apt/trusted.gpg.d') for p in pathlib.Path(f).iterdir()]\n"
        "for p in sorted(rings): print(*[c.fingerprint for c in _openpgp.certificates(p.read_bytes())])\n"
        "ours = {*d.ARCHIVE_KEYS, *d.OTHER_DEBIAN_KEYS}\n"
        "ring = pathlib.Path(d.KEYRING).read_bytes()\n"
        "assert ours == {c.fingerprint for c in _openpgp.certificates(ring)}"
    )
    look(node)
    by_gpg = node.root(
        "for f in $(ls -d /usr/share/keyrings/* /etc/apt/trusted.gpg.d/*); do gpg --show-keys --with-colons $f | "
        'awk -F: \'/^pub/ {p=1} /^fpr/ && p {printf "%s ", $10; p=0} END {print ""}\'; '
        "done"
    ).ok()
    ours = node.root(f"python3 -c {shlex.quote(script)}").ok()
    listed = node.root("ls -d /usr/share/keyrings/* /etc/apt/trusted.gpg.d/* | wc -l").ok()
    assert len(ours.splitlines()) == int(listed)
    assert sorted(line.strip() for line in by_gpg.splitlines()) == sorted(ours.splitlines())


def test_backports_and_the_stable_alias_are_debians(node: Node) -> None:
    line = f"deb [signed-by={archive.KEYRING}] {archive.mirror()}"
    put(
        node,
        "/etc/apt/sources.list.d/more.list",
        f"{line} trixie-backports non-free-firmware\n{line} stable non-free-firmware\n",
    )
    update(node)
    seen = look(node)
    # Debian 13 is what "stable" means until the day of Debian 14; from then on it is another release, and foreign.
    codename = node.root("sed -n 's/^Codename: //p' /var/lib/apt/lists/*_dists_stable_InRelease").ok().strip()
    stable = "official" if codename == archive.SUITE else "foreign"
    assert (seen.kinds()["trixie-backports"], seen.kinds()["stable"]) == ("backports", stable)
    assert seen.of("backports")[0] == "backports"
    assert [one["verdict"] for one in seen.findings if one["verdict"] != "violation"] == ["info"]
    of_stable = [one for one in seen.findings if one["verdict"] == "violation"]
    assert bool(of_stable) is (stable == "foreign"), of_stable
    exclusive = node.role("apt_sources", variables={"apt_sources_exclusive": True}).ok()
    assert bool(exclusive.actions) is (stable == "foreign")


def test_a_node_without_any_source_gets_them(node: Node) -> None:
    node.root("rm /etc/apt/sources.list.d/debian.sources").ok()
    assert written(node) == {OURS}
    assert node.role("apt_sources", check=True).ok().actions == set()
    update(node)
    assert {suite: look(node).kinds()[suite] for suite in SUITES} == dict.fromkeys(SUITES, "official")
    assert node.root(f"stat -c '%a %U' {OURS}").ok().split() == ["644", "root"]


def test_a_minimal_root_file_system_keeps_its_line_and_its_mirror(node: Node) -> None:
    node.root("rm /etc/apt/sources.list.d/debian.sources").ok()
    put(node, "/etc/apt/sources.list", f"# of debootstrap\ndeb {archive.mirror()} trixie main\n")
    assert written(node, apt_sources_components=["main", "non-free-firmware"]) == {OURS}
    text = node.root(f"cat {OURS}").ok()
    assert f"URIs: {archive.mirror()}\nSuites: trixie\nComponents: non-free-firmware\n" in text
    update(node)
    assert look(node).findings == []
    assert (
        node.role("apt_sources", variables={"apt_sources_components": ["main", "non-free-firmware"]}).actions == set()
    )


def test_archives_that_call_themselves_debian_are_foreign(node: Node) -> None:
    archives = (
        ("other-key", "evil@example.org", "", "it is signed by"),
        # apt itself strips a signature that it cannot verify, and takes the list all the same.
        ("no-keyring", "evil@example.org", "trusted=yes", "no valid signature"),
        ("unsigned", "", "trusted=yes", "no valid signature"),
        ("insecure", "", "allow-insecure=yes", "no valid signature"),
    )
    named = {"origin": "Debian", "label": "Debian", "suite": "stable", "codename": "trixie"}
    for name, key, options, _reason in archives:
        local_archive.offer(
            node, [Package("runbook-evil", "1.0")], folder=f"/srv/{name}", key=key, options=options, **named
        )
    # Unsigned lists are taken with a warning, and only where the entry says so.
    node.root("apt-get update -q", seconds=300).ok()
    seen = look(node)
    assert [kind for suite, kind, _reason in seen.sources if suite == "./"] == ["foreign"] * len(archives)
    assert all(seen.kinds()[suite] == "official" for suite in SUITES)
    run = node.role("apt_sources").ok()
    assert run.actions == set()
    said = " ".join(run.output.split())
    for name, _key, _options, reason in archives:
        kind, why = seen.of(f"_srv_{name}")
        assert (kind, reason in why) == ("foreign", True)
        assert f"{name}.list: copy:/srv/{name} ./: {reason}" in said


def test_a_mirror_that_the_operator_signs_counts_by_its_key_alone(node: Node) -> None:
    named = {"origin": "Debian", "label": "Debian", "suite": "stable", "codename": "trixie", "folder": EVIL}
    key = local_archive.offer(node, [Package("runbook-evil", "1.0")], key="evil@example.org", **named)
    update(node)
    assert look(node, key).of("_srv_evil")[0] == "official"
    assert look(node, "A" * 40).of("_srv_evil")[0] == "foreign"
    run = node.role("apt_sources", variables={"runbook_archive_keys": [key], "apt_sources_exclusive": True}).ok()
    assert run.actions == set()
    assert "4 official" in run.rows(node.name)["3.1"]["sentence"]
    # The same key, and trust that does not need it.
    local_archive.use(
        node, f"deb [trusted=yes signed-by={local_archive.keyring('evil@example.org')}] copy:{EVIL} ./", name="evil"
    )
    assert "sets trusted" in look(node, key).of("_srv_evil")[1]
    node.role("apt_sources", variables={"runbook_archive_keys": ["abc"]}).failed("runbook_archive_keys 'abc'")


def test_debians_own_lists_are_foreign_where_they_were_touched(node: Node) -> None:
    lists = "/var/lib/apt/lists"
    for name, change, reason in (
        ("*trixie_main*Packages", "sed -i '1s/Package/package/'", "not what the signed Release says"),
        ("*trixie_InRelease", "sed -i 's/^Label: Debian/Label: Dabian/'", "no valid signature"),
        ("*trixie_InRelease", "sed -i '1iOrigin: Debian'", "no valid signature"),
        ("*trixie_InRelease", "rm", "no Release that could be verified"),
    ):
        node.root(f"rm -rf {lists} && cp -a /root/lists {lists} && {change} {lists}/{name}").ok()
        verdict = look(node).of("trixie_main")
        assert verdict[0] == "foreign"
        assert reason in verdict[1]


def test_gpgv_verifies_where_sqv_is_missing(node: Node) -> None:
    local_archive.offer(node, [Package("runbook-evil", "1.0")], folder=EVIL, key="evil@example.org")
    node.root("apt-get update -q && apt-get install -qy gpgv && mv /usr/bin/sqv /root/sqv", seconds=300).ok()
    try:
        seen = look(node)
        node.root("mv /usr/bin/gpgv /root/gpgv").ok()
        failed = node.role("apt_sources")
    finally:
        node.root("mv /root/sqv /usr/bin/sqv; mv /root/gpgv /usr/bin/gpgv")
    assert [seen.kinds()[suite] for suite in (*SUITES, "./")] == ["official"] * 3 + ["foreign"]
    assert {kind for path, (kind, _reason) in seen.lists.items() if "_srv_" not in path} == {"official"}
    failed.failed("neither /usr/bin/sqv nor /usr/bin/gpgv is on the node", "reinstall the package sqv")


def test_exclusive_disables_the_rest_in_both_formats_and_deletes_nothing(node: Node) -> None:
    local_archive.offer(node, [Package("runbook-evil", "1.0")], folder=EVIL, key="evil@example.org")
    keyring = local_archive.keyring("evil@example.org")
    inline = node.root(f"sed 's/^$/./; s/^/ /' {keyring}").ok()
    stanza = f"# why it is here\nTypes: deb\nURIs: copy:{EVIL}/\nSuites: /\nSigned-By:\n{inline}"
    put(node, "/etc/apt/sources.list.d/inline.sources", f"{stanza}\n{archive.node_sources()}")
    node.root("rm /etc/apt/sources.list.d/debian.sources; chmod 640 /etc/apt/sources.list.d/inline.sources").ok()
    update(node)
    assert [look(node).kinds()[suite] for suite in ("./", "/")] == ["foreign", "foreign"]
    line = node.root("cat /etc/apt/sources.list.d/evil.list").ok()
    assert written(node, apt_sources_exclusive=True) == {
        "/etc/apt/sources.list.d/evil.list",
        "/etc/apt/sources.list.d/inline.sources",
    }
    assert node.root("cat /etc/apt/sources.list.d/evil.list").ok() == f"# {line}"
    assert node.root("cat /etc/apt/sources.list.d/inline.sources").ok() == (
        stanza.replace("Types", "Enabled: no\nTypes") + f"\n{archive.node_sources()}"
    )
    assert node.root("stat -c %a /etc/apt/sources.list.d/inline.sources").ok().strip() == "640"
    update(node)
    assert EVIL not in node.root("apt-get indextargets").ok()
    assert look(node).findings == []


def test_an_entry_without_check_of_signatures_is_replaced(node: Node) -> None:
    text = archive.node_sources().replace("Components: main\n", "Components: main\nTrusted: yes\n", 1)
    put(node, "/etc/apt/sources.list.d/debian.sources", text)
    seen = look(node)
    assert "sets trusted" in seen.of("trixie_main")[1]
    assert node.role("apt_sources").ok().actions == set()
    assert written(node, apt_sources_exclusive=True) == {OURS, "/etc/apt/sources.list.d/debian.sources"}
    update(node)
    assert look(node).findings == []
    assert look(node).of("trixie_main")[0] == "official"


def test_keyrings_settings_and_pins_are_told(node: Node) -> None:
    local_archive.offer(node, [Package("runbook-evil", "1.0")], folder=EVIL, key="evil@example.org")
    keyring = local_archive.keyring("evil@example.org")
    node.root(f"rm /etc/apt/sources.list.d/evil.list; cp {keyring} /etc/apt/trusted.gpg.d/lab-evil.asc").ok()
    node.root(f"gpg --dearmor < {keyring} > /etc/apt/trusted.gpg; cp {keyring} /etc/apt/keyrings/lab.asc").ok()
    put(node, "/etc/apt/preferences.d/evil", "Package: *\nPin: release o=Evil\nPin-Priority: 1001\n")
    put(
        node, "/etc/apt/apt.conf.d/99evil", 'Acquire::Check-Valid-Until "false";\nAPT::Get::AllowUnauthenticated "1";\n'
    )
    seen = look(node)
    assert set(seen.violations()) >= {
        "/etc/apt/trusted.gpg",
        "/etc/apt/trusted.gpg.d/lab-evil.asc",
        "/etc/apt/preferences.d/evil: * release o=Evil",
        "Acquire::Check-Valid-Until",
        "APT::Get::AllowUnauthenticated",
    }
    assert "/etc/apt/keyrings/lab.asc" in {one["subject"] for one in seen.findings if one["verdict"] == "info"}
    assert {kind for kind, _reason in seen.lists.values()} == {"foreign"}
    # What is wrong is the configuration, and no entry is disabled for it.
    run = node.role("apt_sources", variables={"apt_sources_exclusive": True}).ok()
    assert run.actions == set()
    flat = " ".join(run.output.split())
    assert "apt-key left it, with the certificate" in flat
    assert "apt's configuration switches it off" in flat
    assert "its priority 1001 makes apt downgrade packages to it" in flat


def test_another_release_is_an_error_whether_its_lists_were_fetched_or_not(node: Node) -> None:
    for suite, fetched, exclusive in (("bookworm", False, False), ("bookworm", True, True), ("sid", True, False)):
        # The smallest component: only the Release counts.
        line = f"deb [signed-by={archive.KEYRING}] {archive.mirror()} {suite} non-free-firmware\n"
        put(node, "/etc/apt/sources.list.d/other.list", f"# x\n{line}")
        if fetched:
            # A mirror may stand still; how old a list is, is not the matter here.
            node.root("apt-get update -q -o Acquire::Check-Valid-Until=false --error-on=any", seconds=300).ok()
        before = sources(node)
        run = node.role("apt_sources", variables={"apt_sources_exclusive": exclusive})
        run.failed(f"other.list:2 names Debian's '{suite}'", "write trixie there", "re-image the node")
        assert sources(node) == before


def test_files_that_apt_ignores_and_hostile_ones(node: Node) -> None:
    folder = "/etc/apt/sources.list.d"
    evil = "deb [trusted=yes] http://evil.example.org/ ./\n"
    for name in ("a.list.disabled", "b.save", "c", ".d.list", "sp ace.list", "dot.list."):
        put(node, f"{folder}/{name}", evil)
    node.root(
        f"cd {folder}; mkdir folder.sources folder.list; mkfifo fifo.list; ln -s /nowhere dangling.list; "
        "ln -s /srv/linked.list link.list"
    ).ok()
    put(node, f"{folder}/latin.list", b"# caf\xe9 \x1b[31m \x00\n")
    put(node, f"{folder}/empty.sources", "# comments only\n\n# and no stanza\n")
    put(node, "/srv/linked.list", f"# linked\n{evil}")
    put(node, "/etc/apt/sources.list", "# nothing\n" * 100_000)
    run = node.role("apt_sources").ok()
    assert run.actions == set()
    assert run.output.count("evil.example.org") == 1
    assert written(node, apt_sources_exclusive=True) == {f"{folder}/link.list"}
    # The link gives way to a file; what it led to stays as it was.
    assert node.root("cat /srv/linked.list").ok() == f"# linked\n{evil}"
    assert node.root(f"cat {folder}/link.list").ok() == f"# linked\n# {evil}"
    update(node)


def test_hundred_thousand_foreign_lines_with_what_no_terminal_should_see(node: Node) -> None:
    text = b"".join(b"deb http://h/\xff\x1b[31m%d ./\n" % number for number in range(30_000))
    put(node, "/etc/apt/sources.list", text)
    run = node.role("apt_sources", variables={"apt_sources_exclusive": True}).ok()
    assert {subject for _clause, subject, _action in run.actions} == {"/etc/apt/sources.list"}
    assert "\x1b" not in run.output
    after = node.root("base64 /etc/apt/sources.list").ok()
    assert base64.b64decode(after) == b"".join(b"# " + line + b"\n" for line in text.splitlines())


def test_what_apt_cannot_read_is_said_and_can_be_disabled(node: Node) -> None:
    put(node, "/etc/apt/sources.list.d/broken.list", "deb http://h/\n")
    put(node, "/etc/apt/sources.list.d/broken.sources", "nonsense\nTypes: deb\n")
    assert node.root("apt-get check").rc != 0
    assert "apt cannot read it" in " ".join(node.role("apt_sources").ok().output.split())
    written(node, apt_sources_exclusive=True)
    node.root("apt-get check").ok()


def test_a_converged_run_is_one_call_that_is_quickly_decided(node: Node) -> None:
    run = node.play(ROLE_PLAYBOOK, "-vvv", variables={"roles_under_test": ["apt_sources"]}).ok()
    assert run.actions == set()
    assert re.findall(r"^Using module file \S+/(\w+)\.py", run.output, re.MULTILINE)[-1:] == ["apt_sources"]
    # The quickest counts: whatever disturbs it only ever makes it longer.
    assert min(look(node).used for _ in range(3)) < SECONDS


def test_a_full_disk_loses_nothing(node: Node) -> None:
    evil = "deb http://evil.example.org/ ./\n" * 250
    node.root(
        "mv /etc/apt/sources.list.d /etc/apt/kept && mkdir /etc/apt/sources.list.d && "
        "mount -t tmpfs -o size=16k tmpfs /etc/apt/sources.list.d && cp -a /etc/apt/kept/. /etc/apt/sources.list.d/"
    ).ok()
    try:
        put(node, "/etc/apt/sources.list.d/evil.list", evil)
        before = node.root("ls -A /etc/apt/sources.list.d; cat /etc/apt/sources.list.d/*").ok()
        node.role("apt_sources", variables={"apt_sources_exclusive": True}).failed("No space left on device")
        assert node.root("ls -A /etc/apt/sources.list.d; cat /etc/apt/sources.list.d/*").ok() == before
    finally:
        node.root(
            "umount /etc/apt/sources.list.d; rm -r /etc/apt/sources.list.d; mv /etc/apt/kept /etc/apt/sources.list.d"
        )


def test_what_is_declared_wrongly_is_an_error(node: Node) -> None:
    """One of each kind that tests/unit holds: each ends a run by the same way."""
    variables = {"apt_sources_security_mirror": "http://h/x\nTrusted: yes"}
    node.role("apt_sources", variables=variables).failed("apt_sources_security_mirror")


def test_a_declared_mirror_is_used_and_passwords_are_not_shown(node: Node) -> None:
    address = archive.mirror().replace("://", "://me:secret@")
    shown = node.role("apt_sources", check=True, variables={"apt_sources_mirror": address}).ok().output
    assert "secret" not in shown
    assert "+URIs: " + archive.mirror().replace("://", "://***@") in shown
    assert written(node, apt_sources_mirror=address) == {OURS}
    assert f"URIs: {address}" in node.root(f"cat {OURS}").ok()
