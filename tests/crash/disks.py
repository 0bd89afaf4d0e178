"""Real power cuts: the state directory on ext4 and xfs on loop devices, the process killed at a file
call of the refresh, the file system shut down at once, with and without its journal written,
mounted again.  Needs root, loop devices, mkfs and xfs_io."""
import os
import pathlib
import shutil
import subprocess

import cases
import kill
import points as P
import rotation

KINDS = (("ext4", ""), ("ext4", "noauto_da_alloc"), ("xfs", ""))
SIZE = {"ext4": 64 << 20, "xfs": 320 << 20}
SYNCS = ("fsync", "renameat", "write", "linkat", "unlinkat")


def shell(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False)


def why_not(folder):
    """Why it cannot be done here, or None."""
    if os.geteuid() != 0:
        return "this needs root"
    program = P.have("mkfs.ext4", "mkfs.xfs", "xfs_io", "mount")
    if program:
        return f"{program} is not here"
    try:
        disk = Disk(folder / "probe", "ext4", "")
    except OSError as error:
        return f"no loop devices here ({error})"
    disk.unmount()
    return None


class Disk:
    def __init__(self, folder, kind, options):
        self.kind, self.options = kind, ",".join(filter(None, ("loop", options)))
        self.image, self.path = pathlib.Path(f"{folder}.img"), pathlib.Path(folder)
        with open(self.image, "wb") as image:
            image.truncate(SIZE[kind])
        self.path.mkdir(parents=True, exist_ok=True)
        made = shell(f"mkfs.{kind}", "-q", "-F" if kind == "ext4" else "-f", str(self.image))
        if made.returncode != 0:
            raise OSError(made.stderr.strip())
        self.mount()

    def mount(self):
        run = shell("mount", "-o", self.options, str(self.image), str(self.path))
        if run.returncode != 0:
            raise OSError(run.stderr.strip())

    def unmount(self):
        shell("umount", str(self.path))

    def cut(self, flush):
        """The machine stops; what was not written is gone."""
        shell("xfs_io", "-x", "-c", "shutdown -f" if flush else "shutdown", str(self.path))
        self.unmount()
        self.mount()


def move_state(world, disk):
    """The state directory is on DISK from now on."""
    if world.state.is_symlink():
        world.state.unlink()
    else:
        shutil.rmtree(world.state)
    world.state.symlink_to(disk.path / "state")
    world.on_disk = disk.path / "state"


def reset(world, disk):
    """As cases.reset(), and on the disk for good."""
    shutil.rmtree(world.on_disk, ignore_errors=True)
    shutil.copytree(world.folder / "template/state", world.on_disk, symlinks=True)
    shutil.rmtree(world.etc)
    shutil.copytree(world.folder / "template/etc", world.etc)
    world.ctl("rewind")
    world.ctl("clear")
    world.new_address()
    world.old = cases.token(world.stored())
    shell("sync", "-f", str(disk.path))


def cuts(worlds, base, full, program=None):
    """(kind, options, tally) for each file system."""
    points = kill.baseline(base, cases.REFRESH)
    touched = [p for p in points if P.touches(p, base.state)]
    chosen = [p for p in touched if full or p.name in SYNCS] + [points[-1]]
    for kind, options in KINDS:
        yield kind, options, on_disk(worlds, kind, options, points, chosen, program)


def on_disk(worlds, kind, options, points, chosen, program):
    tally = kill.Tally()
    safe = rotation.safe_from(points)
    disks = {}
    for world in worlds:
        disks[world] = Disk(world.folder / f"disk-{kind}{options}", kind, options)
        move_state(world, disks[world])

    def one(world, item):
        point, flush = item
        disk = disks[world]
        reset(world, disk)
        wrap = P.strace(f"trace={point.name}",
                        f"inject={point.name}:signal=SIGKILL:when={point.k}")
        result = world.run("update", wrap=wrap, program=program)
        disk.cut(flush)
        found = cases.damage(world) + cases.unsaved(world, result)
        kind_of = "new" if cases.token(world.stored()) != world.old else "old"
        if point.index > safe and kind_of == "old":
            found.append("the new tokens were synced, and are gone")
        return kind_of, found + cases.go_on(world)

    items = [(p, flush) for p in chosen for flush in (False, True)]
    try:
        for (point, flush), (kind_of, found) in zip(items, P.in_parallel(worlds, items, one)):
            tally.add(f"{'journal written, ' if flush else ''}{kill.at(point)}", kind_of, found)
    finally:
        for world in worlds:
            disks[world].unmount()
            disks[world].image.unlink()
    return tally
