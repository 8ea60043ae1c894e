"""Which objects a template finds, and in which order (PKCS#11 3.2, 5.7.6)."""

from __future__ import annotations

from cryptolib.cryptoki.attributes import from_ulong, ulong
from cryptolib.cryptoki.constants import (
    CKA_CLASS,
    CKA_SUBJECT,
    CKA_VALUE,
    CKO_CERTIFICATE,
    CKO_DATA,
    CKO_PRIVATE_KEY,
    CKO_PUBLIC_KEY,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.token.objects import TokenObject

# A CPS holds no objects of another class.
CLASSES = frozenset((CKO_DATA, CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY))
_CERTIFICATE = ulong(CKO_CERTIFICATE)


def find(template: dict[int, bytes], objects: Callable[[], list[TokenObject]]) -> list[int]:
    """Handles of the `objects` that match; these are asked for only when a CPS can hold what is looked for."""
    wanted = template.get(CKA_CLASS)
    if wanted is not None and from_ulong(wanted) not in CLASSES:
        return []
    if set(template) == {CKA_VALUE}:
        # Browsers look for a certificate that they have in this way; reading every data object would find no other.
        template = {CKA_CLASS: _CERTIFICATE} | template
    found = [item for item in objects() if item.matches(template)]
    if set(template) == {CKA_SUBJECT}:
        # Keys have a subject too. Who asks for that alone wants the certificate, and may take the first object.
        found.sort(key=lambda item: item.object_class != CKO_CERTIFICATE)
    return [item.handle for item in found]
