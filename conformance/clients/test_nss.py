"""NSS's own tools: what modutil and certutil show of the card, and a TLS login with tstclnt."""

from __future__ import annotations

import re

from conformance.clients.servers.authority import HOST
from conformance.clients.servers.web_server import WebServer
from conformance.clients.story import Story, expect
from conformance.clients.support import tls
from conformance.clients.support.client_environment import World
from conformance.clients.support.nss import MODULE, make_database
from conformance.testbed.cards import WRONG_PIN

_CLIENT = "NSS tools"


def modules(world: World) -> None:
    database = make_database(world, world.directory / "nss")
    listed = world.run("modutil", "-dbdir", database, "-list")
    for line in (f"  2. {MODULE}", "status: loaded", f"slot: {world.rig.reader}", f"token: {_token(world)}"):
        expect(line in listed, listed)
    world.run("modutil", "-dbdir", database, "-delete", MODULE, "-force")
    expect(MODULE not in world.run("modutil", "-dbdir", database, "-list"), "still listed after -delete")


def objects(world: World) -> None:
    """A certificate is `u,u,u` when NSS found its private key by CKA_ID and may use it."""
    database = make_database(world, world.directory / "nss")
    code = ("-f", world.pin_file)
    certificates = world.run("certutil", "-L", "-d", database, "-h", _token(world), *code)
    keys = world.run("certutil", "-K", "-d", database, "-h", _token(world), *code)
    for pair in world.card.keys:
        expect(bool(re.search(rf":{re.escape(pair.certificate)} +u,u,u$", certificates, re.MULTILINE)), certificates)
        expect(bool(re.search(rf"{pair.id.hex()} +{pair.private}$", keys, re.MULTILINE)), keys)


def wrong_code(world: World) -> None:
    database = make_database(world, world.directory / "nss")
    wrong = world.directory / "wrong-code"
    wrong.write_bytes(WRONG_PIN)
    said = world.run("certutil", "-K", "-d", database, "-h", _token(world), "-f", wrong, fails=True)
    expect("Incorrect password/PIN entered" in said, said)
    expect(world.rig.pin_tries == 2, f"{world.rig.pin_tries} tries are left after one wrong code")


def visit(world: World, server: WebServer, *, fails: bool) -> str:
    database = make_database(world, world.directory / "nss")
    request, codes = world.directory / "request", world.directory / "codes"
    request.write_text("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    codes.touch(mode=0o600)
    codes.write_text(f"{_token(world)}:{world.pin}\n")
    return world.run(
        "tstclnt", "-4", "-h", HOST, "-p", str(server.port), "-V", "tls1.2:tls1.3", "-d", database, "-W", codes,
        "-n", f"{_token(world)}:{world.card.authentication.certificate}", "-A", request, fails=fails,
    )  # fmt: skip


def _token(world: World) -> str:
    return f"{world.card.generation} VIRTUELLE"


STORIES = (
    Story(_CLIENT, "modutil adds, shows and removes the module", modules),
    Story(_CLIENT, "certutil finds both keys and certificates: u,u,u", objects),
    Story(_CLIENT, "a wrong code is told and costs one try", wrong_code),
    *tls.stories(_CLIENT, visit),
)
