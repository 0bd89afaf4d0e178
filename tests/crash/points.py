"""Where to inject: every (system call, k) of the program's engine thread, from one traced run.  The
engine makes all file calls of ours and all talk with providers, so other threads are not traced;
strace counts each name for itself."""
import collections
import queue
import re
import subprocess
import threading

# What changes or reads something outside the process, or waits for it.
EFFECTS = set("""open openat openat2 creat read pread64 write pwrite64 writev close fsync fdatasync
lseek rename renameat renameat2 link linkat unlink unlinkat mkdir mkdirat fchmod fchmodat fchown
fchownat ftruncate newfstatat fstat statx faccessat faccessat2 access readlink getdents64 flock fcntl
socket connect sendto sendmsg sendmmsg recvfrom recvmsg poll ppoll getsockopt shutdown
exit_group""".split())
CHANGES = set("write fsync fdatasync renameat rename linkat unlinkat mkdirat fchmod ftruncate".split())
FILES = EFFECTS - set("""socket connect sendto sendmsg sendmmsg recvfrom recvmsg poll ppoll getsockopt
shutdown exit_group fcntl""".split())

Point = collections.namedtuple("Point", "name k index text")


def strace(*expressions, to="/dev/null"):
    wrap = ["strace", "-qq", "-yy", "-s", "64", "-o", str(to)]
    for expression in expressions:
        wrap += ["-e", expression]
    return wrap


def trace(world, words, names=EFFECTS):
    """The points of one run, in order."""
    path = world.folder / "trace"
    result = world.run(*words, wrap=strace(to=path))
    return parse(path.read_text(errors="replace"), names), result


def parse(text, names=EFFECTS):
    seen, points = collections.Counter(), []
    for line in text.splitlines():
        match = re.match(r"(\w+)\(", line)
        if not match:
            continue
        seen[match[1]] += 1
        if match[1] in names:
            points.append(Point(match[1], seen[match[1]], len(points), line))
    return points


def touches(point, *folders):
    return any(str(folder) in point.text for folder in folders)


def from_first(points, folder, sample):
    """All points from the first that touches FOLDER; of those before, which all leave the disk as
    it was, each SAMPLE-th."""
    first = next(i for i, p in enumerate(points) if touches(p, folder))
    return points[:first:sample] + points[first:]


def in_parallel(worlds, points, job):
    """job(world, point) for each point; results in order."""
    todo = queue.Queue()
    results, errors = [None] * len(points), []
    for item in enumerate(points):
        todo.put(item)

    def work(world):
        while not errors:
            try:
                i, point = todo.get_nowait()
            except queue.Empty:
                return
            try:
                results[i] = job(world, point)
            except Exception as error:  # pylint: disable=broad-except
                errors.append(error)

    threads = [threading.Thread(target=work, args=(world,)) for world in worlds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def have(*programs):
    """The first that is missing, or None."""
    for program in programs:
        if subprocess.run(["sh", "-c", f"command -v {program}"], stdout=subprocess.DEVNULL,
                          check=False).returncode != 0:
            return program
    return None
