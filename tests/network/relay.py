#!/usr/bin/env python3
"""A slow, lossy wire between two network namespaces: what netem would be, where there is none.

usage: relay.py DIR NAMESPACE-A DEVICE-A NAMESPACE-B DEVICE-B DELAY JITTER LOSS TWICE
  DELAY and JITTER in seconds, for each way; a jitter reorders.  LOSS and TWICE are parts of 1.
  DIR/relay-ready   appears when both devices are there (without addresses, and down)
  DIR/relay.log     at SIGTERM: packets carried, lost, doubled, overtaken
"""
import ctypes
import fcntl
import heapq
import os
import random
import select
import signal
import struct
import sys
import time

folder, space_a, device_a, space_b, device_b = sys.argv[1:6]
delay, jitter, loss, twice = map(float, sys.argv[6:10])
CLONE_NEWNET, TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x40000000, 0x400454CA, 0x0001, 0x1000
libc = ctypes.CDLL(None, use_errno=True)


def enter(fd):
    if libc.setns(fd, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def tun(space, device):
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    if space != "-":
        enter(os.open(f"/run/netns/{space}", os.O_RDONLY))
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH14s", device.encode(), IFF_TUN | IFF_NO_PI, b""))
    enter(home)
    return fd


def write(fd, packet):
    try:
        os.write(fd, packet)
    except OSError:  # the device is down
        pass


def read(fd):
    try:
        return os.read(fd, 65536)
    except OSError:
        return b""


ends = {}
counts = {"carried": 0, "lost": 0, "doubled": 0, "overtaken": 0}
queue, serial, last, over = [], 0, 0, False


def stop(_signal, _frame):
    global over
    over = True


a, b = tun(space_a, device_a), tun(space_b, device_b)
ends = {a: b, b: a}
signal.signal(signal.SIGTERM, stop)
random.seed(1)
open(os.path.join(folder, "relay-ready"), "w").close()
while not over:
    wait = max(0, min(0.2, queue[0][0] - time.monotonic())) if queue else 0.2
    for fd in select.select([a, b], [], [], wait)[0]:
        packet = read(fd)
        copies = 2 if random.random() < twice else 1
        counts["doubled"] += copies - 1
        for _ in range(copies if packet else 0):
            if random.random() < loss:
                counts["lost"] += 1
                continue
            serial += 1
            due = time.monotonic() + max(0, delay + random.uniform(-jitter, jitter))
            heapq.heappush(queue, (due, serial, ends[fd], packet))
    while queue and queue[0][0] <= time.monotonic():
        _, number, fd, packet = heapq.heappop(queue)
        counts["carried"] += 1
        counts["overtaken"] += number < last
        last = max(last, number)
        write(fd, packet)
with open(os.path.join(folder, "relay.log"), "w", encoding="ascii") as log:
    print(", ".join(f"{count} {what}" for what, count in counts.items()), file=log)
