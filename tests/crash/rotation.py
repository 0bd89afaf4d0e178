"""The process is killed around a rotation and started again at once, at a provider with and without
grace.  Without, the grant is lost from the provider's rotation to our write: the system calls in
between are counted."""
import collections
import re

import cases
import kill
import points as P

WINDOW_MAX = 4


NAMES = ("sendto", "recvfrom", "write", "fsync")


def reservation(points):
    """Index of the first blank write: the refresh, and nothing before it, begins so."""
    return next((i for i, p in enumerate(points)
                 if p.name == "write" and "record.tmp" in p.text and '>, "  ' in p.text), len(points))


def talk(points):
    """(request sent, pieces of its answer received, answer written) of the refresh."""
    sent, pieces = False, 0
    for p in points[reservation(points):]:
        if p.text.endswith("= ?"):
            continue
        if p.name == "sendto" and "TCP" in p.text:
            if sent:
                break
            sent = True
        elif sent and p.name == "write" and "record.tmp" in p.text:
            return True, pieces, True
        elif sent and p.name == "recvfrom" and "TCP" in p.text:
            pieces += bool(re.search(r"= [1-9]\d*$", p.text))
    return sent, pieces, False


def safe_from(points):
    """Index of the sync of the new tokens."""
    reserved = max(i for i, p in enumerate(points) if p.name == "write" and '>, "  ' in p.text)
    return next(p.index for p in points[reserved + 2:]
                if p.name == "fsync" and "record.tmp" in p.text and
                any("dcddns-record" in q.text for q in points[reserved:p.index]))


def around(world, full):
    """All points, and those from a little before the request to the end."""
    points = kill.baseline(world, cases.REFRESH)
    return points, points[0 if full else reservation(points):]


def killed(worlds, points, chosen, grace):
    """A tally, with the points that lost the grant while the answer was under way, and in hand."""
    tally = kill.Tally()
    pieces = talk(points)[1]
    tally.lost = collections.Counter()

    def one(world, point):
        world.ctl("set", "grace", grace)
        path = world.folder / "trace"
        result = kill.cut(world, cases.REFRESH, point, "signal=SIGKILL", NAMES, path)
        found = cases.damage(world) + cases.unsaved(world, result)
        so_far = talk(P.parse(path.read_text(errors="replace")))
        return result, found, cases.go_on(world), so_far

    results = P.in_parallel(worlds, chosen, one)
    for point, (result, found, after, (sent, received, written)) in zip(chosen, results):
        if after and grace == 0 and sent and not written:
            tally.lost["in hand" if received >= pieces else "under way"] += 1
        else:
            found += after
        tally.add(kill.at(point), "killed" if result.rc else "not reached", found)
    if tally.lost["in hand"] > WINDOW_MAX:
        tally.violations.append(f"{tally.lost['in hand']} system calls between answer and safety")
    return tally


def killed_late(worlds, points, chosen):
    """killed() without grace, for a program that does not write where ours does: whatever was lost
    after the answer was in hand counts."""
    tally = killed(worlds, points, chosen, 0)
    tally.violations = [v for v in tally.violations if "calls between" in v]
    return tally
