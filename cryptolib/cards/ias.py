"""The base of both interfaces of a CPS3, an IAS ECC card (IAS ECC 1.0.1; ISO/IEC 7816-4 and -8)."""

from __future__ import annotations

from cryptolib.cards.cps import ROOT_AID, Cps
from cryptolib.cards.errors import RefusedLength
from cryptolib.iso7816 import files, security
from cryptolib.iso7816.apdu import MAX_SHORT_ANSWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

BY_PATH = 0x09

# Algorithm reference of MANAGE SECURITY ENVIRONMENT.
PAD_ALGORITHM = 0x02


class Ias(Cps):
    """File selection, and the one operation that the keys of both interfaces have."""

    KEY_BITS = (512, 2048)
    ALGORITHM_NAMES = {
        PAD_ALGORITHM: (0x01, 1),
        0x1A: (0x01, 5),
        0x12: (0x06, 1),
        0x42: (0x40, 1),
        0x10: (0x220, 6),
        0x40: (0x250, 6),
    }

    def _internal_authenticate(self, key: int, data: bytes, proof: Callable[[bytes], bool] | None) -> bytes:
        """INTERNAL AUTHENTICATE: the card pads `data` and applies its key."""
        return self._operate(
            security.AUTHENTICATION,
            references(PAD_ALGORITHM, key),
            lambda: self._send(security.internal_authenticate(data)),
            proof,
            reuse=True,
        )

    _whole_fcp = False
    """True once the card's FCP did not begin with the file size: the whole FCP is fetched then."""

    def _select_file(self, path: bytes) -> int | None:
        """On T=0 the slow card sends its answer byte by byte: of 40 bytes only those up to the size are fetched."""
        command = files.select(BY_PATH, files.RETURN_FCP, path, MAX_SHORT_ANSWER)
        command.enough = 0 if self._whole_fcp else files.SIZE_AT_HEAD
        try:
            fcp = self._send(command)
        except RefusedLength:
            if self._whole_fcp:
                raise
            fcp = b""
        size = self._fci_size(fcp)
        if size is None:
            size = files.size_at_head(fcp)
        if size is None and not self._whole_fcp and len(fcp) <= files.SIZE_AT_HEAD:
            self._whole_fcp = True
            return self._select_file(path)
        self._entered(path[:-2])
        return size

    def _select_only(self, path: bytes) -> None:
        self._send(files.select(BY_PATH, files.RETURN_NOTHING, path))
        self._entered(path[:-2])

    def _select_directory(self, path: bytes) -> None:
        self.forget()
        self._send(files.select(BY_PATH, files.RETURN_NOTHING, path))
        self._entered(path)

    def _select_root(self) -> None:
        self.channel.send(files.select(files.BY_DF_NAME, files.RETURN_FCP, ROOT_AID, MAX_SHORT_ANSWER))


def references(algorithm: int, key: int) -> bytes:
    """The data objects of a control reference template: an algorithm and a key."""
    return security.reference(security.ALGORITHM_REFERENCE, bytes((algorithm,))) + security.reference(
        security.KEY_REFERENCE, bytes((key,))
    )
