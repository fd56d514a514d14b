"""A headless Chromium on a pipe: pages from files, no network, and everything that it complains of."""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import time
import typing as t
from pathlib import Path

# Without these it asks its makers' hosts at every start. A sandbox of its own it cannot have as root.
_FLAGS: t.Final = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--no-first-run",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    # What a page asks for in spite of all that goes nowhere.
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
_PATIENCE: t.Final = 60.0


class BrowserError(Exception):
    """The browser did not do what it was asked."""


class Browser:
    """A process of Chromium, told what to do by its debugging protocol."""

    def __init__(self, program: str, profile: Path) -> None:
        profile.mkdir(parents=True, exist_ok=True)
        their_end, self._write = os.pipe()
        self._read, their_other = os.pipe()
        # The protocol's own numbers: it reads from 3 and writes to 4.
        shift = f'exec "$@" 3<&{their_end} 4>&{their_other}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shift, "sh", program, *_FLAGS, f"--user-data-dir={profile}"],
            pass_fds=(their_end, their_other),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(profile), "LC_ALL": "C.UTF-8"},
        )
        os.close(their_end)
        os.close(their_other)
        self._buffer = b""
        self._number = 0
        self.events: list[dict[str, t.Any]] = []

    def call(self, method: str, *, session: str = "", **parameters: t.Any) -> dict[str, t.Any]:
        """Return the answer to one command of the protocol."""
        self._number += 1
        message: dict[str, t.Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == self._number:
                if "error" in said:
                    raise BrowserError(f"{method}: {said['error']}")
                answer: dict[str, t.Any] = said["result"]
                return answer
            self.events.append(said)

    def wait_for(self, event: str) -> None:
        """Return once the event has come."""
        while not any(said.get("method") == event for said in self.events):
            self.events.append(self._next())

    def _next(self) -> dict[str, t.Any]:
        last = time.monotonic() + _PATIENCE
        while b"\0" not in self._buffer:
            readable, _, _ = select.select([self._read], [], [], max(last - time.monotonic(), 0))
            chunk = os.read(self._read, 1 << 20) if readable else b""
            if not chunk:
                raise BrowserError("Chromium said nothing for a minute, or has ended.")
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        said: dict[str, t.Any] = json.loads(message)
        return said

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)


class Page:
    """One page that was opened from a file."""

    def __init__(
        self,
        browser: Browser,
        path: Path,
        *,
        width: int,
        height: int = 900,
        dark: bool = False,
        scripts: bool = True,
    ) -> None:
        self._browser = browser
        browser.events.clear()
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1 if width > 600 else 2,
            mobile=width < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call(
            "Emulation.setEmulatedMedia", features=[scheme, {"name": "prefers-reduced-motion", "value": "reduce"}]
        )
        self.call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.call("Page.navigate", url=path.as_uri())
        browser.wait_for("Page.loadEventFired")

    def call(self, method: str, **parameters: t.Any) -> dict[str, t.Any]:
        """Return the answer to a command of the protocol, to this page."""
        return self._browser.call(method, session=self._session, **parameters)

    def value(self, script: str) -> t.Any:
        """Return what a script comes to in the page."""
        said = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise BrowserError(str(said["exceptionDetails"]))
        return said["result"].get("value")

    def type(self, text: str) -> None:
        """Type into the search as a person does, and wait until it was taken in."""
        self.value("document.getElementById('search').focus()")
        self.value("document.getElementById('search').select()")
        self.call("Input.insertText", text=text)
        self.value("new Promise((done) => setTimeout(done, 250))")

    def press(self, key: str) -> None:
        """Press a key and let it go."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode={"Tab": 9}[key])

    def click(self, selector: str) -> None:
        """Click what the selector names."""
        self.value(f"document.querySelector({json.dumps(selector)}).click()")

    def screenshot(self, path: Path, *, whole: bool = True) -> bytes:
        """Write a PNG of the page as it is, and return it."""
        said = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        return _written(path, said["data"])

    def pdf(self, path: Path) -> bytes:
        """Write the page as it is printed, and return it."""
        return _written(path, self.call("Page.printToPDF", preferCSSPageSize=True)["data"])

    def complaints(self) -> list[str]:
        """Return what was thrown, logged or refused since the page was opened."""
        self.value("1")
        wanted = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [json.dumps(said["params"]) for said in self._browser.events if said.get("method") in wanted]

    def requests(self) -> list[str]:
        """Return every address that was asked for."""
        self.value("1")
        asked = [said for said in self._browser.events if said.get("method") == "Network.requestWillBeSent"]
        return [str(said["params"]["request"]["url"]) for said in asked]


def _written(path: Path, data: str) -> bytes:
    content = base64.b64decode(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return content


__all__ = ("Browser", "BrowserError", "Page")
