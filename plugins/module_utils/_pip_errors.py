# Copyright: (c) 2026, ai_systems contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What pip's failures mean, in one sentence with the remedy: pure decisions. Private to the collection."""

from __future__ import annotations

import re
import typing as t

from ._git_names import without_credentials
from ._text import one_line

_RULES: t.Final = (
    (
        r"No space left on device|Disk quota exceeded",
        "the disk is full; make room on the node, then run again",
    ),
    (
        r"PACKAGES DO NOT MATCH THE HASHES.*?\n\s+(?P<name>\S[^\n]{0,200}?):?\n.*?Got\s+(?P<got>[0-9a-f]+)",
        (
            "the archive of {name} is not the one that the hashes are of (it has {got}); nothing of it was "
            "installed. Find out which of the two is right before you change the lock"
        ),
    ),
    (
        r"In --require-hashes mode.*?\n\s+(?P<name>[^\n]+)",
        "hashes are required, and pip finds none for {name}; add them to the requirements",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|SSLError",
        (
            "the certificate of the package index is not one that the node trusts; check the node's clock, and whether "
            "a gateway's authority has to be added under /usr/local/share/ca-certificates"
        ),
    ),
    (
        (
            r"NewConnectionError|NameResolutionError|Temporary failure in name resolution|Network is unreachable|"
            r"ConnectTimeoutError|ReadTimeoutError|Connection refused|ProxyError|RemoteDisconnected|Connection reset"
        ),
        "the package index cannot be reached from the node; check its network, name servers and proxy, then run again",
    ),
    (
        r"(?P<code>[45]\d\d) (?:Client|Server) Error: (?P<why>[^\n]{0,80}) for url",
        "the package index answers {code} ({why})",
    ),
    (
        r"ResolutionImpossible|conflicting dependencies",
        "the requirements contradict each other{conflict}; change one of them",
    ),
    (
        r"(?:requires a different Python|Ignored the following versions that require a different python)[^\n]*",
        "a package that is asked for is not made for the Python of Debian 13; choose another version of it",
    ),
    (
        r"(?P<name>[^\s]{1,120}) is not a supported wheel on this platform",
        "{name} is not made for this node's processor and Python; commit or lock a wheel that is",
    ),
    (
        r"No matching distribution found for (?P<name>[^\n]+)",
        (
            "there is no wheel for {name} that fits this node; correct the version, or where only its source exists, "
            "name it under allow_source of the project"
        ),
    ),
    (
        r"BackendUnavailable|Cannot import '(?P<name>[\w.]+)'|No module named '(?P<module>[\w.]+)'",
        (
            "a package is built from source, and what builds it is not in the .venv; list its build requirements (such "
            "as setuptools) in the project's requirements too"
        ),
    ),
    (
        r"Failed to build|metadata-generation-failed|subprocess-exited-with-error",
        "a package could not be built from source; it may need a compiler or headers, which come by the packages role",
    ),
    (
        r"(?:Invalid wheel|invalid wheel|BadZipFile|is invalid|Wheel .{0,200}? is invalid|not a zip file)[^\n]*",
        "a wheel is damaged; commit or fetch it anew",
    ),
    (
        r"uninstall-no-record-file|no RECORD file was found for (?P<name>\S+)",
        ("a package was not installed by pip as a whole, so it cannot be taken out; remove the .venv, then run again"),
    ),
    (r"Permission denied:? (?P<name>[^\n]+)", "the owner of the .venv may not write {name}"),
)
_LONGEST = 30_000
_CONFLICT = re.compile(r"Cannot install (?P<names>[^\n]+) because")
_ERROR = re.compile(r"^ERROR: (?P<said>[^\n]+)", re.MULTILINE)


def explain(what: str, rc: int, out: str, err: str) -> str:
    """Return why pip failed.

    :param what: what it was to do, as in "installing into /x/.venv".
    """
    # What a package's build prints is endless where it wants to be; pip's own word comes last.
    text = without_credentials(f"{err[-_LONGEST:]}\n{out[-_LONGEST:]}")
    conflict = _CONFLICT.search(text)
    for pattern, sentence in _RULES:
        found = re.search(pattern, text, re.DOTALL if "THE HASHES" in pattern or "require-hashes" in pattern else 0)
        if found:
            words = {key: one_line(value or "", 200) for key, value in found.groupdict().items()}
            words["conflict"] = f" ({one_line(conflict['names'], 200)})" if conflict else ""
            return f"{what} failed: {sentence.format(**words)}"
    errors = _ERROR.findall(text)
    said = one_line(errors[-1] if errors else err.strip() or out.strip(), 300) or "it said nothing"
    return f"{what} failed: pip ended with status {rc} and said: {said}"


__all__ = ("explain",)
