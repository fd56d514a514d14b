"""Credentials for a real node, by the places where people leave them."""

from __future__ import annotations

import gzip
import json

from tests.secret_samples import (
    ALNUM,
    B64,
    BAD,
    BECH32,
    CRYPT,
    HEX,
    PW,
    WG,
    basic,
    drawn,
    github,
    jwt,
    openssh,
    pem,
    putty,
)

HASH = f"$6${drawn(CRYPT, 16)}${drawn(CRYPT, 86)}"
TOKEN = drawn(ALNUM, 40, "node")
# By path: content and the rules that find something in it.
SEEDED: dict[str, tuple[str | bytes, set[str]]] = {
    # Keys.
    "/home/ops/.ssh/id_ed25519": (openssh(), {"ssh-private-key"}),
    "/root/.ssh/id_rsa": (pem(encrypted=True), {"ssh-private-key"}),
    "/home/ops/old/deploy.pem": (pem(seed="b"), {"pem-key"}),
    "/home/ops/old/key of Jörg": (openssh("aes256-ctr"), {"openssh-encrypted-key"}),
    "/home/ops/old/login.ppk": (putty(), {"keystore"}),
    "/home/ops/old/signing.asc": (BAD["pgp-key"][0], {"pgp-key"}),
    "/home/ops/.gnupg/private-keys-v1.d/AB.key": (b"(private-key (rsa \0\1))", {"gnupg-private-key"}),
    "/home/ops/.config/sops/age/keys.txt": (f"# created: today\nAGE-SECRET-KEY-1{drawn(BECH32, 58)}\n", {"age-key"}),
    "/etc/wireguard/wg0.conf": (f"[Interface]\nAddress = 10.0.0.1/24\nPrivateKey = {WG}\n", {"wireguard-key"}),
    "/etc/openvpn/client.conf": (f"client\n<tls-auth>\n{BAD['openvpn-key'][0]}</tls-auth>\n", {"openvpn-key"}),
    "/etc/ssl/private/site.key": (pem(""), {"tls-private"}),
    "/etc/krb5.keytab": (b"\5\2\0\0\0" + b"x" * 40, {"keytab"}),
    "/usr/local/etc/account.json": (
        json.dumps({"type": "service_account", "private_key": pem("")}, indent=1),
        {"pem-key"},
    ),
    "/opt/tool/agent": (b"\x7fELF\2\1\1" + b"\0" * 9000 + openssh(seed="c").encode() + b"\0", {"openssh-key"}),
    # Logins in homes.
    "/home/ops/.git-credentials": (f"https://op:{TOKEN}@git.example.net\n", {"git-credentials"}),
    "/home/ops/.netrc": (f"machine git.example.net login op password {PW}\n", {"netrc"}),
    "/home/ops/.aws/credentials": (
        f"[default]\naws_access_key_id = {BAD['aws-access-key'][0]}\naws_secret_access_key = {drawn(B64, 40)}\n",
        {"aws-access-key", "named-secret"},
    ),
    "/home/ops/.docker/config.json": (
        json.dumps({"auths": {"r.example.net": {"auth": basic()}}}, indent=1),
        {"docker-login"},
    ),
    "/home/ops/.kube/config": (
        f"users:\n- user:\n    token: {TOKEN}\n    {BAD['base64-key'][0]}",
        {"named-secret", "base64-key"},
    ),
    "/home/ops/.npmrc": (f"fund=false\n//r.example.net/:_authToken=npm_{drawn(ALNUM, 36)}\n", {"npm-token"}),
    "/home/ops/.pypirc": (f"[x]\nusername = op\npassword = {PW.replace('&', '')}\n", {"named-secret"}),
    "/home/ops/.pgpass": (f"# host\ndb:5432:*:app:{PW}\n", {"pgpass"}),
    "/home/ops/.config/gh/hosts.yml": (
        f"github.com:\n    oauth_token: {github('gho')}\n    user: op\n",
        {"github-token"},
    ),
    "/home/ops/.config/gcloud/credentials.db": (b"SQLite format 3\0x", {"gcloud-credentials"}),
    "/root/.vault-token": (f"hvs.{drawn(ALNUM, 24)}", {"vault-token"}),
    "/root/notes.txt": (f"the router: admin\npassword: {PW.replace('&', '')}\n", {"named-secret"}),
    # The system's own.
    "/etc/apt/auth.conf": (f"machine deb.example.net login op password {PW}\n", {"netrc"}),
    "/etc/apt/auth.conf.d/mirror.conf": (f"machine m.example.net\nlogin op\npassword {PW}\n", {"netrc"}),
    "/etc/NetworkManager/system-connections/home.nmconnection": (
        f"[wifi-security]\nkey-mgmt=wpa-psk\npsk={PW}\n",
        {"named-secret"},
    ),
    "/etc/wpa_supplicant/wpa_supplicant.conf": (f'network={{\n  ssid="home"\n  psk="{PW}"\n}}\n', {"named-secret"}),
    "/etc/netplan/50-wifi.yaml": (
        f'network:\n  wifis:\n    wlan0:\n      access-points:\n        "home":\n          password: "{PW}"\n',
        {"named-secret"},
    ),
    "/etc/network/interfaces.d/wlan0": (
        f"iface wlan0 inet dhcp\n  wpa-ssid home\n  wpa-psk {drawn(HEX, 64)}\n",
        {"wifi-key"},
    ),
    "/etc/ppp/chap-secrets": (f'# client server secret\n"op" * "{PW}" *\n', {"ppp-secrets"}),
    "/etc/credstore/db": ("geheim", {"credential-store"}),
    "/etc/nginx/.htpasswd": (f"op:$apr1${drawn(CRYPT, 8)}${drawn(CRYPT, 22)}\n", {"crypt-hash"}),
    "/etc/default/agent": (f"LEVEL=info\nAPI_KEY={TOKEN}\n", {"named-secret"}),
    "/etc/cron.d/backup": (f"0 3 * * * root mysqldump -u root -p{drawn(ALNUM, 12)} db > /x\n", {"command-password"}),
    "/var/lib/tailscale/tailscaled.state": ("{}", {"tailscale-state"}),
    "/var/lib/systemd/coredump/core.agent.zst": (b"(\xb5/\xfd", {"core-dump"}),
    "/var/backups/db.sql.gz": (gzip.compress(f"CREATE USER x IDENTIFIED BY '{PW}';\n".encode()), {"sql-password"}),
    # The first boot.
    "/boot/firmware/user-data": (
        f"#cloud-config\nchpasswd:\n  users:\n  - {{name: op, password: {drawn(ALNUM, 9)}, type: text}}\n",
        {"named-secret"},
    ),
    "/boot/firmware/userconf.txt": (f"op:{HASH}\n", {"crypt-hash"}),
    "/boot/firmware/network-config": (
        f'version: 2\nwifis:\n  wlan0:\n    access-points:\n      "x":\n        password: "{PW}"\n',
        {"named-secret"},
    ),
    "/var/lib/cloud/instances/i-1/user-data.txt": (f"#cloud-config\npassword: {PW}\n", {"named-secret"}),
    "/var/log/cloud-init-output.log": (f"ok\nset token={drawn(HEX, 32)}\n", {"named-secret"}),
    # What was typed.
    "/home/ops/.bash_history": (
        f"ls\nexport TOKEN={TOKEN}\ncurl -u op:{PW.replace('&', '')} https://x\n",
        {"named-secret", "command-login"},
    ),
    "/root/.mysql_history": (f"ALTER USER x IDENTIFIED BY '{PW}';\n", {"sql-password"}),
    "/home/ops/.python_history": (f"client = Client('{github(seed='p')}')\n", {"github-token"}),
    # git.
    "/srv/app/.git/config": (
        f'[core]\n[remote "origin"]\n\turl = https://op:{TOKEN}@git.example.net/x.git\n',
        {"url-password"},
    ),
    "/home/ops/.gitconfig": (
        f"[user]\n\tname = op\n[http]\n\textraheader = AUTHORIZATION: basic {basic()}\n",
        {"auth-header"},
    ),
    "/root/.gitconfig": ("[credential]\n\thelper = store\n", {"git-helper"}),
    # Programs.
    "/srv/app/.env": (
        f"DEBUG=1\nDATABASE_URL=postgres://app:{PW}@db/app\nSTRIPE={BAD['stripe-key'][0]}\n",
        {"url-password", "stripe-key"},
    ),
    "/srv/app/settings.py": (f'DEBUG = True\nSECRET_KEY = "{TOKEN}"\n', {"named-secret"}),
    "/opt/tool/config.yml": (
        f"model: x\nkey: {BAD['anthropic-key'][0]}\nbot: {BAD['telegram-token'][0]}\n",
        {"anthropic-key", "telegram-token"},
    ),
    "/var/www/app.js": (f"const t = '{jwt()}';\n", {"jwt"}),
}

__all__ = ("HASH", "SEEDED", "TOKEN")
