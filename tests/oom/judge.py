"""One run of the program with a memory that ends, and what was wrong with it.  Must not know which
points are tried."""
import os
import pathlib
import re

import cases
from world import NAME

SECONDS = 30
KINDS = ("crash", "hang", "exit", "secret", "lost", "silent", "failed", "library")
COUNTED_APART = ("library",)
LOST = re.compile(r"LOST|TORN|replaced|newest")
SYSTEM = re.compile(r"/(libc\.so|libc-|ld-linux|libpthread|linux-vdso)|^\[|fail_malloc\.so")


class Case:
    """One command; BEGIN is the case of tests/crash whose world it begins in, STATUS how it ends
    when nothing fails."""

    def __init__(self, name, words, begin, status=0):
        self.name, self.words, self.begin, self.status = name, words, begin, status

    def prepare(self, world):
        cases.prepare(world, self.begin)

    def command(self, world):
        return [word.replace("@", str(world.folder)) for word in self.words]


REFRESH = Case("refresh", cases.REFRESH.words, cases.REFRESH)
SETUP = Case("setup", cases.SETUP.words, cases.SETUP)
# Nobody is there to paste a code.
DISCOVERY = Case("discovery", ["setup", "--no-browser", NAME], cases.SAVE, 2)


class Attempt:
    """What a run did and left: its Result, the report of the library, its own files."""

    def __init__(self, world, result, report):
        self.result, self.report = result, report
        self.own = (f"{pathlib.Path(world.program).resolve()}(",
                    f"{(world.prefix / 'lib/dcddns').resolve()}/")
        asked = re.search(r"^asked (\d+) (\d+)$", report, re.M)
        self.asked = asked and (int(asked[1]), int(asked[2]))
        self.own_points = {int(n) for n in re.findall(r"^own (\d+)$", report, re.M)}
        self.reached = "point\n" in report

    def __str__(self):
        return f"{self.result}\n{self.report}"

    def kind(self, case):
        if not self.reached:
            return "not reached"
        if case is DISCOVERY:
            return "done" if consent_url(self.result) else "refused"
        return "done" if self.result.rc == 0 else "refused"

    def crash(self):
        """(kind, frames) of a crash: of ours, also when a library that was called by us directly
        fell over what it was given; or else of a library, below calls of its own."""
        found = re.search(r"^crash \d+\n(.*)", self.report, re.M | re.S)
        if not found:
            return None
        frames = [line for line in found[1].splitlines() if not SYSTEM.search(line)]
        names = "\n".join(re.sub(r" *\[0x.*", "", os.path.basename(f)) for f in frames[:6])
        if len(frames) > 1 and not any(f.startswith(self.own) for f in frames[:2]):
            return "library", names
        return "crash", f"{names or found[1]}\nafter the failure at\n{self.failure()}"

    def failure(self):
        found = re.search(r"^point\n(.*?)(?=^crash|^asked|\Z)", self.report, re.M | re.S)
        lines = found[1].splitlines()[:8] if found else []
        return "\n".join(re.sub(r" *\[0x.*", "", os.path.basename(line)) for line in lines)


def consent_url(result):
    found = re.search(r"^https://\S+$", result.out, re.M)
    return found and found[0]


def attempt(world, case, library, at=None):
    """One run, in a world that was put back."""
    report = world.folder / "report"
    report.unlink(missing_ok=True)
    cases.reset(world)
    wrap = ["env", f"LD_PRELOAD={library}", f"DCDDNS_FAIL_REPORT={report}"]
    wrap.append(f"DCDDNS_FAIL_AT={at}" if at else "DCDDNS_FAIL_OWN=1")
    result = world.run(*case.command(world), wrap=wrap, timeout=SECONDS)
    return Attempt(world, result, report.read_text(errors="replace") if report.exists() else "")


def ended_badly(it):
    """How it ended, when not as a program should: with 0, 1 or 2, and a word about why."""
    result, crash = it.result, it.crash()
    if crash:
        return [crash]
    if result.rc == "hang":
        return [("hang", f"after {SECONDS} s; the failure was at\n{it.failure()}")]
    if result.rc not in (0, 1, 2) or not it.report:
        return [("exit", f"status {result.rc}: {result.err[-400:]}\n{it.failure()}")]
    if result.rc != 0 and not result.err.strip():
        return [("exit", f"status {result.rc} without a word\n{it.failure()}")]
    return []


def silent(world, case, result):
    """Exit status 0, and nothing was done."""
    if result.rc != 0:
        return []
    said = f"{result.out}{result.err}"
    if case is SETUP and cases.token(world.stored()) == world.old:
        return [("silent", f"the grant is the old one: {said}")]
    if case is DISCOVERY or world.published() != world.address:
        return [("silent", f"{world.published()} is published, not {world.address}: {said}")]
    return []


def discover_again(world, result):
    """The old grant is left alone; a consent that was asked for can be given; the next discovery
    works."""
    found = []
    if cases.token(world.stored()) != world.old:
        found.append("LOST: the grant is not as before")
    again = world.run(*DISCOVERY.words) if not consent_url(result) else result
    if not consent_url(again):
        return found + [f"the next discovery fails: {again.err}"]
    code = re.search(r"code=(\S+)", world.ctl("approve", consent_url(again)))[1]
    redeemed = world.run("setup", NAME, "--code", code)
    if redeemed.rc != 0 or cases.token(world.stored()) == world.old:
        found.append(f"the consent cannot be redeemed: {redeemed}")
    return found


def unsaved(world, result):
    """What is said to be published is; that it is not recorded, which only costs another update,
    is said."""
    told = re.search(r"cannot (write|lock) \S*records", result.err)
    return [words for words in cases.unsaved(world, result)
            if not (told and "records.json has" in words)]


def afterwards(world, case, result):
    """With memory: the grant is there and works, with the newest token that the provider knows."""
    found = discover_again(world, result) if case is DISCOVERY else []
    found += cases.go_on(world, "--force")
    if case is SETUP and cases.token(world.stored()) == world.old:
        found += cases.redeem_again(world)[1]
    return found


def judge(world, case, it, whole):
    """[(kind, words)] of what was wrong; runs that did what they should are tried further only if
    WHOLE."""
    result = it.result
    output = result.out + result.err
    found = ended_badly(it)
    found += [("secret", output) for secret in world.secrets() if secret in output]
    found += silent(world, case, result)
    more = cases.damage(world) + unsaved(world, result)
    if it.kind(case) != "done" or whole:
        more += afterwards(world, case, result)
    return found + [("lost" if LOST.search(words) else "failed",
                     f"{words}\nafter status {result.rc}: {output[-400:]}\n{it.failure()}")
                    for words in more]
