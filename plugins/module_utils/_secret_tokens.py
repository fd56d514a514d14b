# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokens by the form that their issuers gave them (runbook 6.3). Private to the collection.

Only forms that nothing else has: a prefix of its issuer, a length, an alphabet, a checksum. What has none is found by
the name that it is given to.
"""

from __future__ import annotations

import re
import typing as t

from ._secret_checks import has_checksum, is_jwt
from ._secret_pattern import Grade, Pattern, random_of, value_of

_ALNUM = "[A-Za-z0-9]"
_WORD = "[A-Za-z0-9_]"
_URL = "[A-Za-z0-9_-]"
_HEX = "[0-9a-f]"
_BEFORE = r"(?<![A-Za-z0-9_])"
_AFTER = r"(?![A-Za-z0-9_])"


def _token(
    name: str,
    what: str,
    keywords: str,
    form: str,
    *,
    bits: float = 3.0,
    grade: Grade = "critical",
    check: t.Callable[[str], bool] | None = None,
    in_binary: bool = False,
    begins: bool = True,
) -> Pattern:
    """Return the pattern of a token.

    :param keywords: what its text holds in any case, apart by spaces.
    :param bits: of each character; hexadecimal digits have at most 4.
    :param check: of the whole token, beside its being random.
    :param begins: whether a token begins with its keyword.
    """
    whole = rf"{_BEFORE}(?P<secret>{form}){_AFTER}"
    drawn = random_of(bits)

    def judge(match: re.Match[str]) -> bool:
        return drawn(match) and (check is None or check(value_of(match)))

    words = tuple(keywords.split())
    return Pattern(name, grade, what, words, whole, judge, in_binary=in_binary, begins=begins)


def _is_access_key(token: str) -> bool:
    # Amazon's own documentation has one.
    return not token.endswith("EXAMPLE")


TOKENS: t.Final = (
    # Where code lies.
    _token(
        "github-token",
        "a token of GitHub",
        "ghp_ gho_ ghu_ ghs_ ghr_",
        rf"gh[pousr]_{_ALNUM}{{36}}",
        check=has_checksum,
        in_binary=True,
    ),
    _token("github-fine-token", "a token of GitHub", "github_pat_", rf"github_pat_{_ALNUM}{{22}}_{_ALNUM}{{59}}"),
    _token(
        "gitlab-token",
        "a token of GitLab",
        "glpat- gldt- glrt- glcbt- glptt- glft- glimt- glagent- gloas- glsoat- glffct- GR1348941",
        rf"(?:gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|oas|soat|ffct)-(?:[0-9a-z]{{2}}_)?|GR1348941){_URL}{{20,300}}"
        rf"(?:\.[0-9a-z]{{2}}\.?{_ALNUM}{{7,9}})?",
        in_binary=True,
    ),
    _token("bitbucket-token", "a token of Atlassian", "ATBB ATATT3 ATCTT3",
           r"AT(?:BB|ATT3|CTT3)[A-Za-z0-9_=-]{24,300}"),
    # Clouds.
    _token(
        "aws-access-key",
        "the id of an access key of AWS",
        "AKIA ASIA ABIA ACCA A3T",
        r"(?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}",
        grade="high",
        check=_is_access_key,
        in_binary=True,
    ),
    _token("gcp-api-key", "an API key of Google", "AIza", rf"AIza{_URL}{{35}}", in_binary=True),
    _token("gcp-client-secret", "a client secret of Google", "GOCSPX-", rf"GOCSPX-{_URL}{{28}}"),
    _token("gcp-access-token", "an access token of Google", "ya29.", r"ya29\.[A-Za-z0-9_.-]{40,1000}", grade="high"),
    _token("gcp-refresh-token", "a refresh token of Google", "1//0", rf"1//0{_URL}{{40,200}}"),
    _token("azure-client-secret", "a client secret of Azure", "Q~",
           r"[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}", begins=False),
    _token("azure-account-key", "a key of an Azure account", "AccountKey= SharedAccessKey=",
           r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/]{43,86}={1,2}"),
    _token("digitalocean-token", "a token of DigitalOcean", "dop_v1_ doo_v1_ dor_v1_", rf"do[opr]_v1_{_HEX}{{64}}"),
    _token("cloudflare-origin-key", "an origin key of Cloudflare", "v1.0-", rf"v1\.0-{_HEX}{{24}}-{_HEX}{{146}}"),
    _token("alibaba-access-key", "the id of an access key of Alibaba", "LTAI", rf"LTAI{_ALNUM}{{20}}", grade="high"),
    _token("heroku-token", "a token of Heroku", "HRKU-", rf"HRKU-{_URL}{{36,60}}"),
    _token("flyio-token", "a token of Fly.io", "fo1_ fm1r_ fm2_", r"f(?:o1|m1r|m2)_[A-Za-z0-9_+/-]{40,600}={0,3}"),
    _token("scaleway-access-key", "the id of an access key of Scaleway", "SCW", r"SCW[A-Z0-9]{17}", grade="high"),
    # Networks and machines.
    _token("tailscale-key", "a key of Tailscale", "tskey-",
           rf"tskey-(?:[a-z]{{2,12}}-)?{_ALNUM}{{10,40}}(?:-{_ALNUM}{{10,60}})?", in_binary=True),
    _token("tailscale-machine-key", "a private key of Tailscale", "privkey:", rf"privkey:{_HEX}{{64}}"),
    _token("docker-token", "a token of Docker", "dckr_pat_ dckr_oat_", rf"dckr_[po]at_{_URL}{{20,60}}"),
    _token("vault-token", "a token of HashiCorp Vault", "hvs. hvb. hvr.", rf"hv[sbr]\.{_URL}{{24,300}}"),
    _token("terraform-token", "a token of Terraform", ".atlasv1.",
           rf"{_ALNUM}{{14}}\.atlasv1\.[A-Za-z0-9=_-]{{60,70}}", begins=False),
    _token("pulumi-token", "a token of Pulumi", "pul-", rf"pul-{_HEX}{{40}}"),
    _token("grafana-token", "a token of Grafana", "glsa_ glc_ eyJrIjoi",
           rf"(?:glsa_{_ALNUM}{{32}}_[A-Fa-f0-9]{{8}}|glc_[A-Za-z0-9+/]{{32,400}}={{0,2}}|eyJrIjoi[A-Za-z0-9]{{70,400}}={{0,2}})"),
    _token("sentry-token", "a token of Sentry", "sntrys_ sntryu_",
           rf"sntry(?:s_[A-Za-z0-9_+/=-]{{60,400}}|u_{_HEX}{{64}})"),
    _token("newrelic-key", "a key of New Relic", "NRAK- NRII- NRJS-", rf"NR(?:AK|II|JS)-{_URL}{{19,32}}"),
    _token("dynatrace-token", "a token of Dynatrace", "dt0c01.", r"dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    _token("databricks-token", "a token of Databricks", "dapi", rf"dapi{_HEX}{{32}}(?:-[0-9])?"),
    _token("planetscale-token", "a password of PlanetScale", "pscale_",
           r"pscale_(?:tkn|pw|oauth)_[A-Za-z0-9=._-]{32,64}"),
    _token("1password-token", "a token of 1Password", "ops_eyJ", r"ops_eyJ[A-Za-z0-9+/]{200,2000}={0,3}"),
    _token("doppler-token", "a token of Doppler", "dp.pt. dp.st. dp.sa. dp.ct.",
           rf"dp\.(?:pt|sa|ct|st\.[a-z0-9_-]{{1,40}}|st)\.{_ALNUM}{{40,44}}"),
    # Models.
    _token("anthropic-key", "an API key of Anthropic", "sk-ant-",
           rf"sk-ant-[a-z]{{3,8}}[0-9]{{2}}-{_URL}{{80,130}}", in_binary=True),
    _token("openai-key", "an API key of OpenAI", "T3BlbkFJ",
           rf"sk-(?:[a-z]{{3,10}}-)?{_URL}{{20,90}}T3BlbkFJ{_URL}{{20,90}}", in_binary=True, begins=False),
    _token("huggingface-token", "a token of Hugging Face", "hf_ api_org_", r"(?:hf_|api_org_)[A-Za-z]{34}"),
    _token("openrouter-key", "an API key of OpenRouter", "sk-or-v1-", rf"sk-or-v1-{_HEX}{{64}}"),
    _token("groq-key", "an API key of Groq", "gsk_", rf"gsk_{_ALNUM}{{52}}"),
    _token("xai-key", "an API key of xAI", "xai-", rf"xai-{_ALNUM}{{70,90}}"),
    _token("perplexity-key", "an API key of Perplexity", "pplx-", rf"pplx-{_ALNUM}{{48}}"),
    _token("replicate-token", "a token of Replicate", "r8_", rf"r8_{_ALNUM}{{37}}"),
    # Where packages come from.
    _token("npm-token", "a token of npm", "npm_", rf"npm_{_ALNUM}{{36}}"),
    _token("pypi-token", "a token of a Python package index", "pypi-AgE", rf"pypi-AgE{_URL}{{50,1000}}"),
    _token("rubygems-key", "an API key of RubyGems", "rubygems_", rf"rubygems_{_HEX}{{48}}"),
    _token("crates-token", "a token of a Rust registry", "cio", rf"cio{_ALNUM}{{32}}", bits=4.0),
    _token("nuget-key", "an API key of NuGet", "oy2", r"oy2[a-z0-9]{43}", bits=3.5),
    _token("clojars-token", "a token of Clojars", "CLOJARS_", r"CLOJARS_[a-z0-9]{60}"),
    _token("artifactory-key", "an API key of Artifactory", "AKCp", rf"AKCp{_ALNUM}{{69}}"),
    # Messages and payments.
    _token("slack-token", "a token of Slack", "xoxb- xoxp- xoxa- xoxe- xoxo- xoxr- xoxs- xoxc- xoxd- xapp- xoxe.",
           r"(?:xox[abcdeoprs](?:\.xox[bp])?-|xapp-[0-9]-)[A-Za-z0-9%/+-]{20,400}", in_binary=True),
    _token("slack-webhook", "a webhook of Slack", "hooks.slack.com/",
           r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9+/_-]{43,60}",
           grade="high"),
    _token("discord-webhook", "a webhook of Discord", "/api/webhooks/",
           rf"discord(?:app)?\.com/api/webhooks/[0-9]{{17,20}}/{_URL}{{60,80}}", grade="high", begins=False),
    _token("telegram-token", "a token of a Telegram bot", ":AA",
           rf"[0-9]{{8,10}}:AA{_URL}{{33}}", bits=3.5, begins=False),
    _token("twilio-key", "the id of an API key of Twilio", "SK", rf"SK{_HEX}{{32}}", grade="high", bits=3.2),
    _token("sendgrid-key", "an API key of SendGrid", "SG.", rf"SG\.{_URL}{{20,24}}\.{_URL}{{39,50}}"),
    _token("mailgun-key", "an API key of Mailgun", "key-", rf"key-{_HEX}{{32}}", bits=3.2),
    _token("mailchimp-key", "an API key of Mailchimp", "-us", rf"{_HEX}{{32}}-us[0-9]{{1,2}}", bits=3.2, begins=False),
    _token("stripe-key", "an API key of Stripe", "sk_live_ rk_live_ sk_test_ rk_test_ sk_prod_ rk_prod_ whsec_",
           rf"(?:[sr]k_(?:live|test|prod)_{_ALNUM}{{16,250}}|whsec_[A-Za-z0-9+/]{{32,64}}={{0,2}})"),
    _token("square-token", "a token of Square", "sq0atp- sq0csp- EAAA",
           rf"(?:sq0(?:atp-{_URL}{{22}}|csp-{_URL}{{43}})|EAAA{_URL}{{60}})"),
    _token("shopify-token", "a token of Shopify", "shpat_ shpca_ shppa_ shpss_", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    _token("facebook-token", "a token of Facebook", "EAA", rf"EAA[MC]{_ALNUM}{{100,300}}"),
    # Work.
    _token("linear-key", "an API key of Linear", "lin_api_", rf"lin_api_{_ALNUM}{{40}}"),
    _token("notion-token", "a token of Notion", "ntn_", rf"ntn_{_ALNUM}{{40,50}}"),
    _token("airtable-token", "a token of Airtable", "pat", rf"pat{_ALNUM}{{14}}\.{_HEX}{{64}}"),
    _token("postman-key", "an API key of Postman", "PMAK-", rf"PMAK-{_HEX}{{24}}-{_HEX}{{34}}"),
    _token("buildkite-token", "a token of Buildkite", "bkua_ bkpt_", rf"bk(?:ua|pt)_{_HEX}{{40}}"),
    _token("sonarqube-token", "a token of SonarQube", "sqp_ squ_ sqa_", rf"sq[pua]_{_HEX}{{40}}"),
    _token("supabase-token", "a token of Supabase", "sbp_", rf"sbp_{_HEX}{{40}}"),
    _token("netlify-token", "a token of Netlify", "nfp_", rf"nfp_{_ALNUM}{{36,44}}"),
    _token("easypost-token", "a token of EasyPost", "EZAK EZTK", rf"EZ[AT]K{_ALNUM}{{54}}"),
    _token("dropbox-token", "a token of Dropbox", "sl.", rf"sl\.(?:u\.)?{_URL}{{130,1500}}"),
    _token("adafruit-key", "a key of Adafruit IO", "aio_", rf"aio_{_ALNUM}{{28}}"),
    # Anybody's.
    _token(
        "jwt",
        "a signed JSON Web Token",
        "eyJ",
        rf"eyJ{_URL}{{10,4000}}\.eyJ{_URL}{{5,8000}}\.{_URL}{{20,2000}}",
        grade="high",
        check=is_jwt,
    ),
)  # fmt: skip

__all__ = ("TOKENS",)
