"""A Kerberos realm with one principal, who logs in with a card: MIT's KDC on loopback (RFC 4556)."""

from __future__ import annotations

import re
from pathlib import Path

from cryptography.x509.oid import NameOID

from conformance.clients.servers.ports import listens, reserved_port
from conformance.clients.support.authority import HOST
from conformance.clients.support.client_environment import ClientEnvironment, wait_until
from conformance.clients.support.documented_settings import with_module
from conformance.testbed.documented_commands import blocks

PAGE = "docs/clients/kerberos.md"
_DOCUMENTED_NUMBER = "899900000045"

# From MIT's guide: the name of the KDC in its certificate, RFC 4556 clause 3.2.4.
_CERTIFICATE = """\
[kdc]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = 1.3.6.1.5.2.3.5
subjectAltName = otherName:1.3.6.1.5.2.2;SEQUENCE:kdc_name
[kdc_name]
realm = EXP:0,GeneralString:HOPITAL.EXAMPLE
principal_name = EXP:1,SEQUENCE:kdc_principal
[kdc_principal]
name_type = EXP:0,INTEGER:2
name_string = EXP:1,SEQUENCE:kdc_words
[kdc_words]
first = GeneralString:krbtgt
second = GeneralString:HOPITAL.EXAMPLE
"""
_PORT = """\
[kdcdefaults]
    kdc_listen = 127.0.0.1:{port}
    kdc_tcp_listen = 127.0.0.1:{port}
"""


class Kdc:
    """Runs until the test ends; ``env`` leads Kerberos programs to it."""

    def __init__(self, environment: ClientEnvironment) -> None:
        self._environment = environment
        self._directory = environment.directory / "kdc"
        self._directory.mkdir(mode=0o700)
        self._port = reserved_port(environment)
        self._issue_certificate()
        self.env = {
            "KRB5_CONFIG": str(self._write_client_settings()),
            "KRB5_KDC_PROFILE": str(self._write_server_settings()),
            "KRB5CCNAME": f"FILE:{self._directory / 'tickets'}",
            "PATH": f"{environment.env['PATH']}:/usr/sbin",
        }
        environment.run("kdb5_util", "create", "-s", stdin="master\nmaster\n", env=self.env)
        (register,) = blocks("On the KDC", "sh", PAGE)
        number = environment.card.certificate(environment.card.authentication).subject
        (name,) = number.get_attributes_for_oid(NameOID.COMMON_NAME)
        assert _DOCUMENTED_NUMBER in register
        environment.run("bash", "-euc", register.replace(_DOCUMENTED_NUMBER, str(name.value)), env=self.env)
        environment.start("krb5kdc", "-n", env=self.env)
        wait_until(lambda: listens(self._port), "krb5kdc")

    def _issue_certificate(self) -> None:
        run, directory = self._environment.run, self._directory
        (directory / "extensions").write_text(_CERTIFICATE)
        new = ("-newkey", "rsa:2048", "-nodes", "-days", "2")
        run(
            "openssl", "req", "-x509", *new, "-subj", "/CN=Autorite du KDC", "-keyout", directory / "ac.key",
            "-out", directory / "ac-kdc.pem",
        )  # fmt: skip
        run(
            "openssl", "req", *new[:-2], "-subj", "/CN=KDC", "-keyout", directory / "kdc.key",
            "-out", directory / "kdc.csr",
        )  # fmt: skip
        run(
            "openssl", "x509", "-req", "-in", directory / "kdc.csr", "-CA", directory / "ac-kdc.pem", "-CAkey",
            directory / "ac.key", "-days", "2", "-extfile", directory / "extensions", "-extensions", "kdc",
            "-out", directory / "kdc.pem",
        )  # fmt: skip

    def _write_client_settings(self) -> Path:
        (written,) = blocks("On the workstation", "ini", PAGE)
        named = with_module(self._environment, written).replace("kdc.hopital.example", f"{HOST}:{self._port}")
        return self._write("krb5.conf", named)

    def _write_server_settings(self) -> Path:
        (written,) = blocks("On the KDC", "ini", PAGE)
        own = f"database_name = {self._directory}/principals\nkey_stash_file = {self._directory}/stash\n"
        port = _PORT.format(port=self._port)
        return self._write("kdc.conf", port + written.replace("pkinit_identity", f"{own}pkinit_identity"))

    def _write(self, name: str, text: str) -> Path:
        """A file of settings, in which the certificates are those of the test."""
        path = self._directory / name
        here = re.sub(r"/etc/(ssl/certs|krb5kdc)/", f"{self._directory}/", text)
        path.write_text(here.replace(f"{self._directory}/ac-cps.pem", str(self._environment.cards_authority)))
        return path
