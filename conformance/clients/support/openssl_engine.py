"""OpenSSL with the engine of libp11, Debian's libengine-pkcs11-openssl."""

from __future__ import annotations

from conformance.clients.support.client_environment import ClientEnvironment
from conformance.clients.support.openssl import configured

_MAIN = """\
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = {module}
init = 0
"""


def configuration(environment: ClientEnvironment) -> dict[str, str]:
    """The environment that leads OpenSSL to the module through the engine ``pkcs11``."""
    return configured(environment, _MAIN.format(module=environment.module))
