"""CPS4: a ChipDoc applet on logical channel 1 (ISO/IEC 7816-4 and -8)."""

from __future__ import annotations

from cryptolib.cards import scheme
from cryptolib.cards.card import PinStatus
from cryptolib.cards.cps import EF_SN_LENGTH, ROOT_AID, SERIAL_HEAD, Cps
from cryptolib.cards.errors import CardError, PinBlocked, PinIncorrect, card_error
from cryptolib.iso7816 import files, ins, security
from cryptolib.iso7816.apdu import MAX_SHORT_ANSWER, Command
from cryptolib.iso7816.channel import Channel
from cryptolib.iso7816.status import StatusWordError
from cryptolib.pkcs15.place import MF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptolib.cards.scheme import Scheme
    from cryptolib.iso7816.typed_code import TypedCode
    from cryptolib.pkcs15.directory import Application
    from cryptolib.secret import Secret

ISSUER_SECURITY_DOMAIN = bytes.fromhex("A0 00 00 01 51 00 00")
CPS2TER_AID = bytes.fromhex("80 25 00 00 01 FF 00 02")

# P1P2 of READ BINARY: short EF identifier 1C (EF.SN of an IAS ECC card), offset 0.
EF_SN_BY_SHORT_ID = 0x9C00

USER_PIN = 1
TRIES = {1: 3, 2: 10}

LOCAL_REFERENCE = 0x80

ALGORITHM_AND_KEY = 0x91
SECRET_KEY = 0x83
ALGORITHMS = {
    scheme.digest(scheme.SHA1): 0x0A,
    scheme.digest(scheme.SHA256): 0x28,
    scheme.pss(scheme.SHA1): 0x15,
    scheme.pss(scheme.SHA256): 0x2C,
}


class Cps4(Cps):
    """Driver of the CPS4 and its release candidates."""

    KIND = "cps4"
    KEY_BITS = (2048, 2048)
    CHANNEL = 1
    ALGORITHM_NAMES = {0x0A: (0x06, 1), 0x28: (0x40, 1), 0x15: (0x0E, 1), 0x2C: (0x43, 1)}
    # This card signs in the environment that the standard sets for verification.
    ENVIRONMENT_USAGE = {security.DIGITAL_SIGNATURE: security.SET_FOR_VERIFICATION}
    SIGNATURE_SCHEMES = frozenset(ALGORITHMS)
    AUTHENTICATION_SCHEMES = frozenset((scheme.RAW, scheme.pss(scheme.SHA1), scheme.pss(scheme.SHA256)))

    def application(self, read: Callable[[bytes], bytes] | None = None) -> Application:
        application = super().application(read)
        # The keys are in this DF: the first signature needs no selection then.
        self._select_directory(application[0])
        return application

    def pin_status(self, reference: int) -> PinStatus:
        maximum = TRIES.get(reference, TRIES[USER_PIN])
        self._enter_for(reference)
        try:
            self._send(security.query_verify(reference))
        except PinIncorrect as answer:
            return PinStatus(answer.tries_left, maximum)
        except PinBlocked:
            return PinStatus(0, maximum)
        return PinStatus(None, maximum)

    def verify(self, reference: int, code: Secret | TypedCode) -> None:
        self._enter_for(reference)
        self._present(security.verify(reference), code)

    def change_pin(self, reference: int, old: Secret | TypedCode, new: Secret | TypedCode) -> None:
        self.verify(reference, old)
        self._set_pin(reference, new)

    def reset_pin(self, reference: int, new: Secret | TypedCode) -> None:
        self._enter_for(reference)
        # This command carries no code, but its refusals mean the same as those of commands that present one.
        self._present(security.reset_retry_counter(security.RESET_ALONE, LOCAL_REFERENCE | reference))
        self._set_pin(reference, new)

    def compute(self, key: int, how: Scheme, data: bytes, proof: Callable[[bytes], bool] | None) -> bytes:
        if how is scheme.RAW:
            return self._operate(
                security.CONFIDENTIALITY,
                security.reference(SECRET_KEY, bytes((key,))),
                lambda: self._send(security.decipher(data)),
                proof,
                reuse=True,
            )
        return self._operate(
            security.DIGITAL_SIGNATURE,
            security.reference(ALGORITHM_AND_KEY, bytes((ALGORITHMS[how], LOCAL_REFERENCE | key))),
            lambda: self._send(security.compute_signature(data)),
            proof,
        )

    def _serial_file(self) -> bytes:
        """Read EF.SN by its short identifier, or by its path if the card has no such identifier."""
        try:
            content = self._send(files.read_binary(EF_SN_BY_SHORT_ID, EF_SN_LENGTH))
        except CardError:
            content = b""
        return content if content.startswith(SERIAL_HEAD) else super()._serial_file()

    def _set_pin(self, reference: int, new: Secret | TypedCode) -> None:
        self._present(security.change_reference_data(security.NEW_ALONE, reference), new)

    def _present(self, command: Command, *codes: Secret | TypedCode) -> None:
        self._enter()
        try:
            super()._present(command, *codes)
        except PinIncorrect as error:
            # This card reports the blocking with the last wrong code, not with the next command.
            if not error.tries_left:
                raise PinBlocked("no try left") from error
            raise

    def _enter(self) -> None:
        """Open the logical channel by selecting the applet on it; a reset closes it."""
        if self._df is None:
            try:
                self._unless_restarted(self._select_root)
            except StatusWordError as error:
                raise card_error(error, ins.SELECT) from error
            self._entered(MF)

    def _send(self, command: Command) -> bytes:
        self._enter()
        return super()._send(command)

    def _select_root(self) -> None:
        applet = files.select(files.BY_DF_NAME, files.RETURN_NOTHING, ROOT_AID)
        try:
            self.channel.send(applet)
        except StatusWordError:
            basic = Channel(self.connection, budget=self.budget)
            for channel, name in ((self.channel, ISSUER_SECURITY_DOMAIN), (basic, CPS2TER_AID)):
                try:
                    channel.send(files.select(files.BY_DF_NAME, files.RETURN_NOTHING, name))
                except StatusWordError:
                    # They only lead out of what holds the channel; a CPS4 issued without the former volet lacks one.
                    continue
            self.channel.send(applet)

    def _select_file(self, path: bytes) -> int | None:
        fci = self._send(files.select(files.BY_PATH_FROM_MF, files.RETURN_FCI, path[len(MF) :], MAX_SHORT_ANSWER))
        self._entered(path[:-2])
        return self._fci_size(fci)

    def _select_only(self, path: bytes) -> None:
        self._select_file(path)

    def _select_directory(self, path: bytes) -> None:
        if path == MF:
            # No path leads from the MF to itself.
            self._send(files.select(files.BY_IDENTIFIER, files.RETURN_NOTHING, path))
        else:
            self._send(files.select(files.BY_PATH_FROM_MF, files.RETURN_FCI, path[len(MF) :]))
        self._entered(path)
