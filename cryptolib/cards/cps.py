"""The base of CPS3 and CPS4: serial number, application, files, and the preparation of a private key operation."""

from __future__ import annotations

from abc import abstractmethod

from cryptolib.cards import atomic_write
from cryptolib.cards.card import Card
from cryptolib.cards.errors import (
    CardError,
    CardFault,
    InvalidData,
    NoSuchFile,
    OutsideFile,
    PinIncorrect,
    RefusedLength,
    Restarted,
    UnknownCard,
    WrongResult,
    card_error,
)
from cryptolib.cards.reading import FileReader
from cryptolib.iso7816 import files, security, status, tlv
from cryptolib.iso7816.apdu import MAX_SHORT_ANSWER, MAX_SHORT_DATA
from cryptolib.iso7816.connection import CardReset
from cryptolib.iso7816.security import SET_FOR_COMPUTATION as COMPUTATION
from cryptolib.iso7816.status import StatusWordError
from cryptolib.iso7816.tlv import TlvError
from cryptolib.pkcs15.directory import application
from cryptolib.pkcs15.place import MAX_FILE, MF, content_of, parts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from cryptolib.iso7816.apdu import Command
    from cryptolib.iso7816.connection import Connection
    from cryptolib.iso7816.typed_code import TypedCode
    from cryptolib.pkcs15.directory import Application
    from cryptolib.secret import Secret

    T = TypeVar("T")

EF_DIR = bytes.fromhex("3F 00 2F 00")
EF_SN = bytes.fromhex("3F 00 D0 03")
EF_SN_LENGTH = 12
SERIAL = slice(7, 11)
# Tag 5A, length 0A, issuer 8025000001; then 8 digits, a check digit and a filler.
SERIAL_HEAD = bytes.fromhex("5A 0A 80 25 00 00 01")
ROOT_AID = bytes.fromhex("80 25 00 00 01 FF 01 00")
CONTACT_AID = bytes.fromhex("E8 28 BD 08 0F 80 25 00 00 01 FF 00 10")
RANDOM_BLOCK = 8
# The bytes of one UPDATE BINARY, and the lengths to try when the card refuses more.
WRITTEN_AT_ONCE = (MAX_SHORT_DATA, 0xE7, 0x80, 0x40)
# The preparation of an operation: none, its security environment, or application and environment.
NOTHING, SET, SELECT = range(3)
# The card answers these when another application is selected, or an unnoticed reset closed the logical channel.
WRONG_APPLICATION = (status.CLASS_NOT_SUPPORTED, status.INCORRECT_P1_P2, status.LOGICAL_CHANNEL_NOT_SUPPORTED)


class Cps(Card):
    """Remembers the current DF and its security environments, to send nothing twice.

    Another process may change both between two transactions. So a command that relies on them may fail; it is repeated
    after a new selection when the card refuses, or when the result is wrong.
    """

    AID = CONTACT_AID
    """The AID of the PKCS#15 application in EF.DIR."""

    APPLICATION = bytes.fromhex("3F 00 00 01")
    """The path of its DF if EF.DIR does not give one."""

    ALGORITHM_NAMES: dict[int, tuple[int, int]]
    """The algorithm references of issued cards, with algorithm and operation as in TokenInfo."""

    ENVIRONMENT_USAGE: dict[int, int] = {}
    """P1 of MANAGE SECURITY ENVIRONMENT, for templates that this card does not set for computation."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._reader = FileReader(self._send)
        self._application = b""
        self._df: bytes | None = None
        self._environments: dict[int, bytes] = {}
        self._other_references: dict[int, int] = {}
        """The card's own algorithm references, by the usual ones."""

    def forget(self) -> None:
        self._df = None
        self._environments.clear()

    def serial(self) -> str:
        return self._from_selection_on(self._serial)

    def _serial(self) -> str:
        content = self._serial_file()
        number = content[SERIAL].hex()
        if not content.startswith(SERIAL_HEAD) or len(number) != 8 or not number.isdigit():
            raise UnknownCard("EF.SN is not that of a CPS")
        return number

    def application(self, read: Callable[[bytes], bytes] | None = None) -> Application:
        found = application((read or self.read_file)(EF_DIR), self.AID, self.APPLICATION)
        if found is None:
            raise UnknownCard("EF.DIR does not list the CPS application")
        self._application = found[0]
        return found

    def read_file(self, where: bytes) -> bytes:
        content = content_of(where)
        if content is not None:
            return content
        path, start, length = parts(where)
        try:
            return self._read_file(path, start, length)
        except NoSuchFile:
            raise
        except CardError:
            self.forget()
        return self._read_what_there_is(path, start, length)

    def _read_file(self, path: bytes, start: int, length: int) -> bytes:
        if length:
            self._select_only(path)
        else:
            size = self._select_file(path)
            if size is None:
                return self._reader.to_end(start, MAX_FILE - start)
            length = size - start
        return self._reader.range(start, length)

    def _read_what_there_is(self, path: bytes, start: int, length: int) -> bytes:
        """As `_read_file`, for a file that ends before the size that SELECT or the directory gives."""
        size = self._select_file(path)
        if size is not None and size > MAX_FILE:
            raise CardFault(f"a file of {size} bytes")
        announced = length or (None if size is None else size - start)
        content = self._reader.to_end(start, MAX_FILE - start if announced is None else announced)
        if announced and not content:
            raise OutsideFile("nothing where the file should be")
        return content

    def read_object(self, where: bytes) -> bytes:
        content = content_of(where)
        return self._from_selection_on(lambda: self._read_object(where)) if content is None else content

    def _read_object(self, where: bytes) -> bytes:
        path, start, _length = parts(where)
        self._select_only(path)
        head = self._reader.block(start, MAX_SHORT_ANSWER, least=1)
        return self._reader.range(start, tlv.total_length(head), head)

    def read_part(self, where: bytes, offset: int, length: int) -> bytes:
        path, start, _length = parts(where)

        def read() -> bytes:
            self._select_only(path)
            return self._reader.range(start + offset, length)

        return self._from_selection_on(read)

    def file_size(self, where: bytes) -> int:
        path, start, length = parts(where)
        if length:
            return length
        size = self._from_selection_on(lambda: self._select_file(path))
        return len(self.read_file(where)) if size is None else max(size - start, 0)

    def write_file(self, where: bytes, new: bytes, held: bytes | None = None) -> None:
        path, start, _length = parts(where)
        self._select_only(path)
        certain = held is not None and atomic_write.saves(held, new)
        if held is not None and certain and not self._still_holds(start, held, new):
            held = None
        for most in WRITTEN_AT_ONCE:
            try:
                for offset, block in atomic_write.steps(held, new, certain, most):
                    self._write(start + offset, block)
                return
            except RefusedLength:
                # The buffer of the card is shorter than this command. The file may hold anything now.
                if len(block) <= WRITTEN_AT_ONCE[-1]:
                    raise
                certain = False
        raise CardFault("UPDATE BINARY takes no part of a file")

    def _write(self, at: int, block: bytes) -> None:
        try:
            self._send(files.update_binary(at, block))
        except PinIncorrect as count:
            # 63Cx has other meanings after other commands; the bytes now in the file decide.
            if self._reader.range(at, len(block)) != block:
                raise CardFault("nothing was written") from count

    def _still_holds(self, start: int, held: bytes, new: bytes) -> bool:
        """True if the selected file still holds `held`, as far as samples show."""
        try:
            return all(
                self._reader.range(start + offset, len(block)) == block
                for offset, block in atomic_write.samples(held, new)
            )
        except CardError:
            return False

    def random(self, length: int) -> bytes:
        made = b""
        while len(made) < length:
            made += self._again_if_restarted(self._challenge)
        return made[:length]

    def _challenge(self) -> bytes:
        """Random bytes, as many as the last request wanted: a card with another length gives it in 6Cxx."""
        wanted = security.get_challenge(RANDOM_BLOCK)
        block = self._send(wanted)
        if len(block) != (wanted.named or RANDOM_BLOCK):
            raise CardFault(f"{len(block)} random bytes")
        return block

    def _from_selection_on(self, read: Callable[[], T]) -> T:
        """Run `read`, which begins with a selection; run it once more if the card refuses.

        A chip that restarted, or another program, may have changed the selection. Neither makes a card answer that a
        file is missing, so that error is final.
        """
        try:
            return read()
        except NoSuchFile:
            raise
        except CardError:
            self.forget()
        return read()

    def _again_if_restarted(self, work: Callable[[], T]) -> T:
        """Run `work`, which needs nothing that a reset takes away; run it again after a reset by another program."""
        try:
            return work()
        except Restarted:
            return work()

    def _operate(
        self,
        template: int,
        references: bytes,
        run: Callable[[], bytes],
        proof: Callable[[bytes], bool] | None = None,
        reuse: bool = False,
    ) -> bytes:
        """Run one operation in its security environment.

        With `reuse` and a `proof` it is tried first in the environment of the last operation, then with a new
        environment, then after a new selection of the application. The last attempt gives the result or the error.
        """
        for step in range(self._first_step(template, references, reuse and proof is not None), SELECT):
            try:
                self._prepare(step, template, references)
                answer = run()
            except CardError:
                continue
            if proof is None or proof(answer):
                return answer
        answer = self._again_if_restarted(lambda: self._run_selected(template, references, run))
        if proof is not None and not proof(answer):
            raise WrongResult("the card's result is not that of its key")
        return answer

    def _run_selected(self, template: int, references: bytes, run: Callable[[], bytes]) -> bytes:
        self._prepare(SELECT, template, references)
        return run()

    def _first_step(self, template: int, references: bytes, reuse: bool) -> int:
        """The least preparation that is enough if no other program used the card since the last operation."""
        if self._df != self._application:
            return SELECT
        return NOTHING if reuse and self._environments.get(template) == references else SET

    def _prepare(self, step: int, template: int, references: bytes) -> None:
        if step == SELECT:
            self._select_directory(self._application)
        if step >= SET:
            self._set_environment(template, references)

    def _set_environment(self, template: int, references: bytes) -> None:
        self._environments.pop(template, None)
        try:
            self._send_environment(template, references)
        except (InvalidData, NoSuchFile):
            if self._other_references or not self._learn_references():
                raise
            try:
                self._send_environment(template, references)
            except CardError:
                self._other_references.clear()
                raise
        self._environments[template] = references

    def _send_environment(self, template: int, references: bytes) -> None:
        if self._other_references and references[0] in security.WITH_ALGORITHM:
            algorithm = self._other_references.get(references[2], references[2])
            references = references[:2] + bytes((algorithm,)) + references[3:]
        self._send(security.set_environment(self.ENVIRONMENT_USAGE.get(template, COMPUTATION), template, references))

    def _learn_references(self) -> bool:
        """True if the card states other references than those of the last request; the next requests use them.

        Cryptolib CPS 5 uses the same references for every card; those that issued cards state are not published.
        """
        # Imported by C_OpenSession: keys need a session.
        from cryptolib.pkcs15.entries import references

        self._other_references = references(self.token_info, self.ALGORITHM_NAMES)
        return bool(self._other_references)

    def _entered(self, df: bytes) -> None:
        """Record the current DF; leaving another DF dropped its security environments."""
        if df != self._df:
            self._environments.clear()
        self._df = df

    def _fci_size(self, fci: bytes) -> int | None:
        """The file size in the FCI; None for a card that does not give it."""
        try:
            return files.file_size(fci)
        except TlvError:
            return None

    def _serial_file(self) -> bytes:
        try:
            self._select_only(EF_SN)
        except NoSuchFile as error:
            raise UnknownCard("no EF.SN") from error
        return self._reader.block(0, EF_SN_LENGTH)

    def _send(self, command: Command) -> bytes:
        try:
            return self._in_application(lambda: self.channel.send(command))
        except StatusWordError as error:
            raise card_error(error, command.ins) from error

    def _enter_for(self, reference: int) -> None:
        """Enter the DF in which the card looks for the code: another program may have left it."""
        path = self.code_paths.get(reference)
        if path:
            self._select_directory(path)

    def _present(self, command: Command, *codes: Secret | TypedCode) -> None:
        """Send a command with `codes` of the application, or with codes typed on the reader."""
        # C_OpenSession imports it.
        from cryptolib.cards import presenting

        try:
            self._in_application(lambda: presenting.send(self.channel, command, codes))
        except StatusWordError as error:
            raise presenting.error(error, codes) from error

    def _in_application(self, send: Callable[[], T]) -> T:
        """Run `send`; if another applet is selected, select the CPS application and run it once more.

        The refused command was not carried out: no code was compared and no try is lost.
        """
        try:
            return self._unless_restarted(send)
        except StatusWordError as error:
            if error.sw not in WRONG_APPLICATION:
                raise
            refused = error
        self.forget()
        try:
            self._unless_restarted(self._select_root)
        except StatusWordError:
            raise refused from None
        self._entered(MF)
        return self._unless_restarted(send)

    def _unless_restarted(self, send: Callable[[], T]) -> T:
        """Run `send`. Raises Restarted after a reset by another process. Every exchange passes here."""
        try:
            return send()
        except CardReset as lost:
            self.resume_transaction()
            raise Restarted(str(lost)) from lost

    @abstractmethod
    def _select_root(self) -> None:
        """Select the application at the root of the card. Raises StatusWordError."""

    @abstractmethod
    def _select_file(self, path: bytes) -> int | None:
        """Select the EF at absolute `path` and return its size in bytes, if the card gives it."""

    @abstractmethod
    def _select_only(self, path: bytes) -> None:
        """Select the EF at absolute `path` with the cheapest command."""

    @abstractmethod
    def _select_directory(self, path: bytes) -> None:
        """Select the DF at absolute `path`."""
