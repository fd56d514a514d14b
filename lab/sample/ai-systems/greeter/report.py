"""Writes to the journal how many greetings the greeter has given: `report.py [PORT]`, run by greeter-report.timer."""

from __future__ import annotations

import json
import sys
import urllib.request

PORT = 8420
SECONDS = 10


def main(arguments: list[str]) -> str:
    """Ask the greeter; the sentence that it returns is an error of the program."""
    url = f"http://127.0.0.1:{arguments[0] if arguments else PORT}/count"
    try:
        # No proxy, whatever the environment says: this is the node asking itself.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=SECONDS) as response:
            count = json.load(response)
        print(f"{count['greetings']} greetings since {count['running_since']}")
    except (OSError, ValueError, KeyError) as error:
        return f"the greeter gives no count at {url} ({error}); see: systemctl status greeter"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) or 0)
