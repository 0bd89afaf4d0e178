"""One small world for the crash proofs: a sandbox, a configuration, a state directory that is put
back before each point, and what is known of it from outside.  Must not know what is injected."""
import collections
import hashlib
import json
import pathlib
import re
import shutil
import socket
import subprocess
import time

NAME = "home.example.test"
ENDED_BAD = (-11, -6, -8, -7, 99, 134, 139)
Result = collections.namedtuple("Result", "rc out err seconds")


class Broken(Exception):
    """The harness itself does not work here."""


def read_image(path):
    """(generation, payload) of a record file, None when missing, 'damaged' otherwise."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    return parse_image(data)


def parse_image(data):
    match = re.match(rb"dcddns-record 1 (\d+) (\d+) ([0-9a-f]{64})\n", data)
    if not match:
        return "damaged"
    generation, length = int(match[1]), int(match[2])
    payload = data[match.end():match.end() + length]
    hashed = hashlib.sha256(b"%d %d\n" % (generation, length) + payload).hexdigest()
    if len(payload) != length or hashed.encode() != match[3]:
        return "damaged"
    return generation, json.loads(payload)


def newest(record, prev, tmp):
    """What state/store.h promises to find; each argument as from parse_image()."""
    def good(image):
        return isinstance(image, tuple)
    if good(record):
        return tmp if good(tmp) and tmp[0] == record[0] + 1 else record
    if good(tmp) and (not good(prev) or tmp[0] > prev[0]):
        return tmp
    if good(prev):
        return prev
    return None if record is None and prev is None else "damaged"


class World:
    def __init__(self, prefix, folder, program=None):
        self.prefix, self.folder = pathlib.Path(prefix), pathlib.Path(folder)
        self.program = str(program or self.prefix / "bin/dcddns")
        self.box, self.etc = self.folder / "box", self.folder / "etc"
        self.state, self.conf = self.folder / "state", self.folder / "etc/dcddns.conf"
        self.grant = self.state / "grants" / NAME
        self.turn = 0
        self.address = None
        self.folder.mkdir(parents=True)
        self.sandbox = subprocess.Popen(
            [str(self.prefix / "bin/dcddns-sandbox"), "run", "--dir", str(self.box)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.environment = self._wait_for_sandbox()
        self._configure()
        self.ctl("set", "grace", 30)  # a slow machine is no reason; rotation.py has its own

    def _wait_for_sandbox(self):
        path = self.box / "sandbox.env"
        for _ in range(200):
            if path.exists():
                text = path.read_text()
                return dict(re.findall(r"^(\w+)='?([^'\n]*)'?$", text, re.M))
            time.sleep(0.05)
        raise Broken("the sandbox does not start")

    def _configure(self):
        env = self.environment
        (self.etc / "conf.d").mkdir(parents=True)
        echo = [f"https://echo{i}.sandbox.test:{env['HTTPS_PORT']}/ip" for i in range(1, 5)]
        # Two sources confirm each other at once; notifiers have nothing to do with it.
        self.conf.write_text(f"""[core]
resolver = {env['DNS']}
ca-file = {env['CA']}
state-dir = {self.state}
control-socket = {self.folder}/control.sock
interval = 60
confirm-delay = 1
allow-loopback-provider = yes
sources = http-echo, second
notifiers =

[ip-source http-echo]
url4 = {echo[0]}
url6 =

[ip-source second]
module = http-echo
url4 = {echo[1]}
url6 =
""")

    def close(self):
        self.ctl("stop")
        self.sandbox.wait(20)

    # -- the sandbox ------------------------------------------------------------------------------

    def ctl(self, *words):
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(str(self.box / "ctl.sock"))
            s.sendall(b"".join(str(w).encode() + b"\0" for w in words))
            s.shutdown(socket.SHUT_WR)
            answer = b""
            for part in iter(lambda: s.recv(65536), b""):
                answer += part
        if not answer or (answer[0] != 0 and words[0] != "stop"):
            raise Broken(f"ctl {' '.join(map(str, words))}: {answer[1:].decode()}")
        return answer[1:].decode()

    def stats(self):
        return json.loads(self.ctl("stats"))

    def secrets(self):
        return self.ctl("secrets").split()

    def published(self):
        """The A record that the world sees."""
        found = re.search(rf"^{re.escape(NAME)}\.\s.*\bA\s+(\S+)$", self.ctl("zone"), re.M)
        return found and found[1]

    # -- the program ------------------------------------------------------------------------------

    def run(self, *words, wrap=(), program=None, timeout=40, stdin=subprocess.DEVNULL):
        command = [*wrap, program or self.program, "--config", str(self.conf), *words]
        began = time.monotonic()
        try:
            run = subprocess.run(command, stdin=stdin, capture_output=True, text=True,
                                 timeout=timeout, errors="replace", check=False)
        except subprocess.TimeoutExpired as end:
            return Result("hang", (end.stdout or b"").decode(), (end.stderr or b"").decode(),
                          timeout)
        return Result(run.returncode, run.stdout, run.stderr, time.monotonic() - began)

    def consent(self, *words):
        """A pending consent that was approved: the code."""
        asked = self.run("setup", "--no-browser", NAME, *words)
        url = re.search(r"^https://\S+$", asked.out, re.M)
        if not url:
            raise Broken(f"setup asks for nothing: {asked.err}")
        return re.search(r"code=(\S+)", self.ctl("approve", url[0]))[1]

    # -- templates --------------------------------------------------------------------------------

    def new_address(self):
        self.turn += 1
        self.address = f"93.184.{self.turn // 250 % 250}.{self.turn % 250 + 1}"
        self.ctl("address", self.address)

    def keep(self, name):
        """Remembers configuration, state and tokens as they are."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        for part in ("etc", "state"):
            shutil.copytree(self.folder / part, self.folder / name / part, symlinks=True)
        self.ctl("mark")

    def put_back(self, name):
        for part in ("etc", "state"):
            shutil.rmtree(self.folder / part, ignore_errors=True)
            shutil.copytree(self.folder / name / part, self.folder / part, symlinks=True)
        self.ctl("rewind")
        self.ctl("clear")
        self.new_address()

    # -- what is on the disk ----------------------------------------------------------------------

    def images(self):
        return {name: read_image(self.grant / name)
                for name in ("record", "record.prev", "record.tmp")}

    def stored(self):
        images = self.images()
        return newest(images["record"], images["record.prev"], images["record.tmp"])

    def recorded(self):
        """The address that records.json calls published."""
        try:
            hosts = json.loads((self.state / "records.json").read_text())["hosts"]
        except (OSError, ValueError):
            return None
        return hosts.get(NAME, {}).get("ipv4", {}).get("published")
