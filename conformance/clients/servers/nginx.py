"""nginx with its key on the card, configured and started as docs/clients/nginx.md says."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from types import TracebackType
from typing import Self

from conformance.clients.servers.ports import listens, reserved_port
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.support.cps_command import CPS
from conformance.clients.support.p11_kit import AS_USER
from conformance.testbed.documented_commands import blocks

_PAGE = "docs/clients/nginx.md"
_TEMPORARY = "".join(
    f"    {name}_temp_path {name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
)  # fmt: skip


class Nginx:
    """Runs in the background, from ``with`` to its end, a proxy of a portal and a server.

    Workers of root run as nobody, who may not use the card: root becomes another user.
    """

    def __init__(self, environment: ClientEnvironment, portal: str) -> None:
        self._environment = environment
        self.proxy_port, self.server_port = reserved_port(environment), reserved_port(environment)
        (environment.directory / "nginx.conf").write_text(self._configuration(portal))

    def _configuration(self, portal: str) -> str:
        main, without_pss = blocks("A proxy and a server with the key of the card", "nginx", _PAGE)
        environment = self._environment
        if not environment.card.has_pss:
            main = main.replace("http {\n", f"http {{\n{without_pss}")
            main = main.replace(" ssl_protocols TLSv1.2 TLSv1.3", " ssl_protocols TLSv1.2")
        for written, here in {
            "http {\n": f"http {{\n{_TEMPORARY}", "https://host/": portal,
            "TOKEN": environment.token.replace(" ", "%20"),
            "authority.pem": str(environment.authority.certificate),
            ":8080": f":{self.proxy_port}", ":8443": f":{self.server_port}",
        }.items():  # fmt: skip
            assert written in main
            main = main.replace(written, here)
        return f"worker_processes 2;\n{main}"

    def start(self, *, code: str | None = None, fails: bool = False) -> str:
        (script,) = blocks("Start", "sh", _PAGE)
        script = script.replace("cps certificates", f"{CPS} certificates")
        environment, typed = self._environment, f"{code or self._environment.pin}\n"
        return environment.run(
            *AS_USER, "bash", "-euc", script, stdin=typed, env={"MODULE": environment.module}, fails=fails
        )  # fmt: skip

    def __enter__(self) -> Self:
        self.start()
        wait_until(lambda: listens(self.proxy_port) and listens(self.server_port), "nginx")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._signal(signal.SIGTERM)

    def reload(self) -> None:
        """Its workers end, new ones begin."""
        self._signal(signal.SIGHUP)
        wait_until(lambda: self._log.read_text().count("start worker process ") == 4, "new workers")

    def _signal(self, number: int) -> None:
        os.kill(int((self._environment.directory / "nginx.pid").read_text()), number)

    @property
    def _log(self) -> Path:
        return self._environment.directory / "error.log"
