"""What each hostile peer is to lead to.  A case runs the program once or more and gives a Row."""
import json
import hashlib

import peer_dns
import peer_http
import peer_stun
import world as w

SPARE_S = 6      # beyond the deadline that applies
GROWTH_KIB = 4096
PROVIDER_S = 30  # what a request to a provider may take in all


class Row:
    """A line of the table; wrong is a list of what was not as it must be."""

    def __init__(self, group, name, result, wrong, outcome):
        self.group, self.name, self.result = group, name, result
        self.wrong, self.outcome = wrong, outcome


def common(result, deadline, benign):
    wrong = []
    if result.crashed:
        wrong.append(f"ended with {result.status}: {result.err[-300:]}")
    if result.seconds > deadline + SPARE_S:
        wrong.append(f"took {result.seconds:.1f} s, {deadline + SPARE_S} s are allowed")
    if benign and result.kib > benign.kib + GROWTH_KIB:
        wrong.append(f"{result.kib - benign.kib} KiB more than a benign run")
    if any(ord(c) < 32 and c not in "\n\t" for c in result.err + result.out):
        wrong.append("control characters on the terminal")
    return wrong


def judge(world, result, believed, ip, deadline, benign, evil=None):
    """For cases about the address that is to be published."""
    wrong = common(result, deadline, benign)
    published = world.published(ip)
    if believed and (result.status != 0 or not published):
        wrong.append(f"{ip} was not published: {result.status} {result.err.strip()[-200:]}")
    if not believed and published:
        wrong.append(f"{ip} was published")
    if not believed and result.status not in (1, 2):
        wrong.append(f"exit status {result.status}")
    if not believed and not result.err.strip():
        wrong.append("no words")
    if evil and world.published(evil):
        wrong.append(f"{evil} was published")
    return wrong, "published" if published else "refused"


# -- HTTP: a single echo service -------------------------------------------------------------------

def http_case(world, peers, mode, number, benign):
    believed = mode in peer_http.MODES and peer_http.MODES[mode][1]
    ip = f"6.6.1.{100 + number}" if mode not in peer_http.CERTIFICATES + ("deaf",) else "6.6.0.0"
    port = peers.http[mode].port if mode in peers.http else peers.http["good"].port
    url = f"https://127.0.0.1:{port}/{mode}/{ip}"
    folder = world.copy(f"http-{mode}", world.echo_source(url))
    result = world.run(folder, "update")
    # A change is read twice: the second reading has a deadline of its own.
    cut = None if believed else ip[:-1]
    wrong, outcome = judge(world, result, believed, ip, 2 * w.QUERY_S, benign, cut)
    return Row("http", mode, result, wrong, outcome)


# -- DNS: the name of the echo service -------------------------------------------------------------

def dns_case(world, peers, mode, number, benign):
    believed = peer_dns.MODES[mode][1]
    ip = f"6.6.2.{100 + number}"
    url = f"https://{mode}.victim.test:{peers.trapped}/benign/{ip}"
    folder = world.copy(f"dns-{mode}", world.echo_source(url),
                        f"resolver = 127.0.0.1:{peers.dns.port}")
    before = peers.trap.count
    result = world.run(folder, "update")
    wrong, outcome = judge(world, result, believed, ip, 2 * w.QUERY_S, benign)
    if peers.trap.count != before:
        wrong.append("it connected to the evil address")
    return Row("dns", mode, result, wrong, outcome)


# -- STUN: two servers that say the same -----------------------------------------------------------

def stun_case(world, _peers, mode, _number, benign):
    believed = peer_stun.MODES[mode][1]
    servers = ", ".join(f"127.0.0.1:{peer_stun.Server(mode).port}" for _ in range(2))
    source = f"[ip-source stun]\nservers = {servers}\ntimeout = 1 s\n"
    folder = world.copy(f"stun-{mode}", source, "sources = stun")
    result = world.run(folder, "update")
    wrong = common(result, 2 * w.QUERY_S, benign)
    state = world.run(folder, "status", "--json")
    address = json.loads(state.out)["hosts"][0]["ipv4"]["published"]
    want = peer_stun.GOOD if believed else w.ADDRESS
    if address != want:
        wrong.append(f"{address} is published, {want} ought to be: {result.err.strip()[-200:]}")
    if world.published(peer_stun.EVIL):
        wrong.append("the evil address was published")
    return Row("stun", mode, result, wrong, "published" if address != w.ADDRESS else "refused")


# -- the provider's API: the grant leads to the hostile server -------------------------------------

def rewrite_grant(folder, change):
    """The stored grant with CHANGE; see core/state/store_image.h."""
    path = folder / "state" / "grants" / w.NAME / "record"
    header, payload = path.read_bytes().split(b"\n", 1)
    generation = header.split()[2]
    length = int(header.split()[3])
    grant = dict(json.loads(payload[:length]), **change)
    payload = json.dumps(grant).encode()
    measure = b"%s %d" % (generation, len(payload))
    digest = hashlib.sha256(measure + b"\n" + payload).hexdigest().encode()
    path.write_bytes(b"dcddns-record 1 %s %s\n%s\n" % (measure, digest, payload))
    return grant


def stored_grant(folder):
    return rewrite_grant(folder, {})


def provider_case(world, peers, endpoint, mode, benign):
    """An apply, or the refresh before it, is answered by the mode."""
    folder = world.copy(f"{endpoint}-{mode}", world.echo_source())
    port = peers.http["api"].port
    change = {"api_url": f"https://127.0.0.1:{port}/{mode}/x"}
    if endpoint == "token":
        change.update(expires_in_s=0, obtained_wall_ms=0)
    before = rewrite_grant(folder, change)
    result = world.run(folder, "update", "--force")
    wrong = common(result, PROVIDER_S, benign)
    done = endpoint == "apply" and mode in DONE
    if (result.status == 0) != done:
        wrong.append(f"exit status {result.status}")
    if not done and not result.err.strip():
        wrong.append("no words")
    after = stored_grant(folder)
    if after["refresh_token"] != before["refresh_token"] or after.get("needs_consent"):
        wrong.append("the grant did not stay as it was")
    return Row(endpoint, mode, result, wrong, "done" if result.status == 0 else "failed")


# Any 2xx that came whole is success for an apply, whatever its body says (protocol, "Apply").
DONE = {"benign", "continue-once", "gzip-address", "204-with-body", "nul-in-body",
        "html-with-address", "16-KB-of-digits", "gzip-bomb", "truncated-tls"}
PROVIDER_MODES = ("benign", "continue-once", "silent", "drip", "header-drip", "50000-headers",
                  "endless-header", "endless-chunked", "endless-body", "huge-content-length",
                  "gzip-bomb", "gzip-address", "redirect-loop", "redirect-to-http", "http-0.9",
                  "garbage", "truncated-tls", "body-shorter-than-length", "reset-in-body",
                  "close-at-once", "100-continue-flood", "103-hints-flood", "nul-in-body",
                  "html-with-address", "16-KB-of-digits", "204-with-body", "403-with-address",
                  "500-with-address", "511-portal")
