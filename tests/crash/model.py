"""Power cuts in a model: from the trace of one run, every state a disk may be in when the power goes
between two calls.  Weakest reading of POSIX: data, sizes and names that were not synced are there or
not in any combination; a sync of a file says nothing of its name."""
import ast
import itertools
import json
import os
import pathlib
import random
import re

import cases
import world as W

CALLS = """openat write fsync fdatasync close linkat renameat unlinkat ftruncate lseek mkdir
mkdirat sendto""".split()
PENDING_MAX, SAMPLE = 11, 1500
BACKSLASHED = r'"((?:[^"\\]|\\.)*)"'


def text_of(quoted):
    return ast.literal_eval("b'" + quoted.replace("'", "\\'") + "'")


class Disk:
    """What was done, in order: ('name', directory, entry, inode or None), ('size'|'data', inode, ...),
    ('sync', inode or directory), ('said', what)."""

    def __init__(self, roots):
        self.names, self.base, self.done = {}, {}, []
        self.roots = [str(root) for root in roots]
        for root in roots:
            for path in map(str, filter(pathlib.Path.is_file, root.rglob("*"))):
                self.names[path] = len(self.base)
                with open(path, "rb") as f:
                    self.base[len(self.base)] = f.read()
        self.current, self.inodes, self.fds = dict(self.names), len(self.base), {}

    def name(self, *pairs):
        """One step on one or two names."""
        self.done.append(("name", pairs))
        for path, inode in pairs:
            if inode is None:
                self.current.pop(path, None)
            else:
                self.current[path] = inode

    def open(self, path, flags, fd):
        if path not in self.current:
            if "O_CREAT" not in flags:
                return
            self.name((path, self.inodes))
            self.base[self.inodes] = b""
            self.inodes += 1
        elif "O_TRUNC" in flags:
            self.done.append(("size", self.current[path], 0, True))
        self.fds[fd] = [self.current[path], 0]

    def write(self, fd, data):
        inode, at = self.fds[fd]
        self.done.append(("size", inode, at + len(data), False))
        self.done.append(("data", inode, at, data))
        self.fds[fd][1] += len(data)

    def feed(self, line):
        match = re.match(r"(\w+)\((.*)\)\s+= (\d+)", line)
        if not match:
            return
        call, args, result = match[1], match[2], int(match[3])
        paths = re.findall(r"(?:AT_FDCWD|\d+)(?:<([^>]*)>)?, " + BACKSLASHED, args)
        full = [os.path.join(d, text_of(n).decode()) if d else text_of(n).decode()
                for d, n in paths] if call.endswith("at") else []
        number = re.match(r"(\d+)(?:<([^>]*)>)?", args)
        inside = full and all(path.startswith(tuple(self.roots)) for path in full)
        fd = int(number[1]) if number else None
        if call == "openat":
            self.fds.pop(result, None)
            if inside:
                self.open(full[0], args, result)
        elif call == "write" and fd in self.fds:
            self.write(fd, text_of(re.search(BACKSLASHED, args)[1])[:result])
        elif call == "write" and fd == 1:
            self.done.append(("said", text_of(re.search(BACKSLASHED, args)[1]).decode()))
        elif call == "sendto":
            self.done.append(("said", "sent"))
        elif call == "lseek" and fd in self.fds:
            self.fds[fd][1] = result
        elif call in ("fsync", "fdatasync") and number[2]:
            self.done.append(("sync", self.fds[fd][0] if fd in self.fds else number[2]))
        elif call == "renameat" and inside:
            self.name((full[0], None), (full[1], self.current[full[0]]))
        elif call == "linkat" and inside:
            self.name((full[1], self.current[full[0]]))
        elif call == "unlinkat" and inside and "AT_REMOVEDIR" not in args:
            self.name((full[0], None))

    # -- the states -------------------------------------------------------------------------------

    def forced(self, cut):
        """Steps before CUT that surely arrived."""
        sure = set()
        for i, step in enumerate(self.done[:cut]):
            if step[0] != "sync":
                continue
            for j, before in enumerate(self.done[:i]):
                if before[0] == "name" and any(os.path.dirname(p) == step[1] for p, _ in before[1]):
                    sure.add(j)
                if before[0] in ("size", "data") and before[1] == step[1]:
                    sure.add(j)
        return sure

    def render(self, kept):
        names, files = dict(self.names), {i: bytearray(b) for i, b in self.base.items()}
        for i in kept:
            step = self.done[i]
            if step[0] == "name":
                for path, inode in step[1]:
                    if inode is None:
                        names.pop(path, None)
                    else:
                        names[path] = inode
            elif step[0] == "size":
                data = files[step[1]]
                if step[3]:
                    del data[step[2]:]
                data.extend(bytes(max(0, step[2] - len(data))))
            elif step[0] == "data":
                data = files[step[1]]
                end = min(len(data), step[2] + len(step[3]))
                if end > step[2]:
                    data[step[2]:end] = step[3][:end - step[2]]
        return {path: bytes(files[inode]) for path, inode in names.items()}

    def states(self):
        """(cut, what was said before, files) for each distinct state; beyond PENDING_MAX open steps
        a sample of SAMPLE subsets, always with none and with all."""
        chance, seen = random.Random(1), set()
        for cut in range(len(self.done) + 1):
            said = [i for i, s in enumerate(self.done[:cut]) if s[0] == "said"]
            sure = self.forced(cut)
            pending = [i for i, s in enumerate(self.done[:cut])
                       if s[0] in ("name", "size", "data") and i not in sure]
            if len(pending) <= PENDING_MAX:
                subsets = itertools.product((0, 1), repeat=len(pending))
            else:
                subsets = [[0] * len(pending), [1] * len(pending)] + [
                    [chance.getrandbits(1) for _ in pending] for _ in range(SAMPLE)]
            for subset in subsets:
                kept = sorted(sure | {p for p, there in zip(pending, subset) if there})
                files = self.render(kept)
                key = (hash(tuple(sorted(files.items()))), len(said))
                if key not in seen:
                    seen.add(key)
                    yield cut, files


def record(world, words, program=None):
    """The steps of one run."""
    path = world.folder / "trace"
    disk = Disk([world.state, world.etc])
    wrap = ["strace", "-qq", "-y", "-s", "70000", "-e", "trace=" + ",".join(CALLS), "-o", str(path)]
    result = world.run(*words, wrap=wrap, program=program)
    for line in path.read_text(errors="replace").splitlines():
        disk.feed(line)
    assert result.rc == 0, result
    return disk


def grant(world, files):
    images = [W.parse_image(files[str(world.grant / name)])
              if str(world.grant / name) in files else None
              for name in ("record", "record.prev", "record.tmp")]
    return W.newest(*images)


def readable(data):
    """JSON, or not there; "" when it is neither."""
    try:
        return json.loads(data) if data is not None else None
    except ValueError:
        return ""


def promised(world, disk):
    """For each cut: the generation that was in use, or told of, and the last words."""
    floors, floor, words = [], 0, ""
    for cut in range(len(disk.done) + 1):
        if cut and disk.done[cut - 1][0] == "said":
            now = grant(world, disk.render(range(cut)))
            floor = max(floor, now[0] if isinstance(now, tuple) else 0)
            words += disk.done[cut - 1][1] if disk.done[cut - 1][1] != "sent" else ""
        floors.append((floor, words))
    return floors


def judge_state(world, files, before, floor, words):
    found = []
    image = grant(world, files)
    if not isinstance(image, tuple):
        found.append("LOST: the grant" if before else "LOST")
    elif image[0] < floor:
        found.append(f"generation {floor} was used, {image[0]} is on the disk")
    records = readable(files.get(str(world.state / "records.json")))
    said = re.search(r"published (\S+)", words)
    if records == "":
        found.append("TORN: records.json")
    elif said and (records or {}).get("hosts", {}).get(W.NAME, {}).get("ipv4", {}).get(
            "published") != said[1]:
        found.append(f"said {said[1]} was published, records.json does not")
    section = files.get(str(cases.section(world)), b"").decode()
    if section and not re.search(r"^\[host .*\]\nipv4 = yes\nipv6 = no\n", section, re.M):
        found.append("TORN: the host's section")
    if "The grant for" in words and not section:
        found.append("said that all is stored, and the host's section is not")
    if any(readable(data) == "" for path, data in files.items()
           if "/pending/" in path and not path.endswith(".tmp")):
        found.append("TORN: the pending consent")
    return found


def explore(world, case, program=None):
    """(states, cuts, violations)."""
    cases.reset(world)
    before = grant(world, Disk([world.state]).render([]))
    disk = record(world, case.command(world), program)
    floors = promised(world, disk)
    violations, states = [], 0
    for cut, files in disk.states():
        states += 1
        found = judge_state(world, files, before, *floors[cut])
        violations += [f"after step {cut}: {what}" for what in found]
    return states, len(disk.done) + 1, violations
