"""A redirect that would take a token, a code or a question elsewhere: never followed.  The second
listener keeps whatever it receives."""
import cases

CODES = (301, 302, 303, 307, 308)
# exchange: the code of a consent at the token endpoint; token: a refresh there
ENDPOINTS = ("apply", "token", "exchange", "settings", "template")


def targets(world, peers):
    https = world.env["HTTPS_PORT"]
    return {
        "same host": f"https://api.sandbox.test:{https}/panel",
        "other port": f"https://api.sandbox.test:{peers.second.port}/steal",
        "other host": f"https://stun.sandbox.test:{peers.second.port}/steal",
        "http": f"http://api.sandbox.test:{peers.second_plain.port}/steal",
    }


def run_one(world, folder, endpoint, code, url):
    asked = "token" if endpoint == "exchange" else endpoint
    world.ctl("fail", asked, str(code), "9", f"location={url}")
    try:
        if endpoint == "exchange":
            return world.setup(folder, "new.example.test")
        if endpoint in ("settings", "template"):
            return world.run(folder, "doctor", "new.example.test")
        return world.run(folder, "update", "--force")
    finally:
        world.ctl("fail", asked, str(code), "0")


def secrets(world):
    return [line.encode() for line in world.ctl("secrets").split() if line]


def redirect_case(world, peers, endpoint, code, target, benign):
    name = f"{code} to {target}"
    folder = world.copy(f"redirect-{endpoint}-{code}-{target.replace(' ', '-')}",
                        world.echo_source())
    if endpoint == "token":
        cases.rewrite_grant(folder, {"expires_in_s": 0, "obtained_wall_ms": 0})
    seen = len(peers.second.seen) + len(peers.second_plain.seen)
    came = peers.second.count + peers.second_plain.count
    panel = world.ctl("stats")
    result = run_one(world, folder, endpoint, code, targets(world, peers)[target])
    wrong = cases.common(result, cases.PROVIDER_S, benign)
    # The template is only asked about: unclear is no error, consent decides.
    if endpoint != "template" and result.status not in (1, 2):
        wrong.append(f"exit status {result.status}")
    if peers.second.count + peers.second_plain.count != came:
        wrong.append("the second listener was connected to")
    received = peers.second.seen + peers.second_plain.seen
    if len(received) != seen:
        wrong.append(f"the second listener received {len(received) - seen} bytes")
    if any(secret in received for secret in secrets(world)):
        wrong.append("a token reached the second listener")
    if requests(panel, "panel") != requests(world.ctl("stats"), "panel"):
        wrong.append("the redirect was followed on the same host")
    return cases.Row(f"redirect {endpoint}", name, result, wrong, "not followed")


def requests(stats, endpoint):
    return cases.json.loads(stats)["requests"].get(endpoint, 0)
