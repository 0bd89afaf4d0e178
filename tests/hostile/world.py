"""A sandbox with one granted host, and runs of the program in copies of its state: each run tells
exit status, words, time and memory, and the sandbox's journal which address was published."""
import shutil
import signal
import subprocess
import time

import certificates

NAME = "home.example.test"
ADDRESS = "93.184.216.34"
QUERY_S = 2  # query-timeout of every run


def peak_kib(pid):
    """Peak resident memory of a process (VmHWM); 0 when it is gone, or not yet this program."""
    try:
        with open(f"/proc/{pid}/comm") as comm, open(f"/proc/{pid}/status") as status:
            if comm.read().strip() != "dcddns":
                return 0
            return next((int(line.split()[1]) for line in status if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


class Result:
    def __init__(self, status, out, err, seconds, kib):
        self.status, self.out, self.err = status, out, err
        self.seconds, self.kib = seconds, kib

    @property
    def crashed(self):
        return self.status < 0 or self.status >= 99


class World:
    def __init__(self, prefix, work):
        self.bin = prefix / "bin" / "dcddns"
        self.box_bin = prefix / "bin" / "dcddns-sandbox"
        self.work, self.box = work, work / "box"
        self.certs = work / "certs"
        self.certs.mkdir()
        certificates.make_all(self.certs)
        self.sandbox = subprocess.Popen([self.box_bin, "run", "--dir", self.box],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.env = self.wait_env()
        self.ca = work / "ca.pem"
        self.ca.write_text((self.box / "ca.pem").read_text() +
                           (self.certs / "authority.pem").read_text())
        self.ctl("address", ADDRESS)
        self.template = work / "template"
        self.grant()

    def wait_env(self):
        env = self.box / "sandbox.env"
        for _ in range(200):
            if env.exists():
                return dict(line.split("=", 1) for line in env.read_text().splitlines() if line)
            time.sleep(0.05)
        raise SystemExit("hostile: the sandbox does not start")

    def close(self):
        self.sandbox.send_signal(signal.SIGTERM)
        self.sandbox.wait(10)

    def ctl(self, *words):
        return subprocess.run([self.box_bin, "ctl", "--dir", self.box, *words], check=True,
                              capture_output=True, text=True).stdout

    def echo_url(self):
        return f"https://echo1.sandbox.test:{self.env['HTTPS_PORT']}/ip"

    def config(self, folder, source, core=""):
        if "resolver =" not in core:
            core += f"\nresolver = {self.env['DNS']}"
        (folder / "etc").mkdir(parents=True, exist_ok=True)
        (folder / "etc" / "dcddns.conf").write_text(f"""[core]
ca-file = {self.ca}
state-dir = {folder}/state
control-socket = none
confirm-delay = 1
query-timeout = {QUERY_S} s
{"" if "allow-loopback" in core else "allow-loopback-provider = yes"}
{core}

{source}
""")

    def echo_source(self, url=None):
        return f"[ip-source http-echo]\nurl4 = {url or self.echo_url()}\nurl6 =\n"

    def grant(self):
        """Setup with consent, once; its state is what every run begins with."""
        self.config(self.template, self.echo_source())
        result = self.setup(self.template, NAME)
        if result.status != 0:
            raise SystemExit(f"hostile: setup failed: {result.err}")

    def setup(self, folder, name):
        """Asks for consent as a person would who approves."""
        began = time.monotonic()
        setup = subprocess.Popen([self.bin, "--config", folder / "etc/dcddns.conf", "setup",
                                  "--no-browser", "--ipv4", name], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        url = next((line.strip() for line in setup.stdout if line.startswith("https://")), "")
        approved = self.ctl("approve", url)
        code = next(line[5:] for line in approved.splitlines() if line.startswith("code="))
        out, err = setup.communicate(code + "\n", timeout=60)
        return Result(setup.returncode, out, err, time.monotonic() - began, 0)

    def copy(self, name, source, core=""):
        """A folder of its own with the state that setup left."""
        folder = self.work / name
        shutil.copytree(self.template, folder)
        self.config(folder, source, core)
        return folder

    def run(self, folder, *words, limit=120):
        """Runs the program.  Its peak memory is what the kernel says while it lives: what wait()
        tells begins with the memory of this program."""
        out, err = folder / "out", folder / "err"
        began, kib = time.monotonic(), 0
        with open(out, "wb") as to, open(err, "wb") as errors:
            child = subprocess.Popen([self.bin, "--config", folder / "etc/dcddns.conf", *words],
                                     stdin=subprocess.DEVNULL, stdout=to, stderr=errors,
                                     env={"PATH": "/usr/bin:/bin", "ASAN_OPTIONS": "exitcode=99",
                                          "UBSAN_OPTIONS": "exitcode=99"})
            while child.poll() is None:
                kib = max(kib, peak_kib(child.pid))
                if time.monotonic() - began > limit:
                    child.kill()
                time.sleep(0.005)
        return Result(child.returncode, out.read_text(errors="replace"),
                      err.read_text(errors="replace"), time.monotonic() - began, kib)

    def published(self, address):
        """Whether any apply ever brought ADDRESS."""
        return any(" apply " in line and f" IPv4={address} " in line + " "
                   for line in self.ctl("log").splitlines())

