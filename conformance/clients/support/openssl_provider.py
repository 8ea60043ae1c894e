"""OpenSSL 3 with pkcs11-provider: the machine's, or the one that scripts/pkcs11-provider unpacked."""

from __future__ import annotations

from pathlib import Path

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.openssl import configured

_MAIN = """\
providers = providers
[providers]
default = builtin
pkcs11 = pkcs11
[builtin]
activate = 1
[pkcs11]
module = {provider}
pkcs11-module-path = {module}
activate = 1
"""


def configuration(environment: ClientEnvironment) -> dict[str, str]:
    """The environment that leads OpenSSL to the module through the provider ``pkcs11``; no quirk is needed."""
    return configured(environment, _MAIN.format(provider=provider(), module=environment.module))


def provider() -> Path:
    for root in (Path("/"), Path(__file__).parents[3] / "build" / "pkcs11-provider"):
        for found in root.glob("usr/lib/*/ossl-modules/pkcs11.so"):
            return found
    raise FileNotFoundError("no pkcs11-provider: run scripts/pkcs11-provider")
