"""A hostile DNS server: a mode for each name MODE.victim.test, over UDP and TCP.

The good address is 127.0.0.1, the evil one 127.0.0.2, where a trap counts who comes.  Everything
outside victim.test is asked of the sandbox, so that the rest of the program works.
"""
import socket
import struct
import threading
import time

GOOD, EVIL = bytes([127, 0, 0, 1]), bytes([127, 0, 0, 2])
A, CNAME, SOA, TXT, AAAA = 1, 5, 6, 16, 28
RESPONSE, TRUNCATED = 0x8580, 0x8780
HERE = b"\xc0\x0c"  # the name in the question


def name(text):
    labels = [label.encode() for label in text.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(owner, rtype, data, ttl=60, rclass=1):
    return owner + struct.pack("!HHIH", rtype, rclass, ttl, len(data)) + data


class Question:
    """One query as it came."""

    def __init__(self, query):
        self.query = query
        end, labels = 12, []
        while query[end]:
            labels.append(query[end + 1:end + 1 + query[end]].decode("latin-1").lower())
            end += query[end] + 1
        self.name = ".".join(labels)
        self.type = struct.unpack("!H", query[end + 1:end + 3])[0]
        self.raw = query[12:end + 5]
        self.id = struct.unpack("!H", query[:2])[0]

    def answer(self, *records, flags=RESPONSE, qid=None, question=None, counts=None):
        counts = counts or (1, len(records), 0, 0)
        header = struct.pack("!6H", self.id if qid is None else qid, flags, *counts)
        return header + (self.raw if question is None else question) + b"".join(records)

    def good(self):
        return self.answer(record(HERE, A, GOOD))

    def evil(self, **words):
        return self.answer(record(HERE, A, EVIL), **words)


class Udp:
    """How a mode sends: several datagrams, in time."""

    def __init__(self, server, peer):
        self.server, self.peer = server, peer

    def send(self, data):
        self.server.udp.sendto(data, self.peer)

    def elsewhere(self, data):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            other.sendto(data, self.peer)


def then_good(first):
    def both(q, udp):
        first(q, udp)
        time.sleep(0.1)
        udp.send(q.good())
    return both


def only(make):
    return lambda q, udp: udp.send(make(q))


def chain(length, loop=False):
    """home -> c1 -> c2 ...; at its end the good address, or the first name again."""
    def make(q):
        rows, owner = [], HERE
        for i in range(length):
            target = name(q.name if loop and i == length - 1 else f"c{i}.victim.test")
            rows.append(record(owner, CNAME, target))
            owner = target
        return q.answer(*rows, *([] if loop else [record(owner, A, GOOD)]))
    return make


def late(seconds):
    def answer(q, udp):
        time.sleep(seconds)
        udp.send(q.good())
    return answer


def truncated(q, udp):
    udp.send(q.answer(flags=TRUNCATED))


def tcp_good(q, conn):
    frame(conn, q.good())


def frame(conn, data):
    conn.sendall(struct.pack("!H", len(data)) + data)


def tcp_garbage(q, conn):
    frame(conn, b"\xff" * 400)


def tcp_silent(q, conn):
    time.sleep(20)


def tcp_endless(q, conn):
    conn.sendall(b"\xff\xff")
    while True:
        conn.sendall(b"\0" * 65536)


def tcp_drip(q, conn):
    conn.sendall(b"\x02\x00")
    while True:
        conn.sendall(b"\0")
        time.sleep(0.1)


def tcp_many(q, conn):
    frame(conn, q.answer(*[record(HERE, A, GOOD)] * 1000))


def tcp_closes(q, conn):
    pass


def tcp_huge_txt(q, conn):
    rows = [record(HERE, A, GOOD)] + [record(HERE, TXT, (b"\xff" + b"t" * 255) * 80)] * 3
    frame(conn, q.answer(*rows))


def tcp_wrong_id(q, conn):
    frame(conn, q.evil(qid=q.id ^ 1))


# name: (over UDP, whether the good address may be used, over TCP)
MODES = {
    "benign": (only(Question.good), True, tcp_good),
    # c-ares takes these two for the answer and we do not: then there is none.
    "query-not-response": (then_good(lambda q, u: u.send(q.evil(flags=0x0100))), False, None),
    "other-opcode": (then_good(lambda q, u: u.send(q.evil(flags=RESPONSE | 0x2800))), False, None),
    "wrong-id": (then_good(lambda q, u: u.send(q.evil(qid=q.id ^ 1))), True, None),
    "wrong-question": (then_good(lambda q, u: u.send(
        q.evil(question=name("evil.test") + b"\0\1\0\1"))), True, None),
    "wrong-type": (then_good(lambda q, u: u.send(q.evil(question=q.raw[:-4] + b"\0\x10\0\1"))),
                   True, None),
    "wrong-port": (then_good(lambda q, u: u.elsewhere(q.evil())), True, None),
    "too-short": (then_good(lambda q, u: u.send(q.query[:7])), True, None),
    "flood-of-ids": (then_good(lambda q, u: [u.send(q.evil(qid=i)) for i in range(2000)
                                             if i != q.id]), True, None),
    "pointer-to-itself": (only(lambda q: q.answer(
        record(bytes([0xc0, 12 + len(q.raw)]), A, EVIL))), False, None),
    "pointer-forward": (only(lambda q: q.answer(record(b"\xc0\xff", A, EVIL))), False, None),
    "length-beyond-end": (only(lambda q: q.answer(
        HERE + struct.pack("!HHIH", A, 1, 60, 0xffff) + EVIL)), False, None),
    "more-counted-than-sent": (only(lambda q: q.answer(record(HERE, A, EVIL),
                                                       counts=(1, 60000, 0, 0))), False, None),
    "other-owner": (only(lambda q: q.answer(record(name("evil.test"), A, EVIL))), False, None),
    "other-class": (only(lambda q: q.answer(record(HERE, A, EVIL, rclass=3))), False, None),
    "long-address": (only(lambda q: q.answer(record(HERE, A, EVIL * 4))), False, None),
    "aaaa-for-a": (only(lambda q: q.answer(record(HERE, AAAA, EVIL * 4))), False, None),
    "in-additional": (only(lambda q: q.answer(record(HERE, A, EVIL), counts=(1, 0, 0, 1))),
                      False, None),
    "nxdomain-with-data": (only(lambda q: q.evil(flags=0x8583)), False, None),
    "nxdomain": (only(lambda q: q.answer(flags=0x8583)), False, None),
    "nodata": (only(lambda q: q.answer()), False, None),
    "servfail": (only(lambda q: q.answer(flags=0x8582)), False, None),
    "servfail-with-data": (only(lambda q: q.evil(flags=0x8582)), False, None),
    "refused": (only(lambda q: q.answer(flags=0x8585)), False, None),
    "cname-loop": (only(chain(3, loop=True)), False, None),
    "cname-chain-of-8": (only(chain(8)), True, None),
    "cname-chain-of-30": (only(chain(30)), False, None),
    "silent": (lambda q, udp: None, False, None),
    "slow": (late(0.7), True, None),
    "slower-than-deadline": (late(8), False, None),
    "truncated": (truncated, True, tcp_good),
    "truncated-tcp-garbage": (truncated, False, tcp_garbage),
    "truncated-tcp-silent": (truncated, False, tcp_silent),
    "truncated-tcp-endless": (truncated, False, tcp_endless),
    "truncated-tcp-drip": (truncated, False, tcp_drip),
    "truncated-tcp-closes": (truncated, False, tcp_closes),
    "truncated-tcp-wrong-id": (truncated, False, tcp_wrong_id),
    "1000-records": (truncated, True, tcp_many),
    "huge-txt-beside": (truncated, True, tcp_huge_txt),
}


class Server:
    """At 127.0.0.1:PORT; SANDBOX is "address:port" of the one that knows the rest."""

    def __init__(self, sandbox):
        host, port = sandbox.rsplit(":", 1)
        self.sandbox = (host, int(port))
        self.tcp = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.tcp.getsockname()[1]
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", self.port))
        self.txt = {}    # zone: strings of its _domainconnect record
        self.hosts = {}  # name: addresses, one after the other for each question
        threading.Thread(target=self.serve_udp, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    def serve_udp(self):
        while True:
            query, peer = self.udp.recvfrom(4096)
            threading.Thread(target=self.answer_udp, args=(query, peer), daemon=True).start()

    def answer_udp(self, query, peer):
        q = Question(query)
        udp = Udp(self, peer)
        mode = self.mode(q)
        if self.own(q):
            udp.send(self.own(q))
        elif mode is None:
            udp.send(self.forward(query))
        elif q.type == A:
            mode[0](q, udp)
        else:
            udp.send(q.answer())  # no AAAA, no TXT

    def own(self, q):
        zone = q.name.removeprefix("_domainconnect.")
        if zone != q.name and zone in self.txt:
            text = self.txt[zone]
            cut = b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255]
                           for i in range(0, len(text), 255))
            return q.answer(*([record(HERE, TXT, cut)] if q.type == TXT else []))
        if q.name in self.hosts:
            given = self.hosts[q.name]
            address = given.pop(0) if len(given) > 1 else given[0]
            return q.answer(*([record(HERE, A, address)] if q.type == A else []))
        return None

    @staticmethod
    def mode(q):
        first, _, rest = q.name.partition(".")
        return MODES.get(first) if rest == "victim.test" else None

    def forward(self, query):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as up:
            up.settimeout(5)
            up.sendto(query, self.sandbox)
            return up.recv(65536)

    def serve_tcp(self):
        while True:
            conn, _ = self.tcp.accept()
            threading.Thread(target=self.answer_tcp, args=(conn,), daemon=True).start()

    def answer_tcp(self, conn):
        with conn:
            try:
                length = struct.unpack("!H", conn.recv(2))[0]
                q = Question(conn.recv(length))
                mode = self.mode(q)
                if mode and q.type == A and mode[2]:
                    mode[2](q, conn)
                else:
                    frame(conn, q.answer())
            except (OSError, struct.error, IndexError):
                pass  # the program went away
