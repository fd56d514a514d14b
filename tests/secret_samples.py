"""Credentials that are none: made up anew, from parts, so that no scanner finds one in this repository."""

from __future__ import annotations

import base64
import hashlib
import json
import string
import zlib

ALNUM = string.ascii_letters + string.digits
URL = ALNUM + "-_"
B64 = ALNUM + "+/"
CRYPT = ALNUM + "./"
HEX = "0123456789abcdef"
UPPER = string.ascii_uppercase + "234567"
BECH32 = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
_DASHES = "-" * 5
_KEY = "KEY"
_OPENAI = "T3Blbk" + "FJ"


def drawn(alphabet: str, size: int, seed: str = "a") -> str:
    """Return as many characters, the same in each run and as mixed as chance has them."""
    stream = b"".join(hashlib.sha256(f"{seed}{number}{alphabet}".encode()).digest() for number in range(size // 32 + 1))
    return "".join(alphabet[code % len(alphabet)] for code in stream[:size])


def github(prefix: str = "ghp", seed: str = "a") -> str:
    body = drawn(ALNUM, 30, seed)
    number, digits = zlib.crc32(body.encode()), ""
    for _place in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return f"{prefix}_{body}{digits}"


def armored(kind: str, body: str, *, headers: str = "") -> str:
    lines = "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
    return f"{_DASHES}BEGIN {kind}{_DASHES}\n{headers}{lines}\n{_DASHES}END {kind}{_DASHES}\n"


def openssh(cipher: str = "none", seed: str = "a") -> str:
    raw = b"openssh-key-v1\0" + len(cipher).to_bytes(4, "big") + cipher.encode()
    raw += hashlib.sha512(seed.encode()).digest() * 3
    return armored(f"OPENSSH PRIVATE {_KEY}", base64.b64encode(raw).decode())


def pem(kind: str = "RSA ", *, encrypted: bool = False, seed: str = "a") -> str:
    headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n" if encrypted else ""
    return armored(f"{kind}PRIVATE {_KEY}", drawn(B64, 400, seed), headers=headers)


def putty(cipher: str = "none") -> str:
    return (
        f"PuTTY-User-Key-File-"
        f"3: ssh-ed25519\nEncryption: {cipher}\nComment: me\nPublic-Lines: 1\n{drawn(B64, 60)}\n"
        f"Private-Lines: 1\n{drawn(B64, 48, 'b')}\nPrivate-MAC: {drawn(HEX, 64)}\n"
    )


def jwt(algorithm: str = "HS256", **claims: str) -> str:
    head, body = (
        base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=")
        for one in ({"alg": algorithm, "typ": "JWT"}, claims or {"sub": "node-7", "scope": "all"})
    )
    return f"{head}.{body}.{drawn(URL, 43)}"


def basic(user: str = "op", password: str = "tr0ub4dor") -> str:  # noqa: S107
    return base64.b64encode(f"{user}:{password}".encode()).decode()


WG = base64.b64encode(hashlib.sha256(b"wg").digest()).decode()
PW = "tr0ub" + "4dor&3"

# By the rule that finds it.
BAD: dict[str, tuple[str, ...]] = {
    "openssh-key": (openssh(), "key: |\n  " + openssh().replace("\n", "\n  "), json.dumps({"k": openssh()})),
    "openssh-encrypted-key": (openssh("aes256-ctr"),),
    "pem-key": (pem(), pem(""), pem("EC "), json.dumps({"type": "service_account", "private_key": pem("")})),
    "pem-encrypted-key": (pem(encrypted=True), pem("ENCRYPTED ")),
    "ssh2-key": (f"---- BEGIN SSH2 ENCRYPTED PRIVATE {_KEY} ----\nComment: x\n{drawn(B64, 64)}\n{drawn(B64, 64)}\n",),
    "pgp-key": (armored(f"PGP PRIVATE {_KEY} BLOCK", drawn(B64, 300), headers="Version: GnuPG v2\n\n"),),
    "openvpn-key": (armored(f"OpenVPN Static {_KEY.lower()} V1", drawn(HEX, 512)),),
    "putty-key": (putty(),),
    "putty-encrypted-key": (putty("aes256-cbc"),),
    "age-key": (f"# created: 2026\nAGE-SECRET-{_KEY}-1{drawn(BECH32, 58)}\n",),
    "wireguard-key": (f"[Interface]\nPrivateKey = {WG}\n", f"PresharedKey={WG}\n"),
    "jwk-key": (json.dumps({"kty": "EC", "crv": "P-256", "d": drawn(URL, 43)}),),
    "base64-key": (f"client-key-data: {base64.b64encode(pem().encode()).decode()}\n",),
    "github-token": (github(), github("gho"), github("ghs"), f"x={github()}&y=1"),
    "github-fine-token": (f"github_pat_{drawn(ALNUM, 22)}_{drawn(ALNUM, 59)}",),
    "gitlab-token": (f"glpat-{drawn(URL, 20)}", f"glrt-{drawn(URL, 20)}"),
    "bitbucket-token": (f"ATBB{drawn(ALNUM, 32)}", f"ATATT3{drawn(URL, 186)}"),
    "aws-access-key": (f"AKIA{drawn(UPPER, 16)}", f"aws_access_key_id = ASIA{drawn(UPPER, 16)}"),
    "gcp-api-key": (f"AIza{drawn(URL, 35)}",),
    "gcp-client-secret": (f"GOCSPX-{drawn(URL, 28)}",),
    "gcp-access-token": (f"ya29.{drawn(URL, 120)}",),
    "gcp-refresh-token": (f"1//0{drawn(URL, 60)}",),
    "azure-client-secret": (f"{drawn(ALNUM, 3)}8Q~{drawn(ALNUM, 34)}",),
    "azure-account-key": (f"AccountName=x;AccountKey={drawn(B64, 86)}==;EndpointSuffix=y",),
    "digitalocean-token": (f"dop_v1_{drawn(HEX, 64)}",),
    "cloudflare-origin-key": (f"v1.0-{drawn(HEX, 24)}-{drawn(HEX, 146)}",),
    "alibaba-access-key": (f"LTAI{drawn(ALNUM, 20)}",),
    "heroku-token": (f"HRKU-{drawn(URL, 60)}",),
    "flyio-token": (f"fo1_{drawn(URL, 43)}",),
    "scaleway-access-key": (f"SCW{drawn(UPPER, 17)}",),
    "tailscale-key": (f"tskey-auth-{drawn(ALNUM, 17)}-{drawn(ALNUM, 32)}",),
    "tailscale-machine-key": (f"privkey:{drawn(HEX, 64)}",),
    "docker-token": (f"dckr_pat_{drawn(URL, 27)}",),
    "vault-token": (f"hvs.{drawn(URL, 95)}",),
    "terraform-token": (f"{drawn(ALNUM, 14)}.atlasv1.{drawn(URL, 67)}",),
    "pulumi-token": (f"pul-{drawn(HEX, 40)}",),
    "grafana-token": (f"glsa_{drawn(ALNUM, 32)}_{drawn(HEX, 8)}", f"glc_{drawn(ALNUM, 60)}"),
    "sentry-token": (f"sntryu_{drawn(HEX, 64)}",),
    "newrelic-key": (f"NRAK-{drawn(UPPER, 27)}",),
    "dynatrace-token": (f"dt0c01.{drawn(UPPER, 24)}.{drawn(UPPER, 64)}",),
    "databricks-token": (f"dapi{drawn(HEX, 32)}",),
    "planetscale-token": (f"pscale_pw_{drawn(URL, 43)}",),
    "1password-token": (f"ops_eyJ{drawn(B64, 260)}",),
    "doppler-token": (f"dp.pt.{drawn(ALNUM, 43)}",),
    "anthropic-key": (f"sk-ant-api03-{drawn(URL, 93)}AA",),
    "openai-key": (
        f"sk-proj-{drawn(URL, 74)}{_OPENAI}{drawn(URL, 74)}",
        f"sk-{drawn(ALNUM, 20)}{_OPENAI}{drawn(ALNUM, 20)}",
    ),
    "huggingface-token": (f"hf_{drawn(string.ascii_letters, 34)}",),
    "openrouter-key": (f"sk-or-v1-{drawn(HEX, 64)}",),
    "groq-key": (f"gsk_{drawn(ALNUM, 52)}",),
    "xai-key": (f"xai-{drawn(ALNUM, 80)}",),
    "perplexity-key": (f"pplx-{drawn(ALNUM, 48)}",),
    "replicate-token": (f"r8_{drawn(ALNUM, 37)}",),
    "npm-token": (f"npm_{drawn(ALNUM, 36)}", f"//registry.example/:_authToken=npm_{drawn(ALNUM, 36)}"),
    "pypi-token": (f"pypi-AgE{drawn(URL, 150)}",),
    "rubygems-key": (f"rubygems_{drawn(HEX, 48)}",),
    "crates-token": (f"cio{drawn(ALNUM, 32)}",),
    "nuget-key": (f"oy2{drawn(string.ascii_lowercase + string.digits, 43)}",),
    "clojars-token": (f"CLOJARS_{drawn(HEX + 'xyz', 60)}",),
    "artifactory-key": (f"AKCp{drawn(ALNUM, 69)}",),
    "slack-token": (
        f"xoxb-{drawn(string.digits, 12)}-{drawn(string.digits, 12)}-{drawn(ALNUM, 24)}",
        f"xapp-1-A{drawn(ALNUM, 60)}",
    ),
    "slack-webhook": (f"https://hooks.slack.com/services/T{drawn(UPPER, 8)}/B{drawn(UPPER, 10)}/{drawn(ALNUM, 24)}",),
    "discord-token": (f"discord bot M{drawn(URL, 23)}.{drawn(ALNUM, 6)}.{drawn(URL, 38)}",),
    "discord-webhook": (f"https://discord.com/api/webhooks/{drawn(string.digits, 18)}/{drawn(URL, 68)}",),
    "telegram-token": (f"{drawn('123456789', 10)}:AA{drawn(URL, 33)}",),
    "twilio-key": (f"SK{drawn(HEX, 32)}",),
    "sendgrid-key": (f"SG.{drawn(URL, 22)}.{drawn(URL, 43)}",),
    "mailgun-key": (f"key-{drawn(HEX, 32)}",),
    "mailchimp-key": (f"{drawn(HEX, 32)}-us12",),
    "stripe-key": (f"sk_live_{drawn(ALNUM, 24)}", f"whsec_{drawn(ALNUM, 32)}"),
    "square-token": (f"sq0atp-{drawn(URL, 22)}",),
    "shopify-token": (f"shpat_{drawn(HEX, 32)}",),
    "facebook-token": (f"EAAM{drawn(ALNUM, 120)}",),
    "linear-key": (f"lin_api_{drawn(ALNUM, 40)}",),
    "notion-token": (f"ntn_{drawn(ALNUM, 46)}",),
    "airtable-token": (f"pat{drawn(ALNUM, 14)}.{drawn(HEX, 64)}",),
    "postman-key": (f"PMAK-{drawn(HEX, 24)}-{drawn(HEX, 34)}",),
    "buildkite-token": (f"bkua_{drawn(HEX, 40)}",),
    "sonarqube-token": (f"squ_{drawn(HEX, 40)}",),
    "supabase-token": (f"sbp_{drawn(HEX, 40)}",),
    "netlify-token": (f"nfp_{drawn(ALNUM, 40)}",),
    "easypost-token": (f"EZAK{drawn(ALNUM, 54)}",),
    "dropbox-token": (f"sl.{drawn(URL, 140)}",),
    "adafruit-key": (f"aio_{drawn(ALNUM, 28)}",),
    "jwt": (jwt(), f"Cookie: s={jwt('RS256')}"),
    "url-password": (
        f"https://op:{PW}@git.example.net/x.git",
        "postgres://app:s3cr%40t9@db/app",
        "redis://:h8x2k9@cache:6379/0",
    ),
    "auth-header": (
        f"curl -H 'Authorization: Bearer {drawn(ALNUM, 40)}' https://x",
        f"\textraheader = AUTHORIZATION: basic {basic()}\n",
        f'proxy_set_header Authorization "Basic {basic()}";',
    ),
    "key-header": (f"X-Api-Key: {drawn(ALNUM, 32)}", f"curl -H 'X-Auth-Token: {drawn(HEX, 32)}'"),
    "netrc": (f"machine api.example.net\n  login op\n  password {PW}\n", f"default login op password {PW}\n"),
    "crypt-hash": (
        f"pi:$6${drawn(CRYPT, 16)}${drawn(CRYPT, 86)}",
        f"pw: $y$j9T${drawn(CRYPT, 22)}${drawn(CRYPT, 43)}",
        f"op:$apr1${drawn(CRYPT, 8)}${drawn(CRYPT, 22)}",
        f"op:$2y$10${drawn(CRYPT, 53)}",
        f"op:$7$101${drawn(B64, 16)}==${drawn(B64, 86)}==",
        f"x=$argon2id$v=19$m=65536,t=3,p=4${drawn(B64, 22)}${drawn(B64, 43)}",
        f"userPassword: {{SSHA}}{drawn(B64, 32)}",
    ),
    "wifi-key": (f"iface wlan0 inet dhcp\n  wpa-ssid home\n  wpa-psk {drawn(HEX, 64)}\n", "wep_key0=abcde12345\n"),
    "setting-password": (f"bindpw {PW}\n", f'requirepass "{PW}"\n', f"rootpw {PW}\n"),
    "tsig-key": (f'key "x" {{ algorithm hmac-sha256; secret "{drawn(B64, 43)}="; }};',),
    "sql-password": (f"CREATE USER x IDENTIFIED BY '{PW}';", f"ALTER ROLE x WITH PASSWORD '{PW}';"),
    "option-password": (f"backup --password={PW} /x", f"agent --api-token {drawn(ALNUM, 20)}"),
    "command-password": (
        f"sshpass -p {PW.replace('&', '')} ssh x",
        f"mysql -u root -p{PW.replace('&', '')} db",
        f"redis-cli -h x -a {drawn(ALNUM, 12)}",
        f"docker login -u me -p {drawn(ALNUM, 12)}",
        f"htpasswd -bc f op '{PW}'",
        f"smbclient //x/y -U op%{drawn(ALNUM, 9)}",
        "openssl rsa -passin pass:h8x2k9",
        f"nmcli device wifi connect home password '{PW}'",
        f"wpa_passphrase home '{PW}'",
    ),
    "command-login": (f"curl -u op:{PW.replace('&', '')} https://x", f"curl -s --user 'op:{PW}' https://x"),
    "piped-password": (
        f"echo 'op:{PW}' | sudo chpasswd",
        "echo h8x2k9 | sudo -S apt update",
        f"echo '{PW}' | passwd op --stdin",
    ),
    "named-secret": (
        f"password = {PW.replace('&', '')}\n",
        f"DB_PASSWORD='{PW}'\n",
        f'{{"apiKey": "{drawn(ALNUM, 30)}"}}',
        f"  token: {drawn(HEX, 40)}\n",
        f"<password>{PW}</password>",
        f'<add key="ClearTextPassword" value="{PW}" />',
        f"psk={drawn(HEX, 64)}\n",
        f'    password: "{PW}"\n',
        f"aws_secret_access_key = {drawn(B64, 40)}\n",
        f"Passphrase={PW}\n",
        f"_auth={basic()}\n",
        f"export GITHUB_TOKEN={drawn(HEX, 40)}\n",
        f"- {{name: op, password: {drawn(ALNUM, 9)}, type: text}}\n",
        f"user: op  # x\npass: {drawn(ALNUM, 12)}\n",
        f"//server/x /mnt cifs username=op,password={drawn(ALNUM, 10)},uid=1 0 0\n",
        f":rubygems_api_key: {drawn(HEX, 40)}\n",
    ),
}

__all__ = (
    "ALNUM",
    "B64",
    "BAD",
    "BECH32",
    "CRYPT",
    "HEX",
    "PW",
    "UPPER",
    "URL",
    "WG",
    "armored",
    "basic",
    "drawn",
    "github",
    "jwt",
    "openssh",
    "pem",
    "putty",
)
