# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No private key is brought to a node or made there."""

from __future__ import annotations

import posixpath
import re
import typing as t

from runbook_lint.decisions._secret_places import exempt_of, place_of
from runbook_lint.jinja import is_template
from runbook_lint.node_files import placed
from runbook_lint.rule import Breach, RunbookRule

if t.TYPE_CHECKING:
    from runbook_lint.shell import Command
    from runbook_lint.tasks import TaskView

# What makes a private key, and the argument that says where.
_MAKERS: t.Final[t.Mapping[str, str]] = {
    "community.crypto.openssh_keypair": "path",
    "community.crypto.openssl_privatekey": "path",
    "community.crypto.openssl_privatekey_pipe": "content",
    "community.crypto.openssl_pkcs12": "path",
    "community.crypto.luks_device": "keyfile",
    "community.general.java_keystore": "dest",
    "community.general.gpg_key": "file",
}
_USER: t.Final = "ansible.builtin.user"
# As people name such files, wherever they lie.
_BY_NAME: t.Final = re.compile(
    r"""id_(?:rsa|dsa|ecdsa|ed25519|xmss)(?:_sk)?(?:[._-][\w-]+)?(?<!\.pub)
    |[\w.-]+_(?:rsa|ed25519|ecdsa)
    |[\w.-]*(?:private|priv)[_-]?key[\w-]*(?:\.(?:pem|key|der|asc|gpg|json))?
    |[\w*.-]*(?:privkey|_key|-key)\.pem
    |(?:key|privkey|server|client|tls|ssl|domain|host)[\w-]*\.key
    |.*\.(?:ppk|p12|pfx|jks|kdbx)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_HIDDEN_KEY: t.Final = re.compile(
    r"(?:private_?key|privkey|ssl_key|tls_key|ssh_key)(?:_?(?:file|path|src|dest))?\b(?!.*pub)", re.IGNORECASE
)
_ABOUT: t.Final = re.compile(
    r"public|\bpub\b|\.pub\b|\.crt\b|\.csr\b|known_hosts|authorized|apt|keyring", re.IGNORECASE
)
_EXPRESSION: t.Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_HOST_KEY: t.Final = re.compile(r"ssh_host_\w+_key")
_SSH_KEYGEN_READS: t.Final = re.compile(r"-[A-Za-z]*[lyYRFBeirHQpckLDs]")
_OPENSSL_MAKES: t.Final = ("genrsa", "genpkey", "gendsa")
_OTHERS: t.Final = ("age-keygen", "dropbearkey", "puttygen", "certbot", "lego", "acme.sh")


class RunbookKeysRule(RunbookRule):
    """No private key is brought to a node or made there."""

    id = "runbook-6-3-keys"
    clause = "6.3"
    description = "Private keys that tasks copy to nodes or generate there, but for a node's own SSH host keys."
    remedy = (
        "keep the key on the controller, or hand it to its unit by services_credentials, which puts it into memory only"
    )
    tags = ["runbook", "security"]

    def judge_task(self, task: TaskView) -> t.Iterator[Breach]:
        """Find what copies, writes or makes private keys on a node."""
        if task.is_on_controller:
            return
        yield from _made(task)
        for file in placed(task):
            what = _what(file.path) or _what(file.source) if file.way in ("write", "link") else ""
            if what:
                yield Breach(f"{what} reaches the node", at=file.at)
                return
        yield from _by_variable(task)


def _what(path: str) -> str:
    """Return which private key a path is, with its article, "" for any other file."""
    name = posixpath.basename(path)
    if not name or exempt_of(path) or _HOST_KEY.fullmatch(name) or name.endswith((".pub", ".crt", ".csr")):
        return ""
    place = place_of(path if path.startswith("/") else f"/{path}")
    if place is not None and place.holds is None:
        return f"{place.what} ({name})"
    return f"a private key ({name})" if _BY_NAME.fullmatch(name) else ""


def _by_variable(task: TaskView) -> t.Iterator[Breach]:
    """Find copies of what a variable names, whose own name says that it is a private key."""
    if task.module not in ("ansible.builtin.copy", "ansible.builtin.template", "ansible.posix.synchronize"):
        return
    for at in ("src", "dest", "content"):
        for text in task.values(at):
            for found in _EXPRESSION.findall(text):
                if _HIDDEN_KEY.search(found) and not _ABOUT.search(found):
                    yield Breach(f"whether '{found}' is a private key that reaches the node", at=at, is_certain=False)
                    return


def _made(task: TaskView) -> t.Iterator[Breach]:
    if task.module in _MAKERS and task.value("state") != "absent":
        path = task.value(_MAKERS[task.module])
        if not _HOST_KEY.search(path):
            short = task.module.rpartition(".")[2]
            yield Breach(f"{short} makes a private key on the node", at=_MAKERS[task.module])
    if task.module == _USER and (task.is_true("generate_ssh_key") or is_template(task.value("generate_ssh_key"))):
        certain = not is_template(task.value("generate_ssh_key"))
        yield Breach("user makes a private key of SSH on the node", at="generate_ssh_key", is_certain=certain)
    for command in task.script.commands if task.script else ():
        what = _made_by(command)
        if what:
            yield Breach(f"'{what}' makes a private key on the node", at=command.line)


def _made_by(command: Command) -> str:
    """Return how a command makes a private key, "" where it does not."""
    words = command.argv[1:]
    program = command.program
    if program == "ssh-keygen":
        reads = any(_SSH_KEYGEN_READS.fullmatch(word) for word in words)
        is_host_key = "-A" in words or any(_HOST_KEY.search(word) for word in words)
        return "" if reads or is_host_key else program
    if program == "openssl":
        verb = words[0] if words else ""
        makes = verb in _OPENSSL_MAKES or (verb == "ecparam" and "-genkey" in words)
        makes = makes or (verb == "req" and any(word in ("-newkey", "-keyout", "-nodes", "-noenc") for word in words))
        return f"openssl {verb}" if makes else ""
    if program == "wg":
        return " ".join(("wg", *words[:1])) if words[:1] in (["genkey"], ["genpsk"]) else ""
    if program in ("gpg", "gpg2"):
        made = next(
            (word for word in words if word.startswith(("--gen-key", "--full-gen", "--quick-gen", "--generate-key"))),
            "",
        )
        return f"gpg {made}" if made else ""
    if program in _OTHERS:
        is_making = program not in ("certbot", "lego") or bool(
            {"certonly", "run", "renew", "--nginx", "--apache"} & set(words)
        )
        return program if is_making else ""
    return ""
