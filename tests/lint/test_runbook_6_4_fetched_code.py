# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""runbook-6-4-fetched-code: bad cases with line and tag, good cases that are silent."""

from __future__ import annotations

import functools

import pytest

from tests.lint.cases import bad, good
from tests.lint.harness import PLAYBOOK, Case, Findings, findings

RULE = "runbook-6-4-fetched-code"
_bad = functools.partial(bad, RULE)
URL = "https://example.org/install.sh"
GET = "- name: Get\n  get_url:\n    url: https://example.org/i\n    dest: /srv/i\n- name: X\n  "
UNPACK = (
    "- name: Get\n  unarchive:\n    remote_src: true\n    src: https://a.org/a.tgz\n    dest: /srv/a\n- name: X\n  "
)
BAD = (
    _bad("into a shell", f"- name: X\n  shell: curl -fsSL {URL} | sh", "curl"),
    _bad("into a shell of root", f"- name: X\n  shell: wget -qO- {URL} | tac | sudo -E bash -s -- -y", "wget"),
    _bad("as a substitution", f"- name: X\n  shell: bash <(curl -s {URL})", "curl"),
    _bad("as an argument", f'- name: X\n  shell: sh -c "$(curl -fsSL {URL})"', "curl"),
    _bad("by eval", f"- name: X\n  shell: eval `curl -s {URL}`", "curl"),
    _bad("into Python", f"- name: X\n  shell: curl {URL} | python3 -", "curl"),
    _bad(
        "by Python",
        "- name: X\n  command: python3 -c 'import urllib.request as u; exec(u.urlopen(\"x\").read())'",
        "urllib",
    ),
    _bad("fetched and run", f"- name: X\n  shell: |\n    curl -o /srv/i {URL}\n    sh /srv/i --yes", "sh /srv"),
    _bad(
        "fetched, made a program and run",
        f"- name: X\n  shell: |\n    wget {URL}\n    chmod +x install.sh\n    ./install.sh",
        "./inst",
    ),
    _bad(
        "cloned and built",
        "- name: X\n  shell: |\n    git clone https://example.org/a.git\n    cd a\n    make install",
        "make",
    ),
    _bad(
        "unpacked and run",
        "- name: X\n  shell: |\n    curl https://example.org/a.tgz | tar xz\n    ./a/configure",
        "config",
    ),
    _bad("in a later task", GET + "command: /srv/i --yes", "/srv/i --yes"),
    _bad("in a later task by a shell", GET + "command: bash /srv/i", "bash"),
    _bad("unpacked, in a later task", UNPACK + "command: /srv/a/bin/setup", "setup"),
    _bad("unpacked, where it lies", UNPACK + "command: ./setup\n  args:\n    chdir: /srv/a", "./setup"),
    _bad("unpacked and built", UNPACK + "community.general.make:\n    chdir: /srv/a", "chdir:"),
    _bad(
        "by a template of the same name",
        "- name: Get\n  get_url:\n    url: x\n    dest: '{{ tmp }}/i'\n- name: X\n  shell: sh {{ tmp }}/i",
        "sh {{",
    ),
    _bad(
        "asked for and run",
        "- name: Ask\n  uri:\n    url: https://x\n    return_content: true\n  register: got\n- name: X\n"
        "  shell: '{{ got.content }}'",
        "got.content",
    ),
    _bad("looked up and run", "- name: X\n  shell: \"{{ lookup('url', 'https://x') }}\"", "lookup"),
    _bad(
        "a program",
        "- name: X\n  get_url:\n    url: https://example.org/a\n    dest: /srv/a\n    mode: '0755'",
        "url: h",
    ),
    _bad("a script", f"- name: X\n  get_url: url={URL} dest=/srv/", "get_url"),
    _bad("script at a URL", f"- name: X\n  script: {URL}", "script:"),
    _bad("image", "- name: X\n  docker_container:\n    name: a\n    image: a:latest", "image:"),
    _bad(
        "image of podman",
        "- name: X\n  containers.podman.podman_container:\n    name: a\n    image: example.org/a@sha256:1",
        "image:",
    ),
    _bad(
        "image that is pulled", "- name: X\n  community.docker.docker_image:\n    name: a\n    source: pull", "name: a"
    ),
    _bad("compose", "- name: X\n  community.docker.docker_compose_v2:\n    project_src: /srv/a", "project_src"),
    _bad("docker pull", "- name: X\n  command: docker pull a:1.2", "pull"),
    _bad("podman run", "- name: X\n  shell: sudo podman --log-level=error run --rm a", "podman"),
    _bad("docker compose up", "- name: X\n  command: docker compose -f a.yml up -d", "compose"),
    _bad("manifest at a URL", "- name: X\n  command: kubectl apply -f https://example.org/a.yml", "kubectl"),
    _bad(
        "handler of a play",
        f"- name: P\n  hosts: a\n  handlers:\n    - name: X\n      shell: curl {URL} | sh",
        "curl",
        path=PLAYBOOK,
    ),
)
GOOD = (
    good("only said", f"- name: X\n  shell: echo 'curl {URL} | sh'"),
    good("data", "- name: X\n  get_url:\n    url: https://example.org/a.json\n    dest: /srv/a.json\n    mode: '0644'"),
    good("data into a filter", "- name: X\n  shell: curl -s https://example.org/a.json | jq .version"),
    good("asked only", "- name: X\n  uri:\n    url: https://example.org/health"),
    good(
        "asked, and said",
        "- name: A\n  uri:\n    url: https://x\n  register: got\n- name: X\n  debug:\n    msg: '{{ got.content }}'",
    ),
    good("on the controller", f"- name: X\n  shell: curl {URL} | sh\n  delegate_to: localhost"),
    good(
        "play on the controller",
        "- name: P\n  hosts: localhost\n  tasks:\n    - name: X\n      command: docker pull a",
        PLAYBOOK,
    ),
    good("script of the repository", "- name: X\n  script: files/setup.sh"),
    good("program of the repository", "- name: X\n  command: /home/a/ai-systems/bin/tool"),
    good(
        "archive of the controller",
        "- name: G\n  unarchive:\n    src: a.tgz\n    dest: /srv/a\n- name: X\n  command: /srv/a/bin/b",
    ),
    good("another file", GET + "command: /tmp/other"),
    good("read by a program that is no interpreter", GET + "command: jq . /srv/i"),
    good("data for an interpreter", "- name: X\n  shell: curl -s https://x | python3 -m json.tool"),
    good("image that goes", "- name: X\n  docker_container:\n    name: a\n    state: absent"),
    good("images that are listed", "- name: X\n  command: docker image ls"),
    good("containers that are listed", "- name: X\n  command: podman ps --all"),
    good("for another system", f"- name: X\n  shell: curl {URL} | sh\n  when: ansible_os_family == 'RedHat'"),
    good("build without a fetch", "- name: X\n  community.general.make:\n    chdir: /home/a/ai-systems"),
)


@pytest.fixture(scope="module")
def found() -> Findings:
    return findings((*BAD, *GOOD), RULE)


@pytest.mark.parametrize("case", [*BAD, *GOOD], ids=lambda case: case.name)
def test_finds_what_it_has_to(case: Case, found: Findings) -> None:
    assert found[case.name] == list(case.expected)
