"""The three things that save: redeeming a code, refreshing with rotation, noting an address.  Each
with what must hold after it was cut short anywhere.  Must not know how it was cut short."""
import re

from world import NAME

SECTION = f"[host {NAME}]\nipv4 = yes\nipv6 = no\n"


class Case:
    def __init__(self, name, words):
        self.name, self.words = name, words

    def command(self, world):
        return [word.replace("@", str(world.folder)) for word in self.words]


SETUP = Case("setup", ["setup", NAME, "--code-file", "@/code"])
REFRESH = Case("refresh", ["update"])
SAVE = Case("save", ["update"])
CASES = (SETUP, REFRESH, SAVE)


def prepare(world, case):
    """The world in which CASE begins; there is one mark, so one case at a time."""
    world.new_address()
    done = world.run("setup", NAME, "--code", world.consent())
    assert done.rc == 0, done
    if case is SETUP:
        # An old grant that works, no section yet, and a consent that waits for its code.
        section(world).unlink()
        (world.folder / "code").write_text(world.consent() + "\n")
    if case is REFRESH:
        world.ctl("expire")
    world.keep("template")


def section(world):
    return world.etc / "conf.d" / f"{NAME}.conf"


def token(image):
    return image[1]["refresh_token"] if isinstance(image, tuple) else None


def reset(world):
    world.put_back("template")
    world.old = token(world.stored())


def unsaved(world, result):
    """What the program said it had done, and had not."""
    found = []
    if "The grant for" in result.out and token(world.stored()) == world.old:
        found.append("said the grant was stored; it is not")
    said = re.search(r"published (\S+)", result.out)
    if said and world.recorded() != said[1]:
        found.append(f"said {said[1]} was published; records.json has {world.recorded()}")
    if said and world.published() != said[1]:
        found.append(f"said {said[1]} was published; DNS has {world.published()}")
    return found


def damage(world):
    """Files that are neither as before nor as after."""
    found = []
    if token(world.stored()) is None:
        found.append(f"LOST: the grant is {world.stored() or 'gone'}")
    path = section(world)
    if path.exists() and not re.search(r"^\[host .*\]\n(.+\n)+", path.read_text(), re.M):
        found.append(f"TORN: {path.name} is {path.read_text()!r}")
    records = world.state / "records.json"
    if records.exists() and world.recorded() is None:
        found.append(f"TORN: records.json is {records.read_text()[:60]!r}")
    return found


def go_on(world, *words):
    """What any next run must do: publish the right address, with a token that was not replaced."""
    if not section(world).exists():
        section(world).write_text(SECTION)  # as a person does whom setup has told so
    result = world.run("update", *words)
    if result.rc != 0:
        return [f"the next update fails: {result.err.strip()}"]
    found = []
    if world.published() != world.address or world.recorded() != world.address:
        found.append(f"the next update leaves {world.published()}, not {world.address}")
    stats = world.stats()
    if stats["reuses"]:
        found.append("a refresh token that was replaced came back too late")
    if stats["refreshes"] and token(world.stored()) != world.secrets()[-1]:
        found.append("the newest refresh token is not the one that is stored")
    return found


def redeem_again(world):
    """The code is good until the provider has seen it; afterwards a new consent is asked for."""
    spent = world.stats()["exchanges"] > 0
    again = world.run("setup", NAME, "--code-file", str(world.folder / "code"))
    if spent:
        return "spent", [] if again.rc == 2 and "dcddns" in again.err else [f"spent: {again}"]
    return "old", [] if again.rc == 0 and token(world.stored()) != world.old else [f"{again}"]


def judge(world, case, result, *words):
    """(what is stored, violations) after a run that was cut short."""
    found = damage(world)
    kind = "new" if token(world.stored()) != world.old else "old"
    found += unsaved(world, result)
    found += go_on(world, *words)
    if case is SETUP and kind == "old":
        kind, more = redeem_again(world)
        found += more
    return kind, found
