"""SIGKILL and SIGTERM at every point, and every error of every file call."""
import collections
import errno
import os
import subprocess
import time

import cases
import points as P

ERRNOS = "EIO ENOSPC EDQUOT EROFS EMFILE ENOMEM EACCES EINTR".split()


def baseline(world, case):
    cases.reset(world)
    points, result = P.trace(world, case.command(world))
    assert result.rc == 0, result
    return points


def cut(world, case, point, how, names=None, to="/dev/null"):
    """One run with HOW at POINT; NAMES are traced, too."""
    cases.reset(world)
    traced = ",".join({point.name, *(names or ())})
    wrap = P.strace(f"trace={traced}", f"inject={point.name}:{how}:when={point.k}", to=to)
    return world.run(*case.command(world), wrap=wrap)


def at(point):
    return f"{point.name} {point.k}: {point.text[:100]}"


class Tally:
    def __init__(self):
        self.kinds, self.violations = collections.Counter(), []

    def add(self, where, kind, found):
        self.kinds[kind] += 1
        self.violations += [f"{where}: {what}" for what in found]


def to_its_end(points, full):
    """Redeeming ends with its message; what comes then is an update, a case of its own."""
    end = next((i for i, p in enumerate(points) if '"The grant for' in p.text), len(points))
    return points if full else points[:end + 3]


def choose(world, case, full):
    """Every call that touches our files; of the rest, which leave the disk as it is, a sample."""
    everything = P.from_first(to_its_end(baseline(world, case), full), world.state,
                              1 if full else 20)
    first = next(i for i, p in enumerate(everything)
                 if p.name in P.CHANGES and P.touches(p, world.state, world.etc))
    return [p for i, p in enumerate(everything)
            if full or P.touches(p, world.state, world.etc)
            or i % (4 if i > first else 10) == 0]


def kills(worlds, case, points):
    """SIGKILL at each of POINTS."""
    tally = Tally()

    def one(world, point):
        result = cut(world, case, point, "signal=SIGKILL")
        kind, found = cases.judge(world, case, result)
        if result.rc not in (-9, 137, 0):
            found.append(f"ended with {result.rc}: {result.err}")
        return (kind if result.rc != 0 else "not reached"), found

    for point, (kind, found) in zip(points, P.in_parallel(worlds, points, one)):
        tally.add(at(point), kind, found)
    return tally


def error_points(world, case, full):
    """(point, errno): all errors for calls that change something, for others as many as FULL says."""
    chosen = []
    for i, p in enumerate(p for p in to_its_end(baseline(world, case), full)
                          if p.name in P.FILES and P.touches(p, world.state, world.etc)):
        changing = p.name in P.CHANGES or p.name == "getdents64" or "O_CREAT" in p.text
        some = ERRNOS if full or changing else [ERRNOS[i % 8]]
        chosen += [(p, e) for e in some]
    return chosen


def unclear(result, name):
    """A failure says what failed and why."""
    if result.rc == 0:
        return []
    if result.rc not in (1, 2):
        return [f"exit status {result.rc}: {result.err[-600:]}"]
    why = [os.strerror(getattr(errno, name)), "cannot resolve the path"]
    if name == "ENOMEM":
        why.append("out of memory")
    said = result.err.lower()
    if not any(words.lower() in said for words in why):
        return [f"UNCLEAR: nothing says \"{why[0]}\": {result.err.strip()[-600:]}"]
    return []


def errors(worlds, case, points, full):
    """One call fails; nothing is lost even by a provider without grace.  Of the runs that did all
    the same what they should, which was looked at, each fourth must be able to go on if not FULL."""
    tally = Tally()
    position = {item: i for i, item in enumerate(points)}

    def one(world, item):
        point, name = item
        world.ctl("set", "grace", 0)
        result = cut(world, case, point, f"error={name}")
        found = unclear(result, name)
        found += [f"a secret is in the output: {result.out}{result.err}"
                  for secret in world.secrets() if secret in result.out + result.err]
        if result.rc == 0 and not full and position[item] % 4:
            return "done", found + cases.damage(world) + cases.unsaved(world, result)
        # What failed is put off, and said so: now a person asks.
        _, more = cases.judge(world, case, result, "--force")
        return ("done" if result.rc == 0 else f"failed, {result.rc}"), found + more

    for (point, name), (kind, found) in zip(points, P.in_parallel(worlds, points, one)):
        tally.add(f"{name} at {at(point)}", kind, found)
    return tally


# -- SIGTERM to the daemon ------------------------------------------------------------------------


def start_daemon(world, wrap):
    log = open(world.folder / "daemon.log", "w", encoding="utf-8")
    with log:
        return subprocess.Popen([*wrap, world.program, "--config", str(world.conf), "run"],
                                stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def end_daemon(tracer):
    """Asks the daemon under TRACER to end."""
    child = subprocess.run(["pgrep", "-P", str(tracer.pid)], capture_output=True, text=True,
                           check=False).stdout.split()
    for pid in child:
        os.kill(int(pid), 15)


def wait_daemon(world, tracer, seconds):
    """Until it ends by itself, or has published; then it is told to."""
    until = time.monotonic() + seconds
    while tracer.poll() is None and time.monotonic() < until:
        if world.recorded() == world.address:
            time.sleep(0.3)
            break
        time.sleep(0.02)
    reached = tracer.poll() is not None
    if not reached:
        end_daemon(tracer)
    try:
        return reached, tracer.wait(20)
    except subprocess.TimeoutExpired:
        end_daemon(tracer)
        tracer.kill()
        return reached, "hang"


def daemon_points(world):
    """From the refusal of the old access token to the record of the new address."""
    cases.reset(world)
    path = world.folder / "trace"
    wait_daemon(world, start_daemon(world, P.strace(to=path)), 15)
    points = P.parse(path.read_text(errors="replace"))
    own = [i for i, p in enumerate(points) if P.touches(p, "record.tmp", "records.json.tmp")]
    return points[own[0] - 10:own[-1] + 3]


def terms(worlds, points):
    tally = Tally()

    def one(world, point):
        cases.reset(world)
        wrap = P.strace(f"trace={point.name}",
                        f"inject={point.name}:signal=SIGTERM:when={point.k}")
        reached, rc = wait_daemon(world, start_daemon(world, wrap), 10)
        found = [] if rc == 0 else [f"exit status {rc}"]
        found += cases.damage(world)
        rotated = world.stats()["refreshes"]
        if rotated and cases.token(world.stored()) != world.secrets()[-1]:
            found.append("the rotation was not finished")
        return ("reached" if reached else "not reached"), found + cases.go_on(world)

    for point, (kind, found) in zip(points, P.in_parallel(worlds, points, one)):
        tally.add(at(point), kind, found)
    return tally
