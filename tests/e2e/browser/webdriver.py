"""A WebDriver client for headless Chromium, as much of it as the consent page needs.

Only the standard library. Must not know the sandbox or dcddns.
"""

import base64
import json
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars",
    "--ignore-certificate-errors", "--host-resolver-rules=MAP * 127.0.0.1",
]


class Failure(Exception):
    """What the browser could not do, in words."""


class Browser:
    """One chromedriver and one session; the profile is new and thrown away."""

    def __init__(self):
        self.profile = tempfile.TemporaryDirectory(prefix="dcddns-browser.")
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True)
        self.session = None
        try:
            self.base = f"http://127.0.0.1:{self._port()}"
            options = {"args": FLAGS + [f"--user-data-dir={self.profile.name}"]}
            wanted = {"browserName": "chrome", "goog:chromeOptions": options,
                      "acceptInsecureCerts": True}
            answer = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self.session = answer["sessionId"]
        except BaseException:
            self.close()
            raise

    def _port(self):
        said = ""
        for line in self.driver.stdout:
            said += line
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return int(found.group(1))
        raise Failure(f"chromedriver did not start: {said}")

    def _send(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.base + path, data, method=method,
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            why = json.load(error)["value"]
            raise Failure(f"{method} {path}: {why['error']}: {why['message']}") from error

    def _call(self, method, path, body=None):
        return self._send(method, f"/session/{self.session}{path}", body)

    def size(self, width, height):
        self._call("POST", "/window/rect", {"width": width, "height": height})

    def open(self, url):
        self._call("POST", "/url", {"url": url})

    def address(self):
        return self._call("GET", "/url")

    def title(self):
        return self._call("GET", "/title")

    def source(self):
        return self._call("GET", "/source")

    def _find(self, xpath):
        found = self._call("POST", "/element", {"using": "xpath", "value": xpath})
        return found[ELEMENT]

    def text(self, xpath="//body"):
        return self._call("GET", f"/element/{self._find(xpath)}/text")

    def click(self, label):
        """Clicks the button a person reads LABEL on, and waits for the page behind it."""
        before = self.address()
        self._call("POST", f"/element/{self._find(f'//button[.={label!r}]')}/click")
        until = time.monotonic() + 20
        while self.address() == before:
            if time.monotonic() > until:
                raise Failure(f"nothing happened after a click on {label}")
            time.sleep(0.05)

    def shot(self, path):
        """The whole page, not only what fits the window."""
        height = self._call("POST", "/execute/sync", {
            "script": "return document.documentElement.scrollHeight", "args": []})
        rect = self._call("GET", "/window/rect")
        self.size(rect["width"], max(height + 160, 500))
        with open(path, "wb") as file:
            file.write(base64.b64decode(self._call("GET", "/screenshot")))
        self.size(rect["width"], rect["height"])

    def close(self):
        try:
            if self.session:
                self._call("DELETE", "")
        except (Failure, OSError):
            pass
        self.driver.terminate()
        self.driver.wait()
        self.driver.stdout.close()
        self.profile.cleanup()
