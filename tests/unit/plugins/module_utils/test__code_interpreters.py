from __future__ import annotations

import pytest

from ansible_collections.ai_systems.runbook.plugins.module_utils._code_interpreters import script_of


@pytest.mark.parametrize(("line", "script"), [
    ("/usr/bin/python3.13 -I -B x.py -c", "x.py"), ("/usr/bin/python3 -W ignore -X dev /x", "/x"),
    ("/usr/bin/python3 -c print", ""), ("/usr/bin/python3 -m pip install", ""), ("/usr/bin/python3 -", ""),
    ("/usr/bin/python3", ""), ("/usr/bin/python3 -Bc x", ""), ("/usr/bin/python3 -- -x", "-x"),
    ("/usr/bin/bash -s", ""), ("/usr/bin/dash -ec x", ""), ("/bin/sh -e /x", "/x"), ("/bin/bash -o pipefail /x", "/x"),
    ("/bin/bash --login /x", "/x"), ("/usr/bin/perl -w -I lib /x.pl", "/x.pl"), ("/usr/bin/perl -e 1", ""),
    ("/usr/bin/node --require a x.js", "x.js"), ("/usr/bin/node --eval 1", ""),
    ("/usr/bin/java -cp a -jar x.jar", "x.jar"),
    ("/usr/bin/java -cp a Main", ""), ("/usr/bin/gawk -f x", "x"), ("/usr/bin/mawk BEGIN{}", ""),
    ("/usr/bin/php -f x", "x"), ("/usr/bin/ruby x.rb", "x.rb"), ("/usr/sbin/sshd -D", ""), ("/usr/bin/pythonic x", ""),
])  # fmt: skip
def test_what_an_interpreter_runs(line: str, script: str) -> None:
    program, *arguments = line.split()
    assert script_of(program, arguments) == script
