"""Headless Chromium as people use a page: opened, clicked, typed into, looked at.

    def test_it(chromium, tmp_path):
        with chromium.page(width=360, dark=True) as page:
            page.open(tmp_path / "report.html")
            assert page.run("document.title") == "…"
            page.click("#next")
            page.picture(tmp_path / "shown.png")
            assert page.problems == []

`chromium` is a fixture for the whole session (conftest.py); where there is none the test is skipped.
It is driven by its own protocol over a pipe: no driver that has to be of the same version, no port.
Source: https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)
# It reads commands from descriptor 3 and writes to 4: a new process has them where we want them.
STARTER = """
import os, sys
ours, theirs = int(sys.argv[1]), int(sys.argv[2])
os.dup2(ours, 3), os.dup2(theirs, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
TIMEOUT_S = 60
FIRST_FREE = 10  # descriptors above those that the starter overwrites
KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37,
        "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40}  # fmt: skip


def find():
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """A browser of its own, with an empty profile in a folder that is not there yet."""

    def __init__(self, program, profile):
        import fcntl

        to_read, self._out = os.pipe()
        self._in, to_write = os.pipe()
        handed = [fcntl.fcntl(end, fcntl.F_DUPFD, FIRST_FREE) for end in (to_read, to_write)]
        for end in (to_read, to_write):
            os.close(end)
        words = [program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            [sys.executable, "-c", STARTER, *map(str, handed), *words],
            pass_fds=handed,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        for end in handed:
            os.close(end)
        self._content, self._number, self._listeners = b"", 0, {}
        self.version = self.send("Browser.getVersion")["product"]

    def page(self, width=1280, height=900, *, dark=False, scale=1, scripts=True):
        """A new page of that many CSS pixels; to be used with `with`."""
        page = Page(self, scripts=scripts)
        page.size(width, height, scale)
        page.scheme(dark=dark)
        return page

    def send(self, method, session=None, **parameters):
        """One command, and what comes back; events of pages arrive meanwhile."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        content = json.dumps(message).encode() + b"\0"
        while content:
            content = content[os.write(self._out, content) :]
        while True:
            answer = self.next_message()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]

    def next_message(self, timeout_s=TIMEOUT_S):
        """The next answer or event; an event's page hears of it first."""
        until = time.monotonic() + timeout_s
        while b"\0" not in self._content:
            ready, _, _ = select.select([self._in], [], [], max(0, until - time.monotonic()))
            assert ready, f"Chromium said nothing for {timeout_s} s"
            piece = os.read(self._in, 2**20)
            assert piece, "Chromium has ended"
            self._content += piece
        line, _, self._content = self._content.partition(b"\0")
        message = json.loads(line)
        if (hears := self._listeners.get(message.get("sessionId"))) and "method" in message:
            hears(message["method"], message["params"])
        return message

    def listen(self, session, hears):
        """Events of a session go to `hears`; None: no longer."""
        if hears:
            self._listeners[session] = hears
        else:
            self._listeners.pop(session, None)

    def close(self):
        """Ends it, and all of its processes."""
        with suppress(AssertionError, OSError):
            self.send("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        os.close(self._in)
        os.close(self._out)


class Page:
    """A tab.

    problems  errors and warnings of the console, exceptions, and what the page's policy forbade
    requests  addresses that were asked for, but for the page itself and data
    """

    def __init__(self, browser, *, scripts):
        self._browser = browser
        self.problems, self.requests, self._loaded = [], [], False
        self._context = browser.send("Target.createBrowserContext")["browserContextId"]
        self._target = browser.send(
            "Target.createTarget", url="about:blank", browserContextId=self._context
        )["targetId"]
        self._session = browser.send(
            "Target.attachToTarget", targetId=self._target, flatten=True
        )["sessionId"]  # fmt: skip
        browser.listen(self._session, self._hears)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        if not scripts:
            self.send("Emulation.setScriptExecutionDisabled", value=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._browser.listen(self._session, None)
        self._browser.send("Target.disposeBrowserContext", browserContextId=self._context)

    def send(self, method, **parameters):
        """A command of the protocol, for what has no name here."""
        return self._browser.send(method, self._session, **parameters)

    def _hears(self, method, told):
        if method == "Page.loadEventFired":
            self._loaded = True
        elif method == "Runtime.exceptionThrown":
            details = told["exceptionDetails"]
            self.problems.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and told["type"] in (
            "error",
            "warning",
            "assert",
        ):
            words = [str(arg.get("value", arg.get("description"))) for arg in told["args"]]
            self.problems.append(f"console.{told['type']}: {' '.join(words)}")
        elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
            self.problems.append(told["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            address = told["request"]["url"]
            if told["type"] != "Document" and not address.startswith("data:"):
                self.requests.append(address)

    def open(self, path):
        """Opens a file, and waits until it is loaded."""
        self._loaded = False
        answer = self.send("Page.navigate", url=Path(path).resolve().as_uri())
        assert "errorText" not in answer, answer["errorText"]
        while not self._loaded:
            self._browser.next_message()

    def size(self, width, height, scale=1):
        """The window in CSS pixels; `scale` of the screen's own to one of them."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=scale, mobile=width < 600)  # fmt: skip

    def scheme(self, *, dark, media=""):
        """Light or dark, and the medium: "print", or "" for the screen."""
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", media=media, features=[feature])

    def run(self, expression):
        """The value of an expression of JavaScript; raises AssertionError where that throws."""
        answer = self.send("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True, userGesture=True)  # fmt: skip
        if details := answer.get("exceptionDetails"):
            raise AssertionError(details.get("exception", {}).get("description", details["text"]))
        return answer["result"].get("value")

    def text(self):
        """What can be read, also where scripts are switched off."""
        tree = self.send("Accessibility.getFullAXTree")["nodes"]
        named = (node for node in tree if node.get("role", {}).get("value") == "StaticText")
        return "\n".join(node["name"]["value"] for node in named)

    def place(self, selector):
        """(left, top, width, height) in the window of the first element, scrolled to its middle."""
        found = self.run(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); if (!e) return null; "
            "e.scrollIntoView({block: 'center', behavior: 'instant'}); "
            "const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()"
        )
        assert found, f"nothing is {selector}"
        return found

    def click(self, selector):
        """A click on the middle of the first element."""
        left, top, width, height = self.place(selector)
        self.drag([(left + width / 2, top + height / 2)])

    def drag(self, places):
        """The left button pressed at the first of some (x, y) in the window, let go at the last."""
        kinds = ["mousePressed", *["mouseMoved"] * (len(places) - 1), "mouseReleased"]
        for kind, (x, y) in zip(kinds, [*places, places[-1]], strict=True):
            self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1,
                      clickCount=1)  # fmt: skip

    def press(self, key):
        """One key by its name, a member of KEYS."""
        code = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        text = {"Enter": {"text": "\r"}, " ": {"text": " "}}.get(key, {})
        self.send("Input.dispatchKeyEvent", type="keyDown", **code, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", **code)

    def type(self, text):
        """A text at the cursor."""
        self.send("Input.insertText", text=text)

    def picture(self, path, *, whole=True):
        """A PNG of the page, or of what stands in the window."""
        answer = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole,
                           **({"clip": self._all()} if whole else {}))  # fmt: skip
        Path(path).write_bytes(base64.b64decode(answer["data"]))

    def _all(self):
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        return {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}

    def printed(self, path):
        """A PDF, as it is printed."""
        answer = self.send("Page.printToPDF", printBackground=True)
        Path(path).write_bytes(base64.b64decode(answer["data"]))
