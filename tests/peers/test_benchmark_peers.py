"""The benchmark's peers do what provision.yml does: each brings a node back into its end state, whatever is broken.

A peer that only looked quick, since it leaves something out, would show here.
"""

from __future__ import annotations

import typing as t

import pytest

from benchmarks import contenders, endstate, site
from benchmarks.peers_setup import ensure_pyinfra
from benchmarks.running import BenchmarkError, Shell, on_node, want
from benchmarks.site import Site
from tests.nodes.harness import lab

NODE = "t-bench-peers"
GREETER = f"{endstate.CHECKOUT}/greeter"
OLD_KEYS = f"/home/{endstate.BOOTSTRAP}/.ssh/authorized_keys"
# Of each part of the end state something; questions whose answers it changes.
BREAK = {
    "hostname": "hostnamectl set-hostname somebody",
    "content apt": f"echo 'APT::Periodic::Enable \"1\";' > {endstate.PATHS['apt']}",
    "content sshd": f"sed -i s/PermitTunnel/#/ {endstate.PATHS['sshd']}",
    "content sudoers": f"echo '# more' >> {endstate.PATHS['sudoers']}",
    "content journald": f"rm {endstate.PATHS['journald']}",
    "content authorized": f"echo 'ssh-ed25519 AAAA other' >> {endstate.PATHS['authorized']}",
    f"mode /home/{endstate.OPERATOR}": f"chmod 755 /home/{endstate.OPERATOR}",
    f"gone {OLD_KEYS}": f"echo x > {OLD_KEYS}",
    "gone /etc/sudoers.d/90-bootstrap": "echo 'debian ALL=(ALL) ALL' > /etc/sudoers.d/90-bootstrap",
    f"account {endstate.BOOTSTRAP}": f"echo {endstate.BOOTSTRAP}:x | chpasswd",
    "package curl": "apt-get -qq --yes remove curl >/dev/null 2>&1",
    "changes": f"echo >> {GREETER}/report.py",
    "locked packages": f"cd / && runuser -u {endstate.OPERATOR} -- {GREETER}/.venv/bin/pip uninstall -q -y waitress",
    "link greeter-report.service": "rm /etc/systemd/system/greeter-report.service",
    "unit greeter.service": "systemctl stop greeter.service",
    "unit greeter-report.timer": "systemctl disable --now greeter-report.timer && systemctl daemon-reload",
    "unit apt-daily.timer": "systemctl enable --now apt-daily.timer 2>/dev/null",
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Site]:
    made = site.made([NODE], say=print, folder=tmp_path_factory.mktemp("site"))
    contenders.write_stock_variables(made)
    yield made
    lab("down", NODE)


def shells(of: Site) -> dict[str, Shell]:
    return {
        "stock.yml": contenders.stock(of, [NODE]),
        "deploy.py": contenders.with_pyinfra(of, [NODE], ensure_pyinfra()),
    }


@pytest.mark.parametrize("peer", ["stock.yml", "deploy.py"])
def test_everything_that_is_broken_is_seen_and_mended(broken: Site, peer: str) -> None:
    broken.check([NODE], after="the last test")
    for command in BREAK.values():
        on_node(NODE, command)
    with pytest.raises(BenchmarkError) as caught:
        broken.check([NODE], after="breaking it")
    assert [question for question in BREAK if f"{question}: " not in str(caught.value)] == []
    want(shells(broken)[peer].measured(limit=600), peer)
    broken.check([NODE], after=peer)
