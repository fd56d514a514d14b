from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils import _code_settings as settings
from ansible_collections.ai_systems.runbook.plugins.module_utils._code_settings import Line


def exists(path: str) -> bool:
    return not path.endswith("none")


def audited(path: str) -> bool:
    return path.startswith("/usr/")


@pytest.mark.parametrize(("line", "what"), [
    (". /opt/x", "it reads /opt/x"), ("[ -f /opt/x ] && source '/opt/x'", "it reads /opt/x"),
    ("if true; then . ~/x; fi", "it reads /root/x"), (". $HOME/.bash_aliases", ""), (". /usr/share/x", ""),
    (". /opt/none", ""), ('. "$x/y"', ""), ("# . /opt/x", ""), ("alias ll='ls -l'", ""),
    ("alias sudo='/opt/x'", "it puts something else in the place of sudo"),
    ("  alias -- git=/opt/x", "it puts something else in the place of git"),
    ("sudo () { /opt/x; }", "it puts something else in the place of sudo"),
    ("export LD_PRELOAD=/opt/x.so", "it sets LD_PRELOAD"), ("PROMPT_COMMAND=x", "it sets PROMPT_COMMAND"),
    ("LD_PRELOAD=", ""), ("MY_LD_PRELOAD=x", ""), ("curl -s http://x | bash", "it runs what it fetches"),
    ('eval "$(wget -qO- x)"', "it runs what it fetches"), ('eval "$(dircolors)"', ""), ("curl -s x | jq .", ""),
])  # fmt: skip
def test_shells(line: str, what: str) -> None:
    found = settings.of_shell(f"# head\n{line}\n", "/root", audited, exists)
    assert found == ([Line(2, what)] if what else [])


def test_variables() -> None:
    text = "PATH=/usr/bin\nPYTHONPATH=/opt\n#LD_PRELOAD=x\nDefaultEnvironment=LD_AUDIT=/x\n"
    assert [one.number for one in settings.of_environment(text)] == [2, 4]


@pytest.mark.parametrize(("line", "found"), [
    ("auth required pam_unix.so", False), ("auth [success=1 default=ignore] pam_own.so x", True),
    ("session optional /opt/pam_x.so", True), ("session optional pam_exec.so quiet /opt/x", True),
    ("session optional pam_exec.so /usr/bin/x", False), ("@include common-auth", False),
    ("-session optional /opt/none", False),
])  # fmt: skip
def test_pam(*, line: str, found: bool) -> None:
    def is_there(path: str) -> bool:
        return path in ("/usr/lib/x/security/pam_unix.so", "/lib/x/pam_own.so", "/opt/pam_x.so", "/opt/x", "/usr/bin/x")

    said = settings.of_pam(line, audited, is_there, ["/usr/lib/x/security", "/lib/x"])
    assert bool(said) == found


def test_the_loader() -> None:
    usual = {"/usr/local/lib", "/lib"}
    text = "# x\ninclude /etc/ld.so.conf.d/*.conf\n/usr/local/lib\n/lib/\n/opt/lib\n"
    assert [one.number for one in settings.of_loader(text, usual)] == [5]
    assert [one.number for one in settings.of_preload("#\n/usr/lib/x.so\n")] == [2]


@pytest.mark.parametrize(("line", "found"), [
    ("install loop /bin/true", False), ("install loop /usr/bin/false", False), ("install loop /opt/x", True),
    ("remove loop /sbin/modprobe -r x", False), ("blacklist loop", False), ("install loop /usr/sbin/x a", False),
    ("install loop 'odd", True),
])  # fmt: skip
def test_modprobe(*, line: str, found: bool) -> None:
    assert bool(settings.of_modprobe(line, audited)) == found


def test_binfmt_and_pth() -> None:
    assert settings.of_binfmt(":own:M::OWN::/opt/x:\n:py:M::x::/usr/bin/python3:\nodd\n", audited) == [
        Line(1, "files of a kind of their own are run by /opt/x")
    ]
    assert [one.number for one in settings.of_pth("# x\n\nimport os\n./lib\n")] == [3, 4]


def test_paths_of_a_shell() -> None:
    assert settings.expanded("${HOME}/x", "/root") == "/root/x"
    assert settings.expanded("$X/x", "/root") == ""
    assert settings.expanded("x", "/root") == ""
