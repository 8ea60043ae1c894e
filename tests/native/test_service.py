"""The question whether pcscd answers: what we send before libpcsclite, which waits without a limit, sends anything."""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from threading import Thread

from tests.native.hosts import Run

HEADER, VERSION, COMMAND_VERSION = struct.Struct("II"), struct.Struct("iiI"), 0x11
MAJOR, MINOR = 4, 5


class Service:
    """Knows the first message of a client, and says that its own version is newer. Refuses everything else."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.asked: list[int] = []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(path))
        self._socket.listen(50)
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            client = self._socket.accept()[0]
            Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client:
            while message := client.recv(HEADER.size, socket.MSG_WAITALL):
                if HEADER.unpack(message)[1] != COMMAND_VERSION:
                    return
                _, minor, _ = VERSION.unpack(client.recv(VERSION.size, socket.MSG_WAITALL))
                self.asked.append(minor)
                client.sendall(VERSION.pack(MAJOR, MINOR, 0))


def test_the_version_of_the_service_is_asked_with_once_it_is_known(
    c_host: Run, installed_module: Path, tmp_path: Path
) -> None:
    """pcscd 2.3 (Debian 13) writes three lines to the journal for each question with another version than its own."""
    service = Service(tmp_path / "pcscd.comm")
    c_host(
        """
        OK(p11->C_Initialize(NULL));
        for (int i = 0; i < 5; i++) {
            usleep(100000);     /* so that nobody has looked a moment ago */
            OK(slots());
        }
        """,
        module=installed_module,
        env={"PCSCLITE_CSOCK_NAME": str(service.path)},
    )
    assert service.asked.count(MINOR) > 1, service.asked
