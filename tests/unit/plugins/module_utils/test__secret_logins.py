from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_logins import LOGINS
from ansible_collections.ai_systems.runbook.plugins.module_utils._secret_pattern import search
from tests.secret_samples import ALNUM, CRYPT, HEX, basic, drawn


def found(text: str) -> list[str]:
    return sorted({pattern.name for pattern in LOGINS for _hit in search(pattern, text)})


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("https://op:geheim@example.net/", ["url-password"]),
        ("https://op:p%40ss@example.net/", ["url-password"]),
        ("https://op:%s@example.net/", []),
        ("https://op:<password>@example.net/", []),
        ("https://op@example.net:8080/a:b@c", []),
        (f"Authorization: Basic {basic()}", ["auth-header"]),
        (f"Authorization: Basic {drawn(ALNUM, 20)}", []),
        (f"authorization = token {drawn(HEX, 40)}", ["auth-header"]),
        ("Authorization: Bearer token", []),
        ("Authorization: Digest username=x", []),
        ("X-Api-Key: your-api-key-goes-here", []),
        ("X-Request-Id: " + drawn(HEX, 32), []),
        ("machine x login y\n\nmachine z login q password geheim\n", ["netrc"]),
        ("the machine has a login and a password policy", []),
        (f"a:$5$rounds=5000${drawn(CRYPT, 16)}${drawn(CRYPT, 43)}:", ["crypt-hash"]),
        ("a:$6$rounds=5000$usesomesillystringforsalt$short:", []),
        ("awk '{ print $1$2$6$7 }'", []),
        ("wpa-psk geheim", ["wifi-key"]),
        ("# wpa-psk <key>", []),
        ("  wpa-key-mgmt wpa-psk\n", []),
        ("requirepass geheim", ["setting-password"]),
        ("# requirepass foobared-geheim", []),
        ("CREATE ROLE x WITH PASSWORD 'geheim'", ["sql-password"]),
        ("IDENTIFIED BY :password", []),
        ("x --token=geheim", ["option-password"]),
        ("x --token-file geheim", []),
        ("x --password --user y", []),
        ("x --passive 1", []),
        ("mysql -pgeheim", ["command-password"]),
        ("mysql -p", []),
        ("mysql -p geheim", []),
        ("mysqldump -u x -pgeheim db", ["command-password"]),
        ("mysql -h port -P3306", []),
        ("docker run -p 80:80 x", []),
        ("docker login -p geheim", ["command-password"]),
        ("ssh -p 22 x", []),
        ("openssl x -passin file:/x", []),
        ("curl -u op:geheim x", ["command-login"]),
        ("curl -u op x", []),
        ("curl -uop:geheim x", ["command-login"]),
        ("curl --user op: x", []),
        ("curl -v https://x/a:b", []),
        ("echo op:geheim | chpasswd", ["piped-password"]),
        ("echo $1 | chpasswd", []),
        ("echo geheim | tee x", []),
    ],
)
def test_a_line_is_a_login_by_its_form(text: str, rules: list[str]) -> None:
    assert found(text) == rules
