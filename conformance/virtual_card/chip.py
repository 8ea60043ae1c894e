"""The common part of both chips: current file, READ and UPDATE BINARY, PIN commands, private key operations.

ISO/IEC 7816-4:2013 clauses 11.2.3 (READ BINARY), 11.2.5 (UPDATE BINARY), 11.5 (security handling).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.virtual_card.access import SecurityStatus
from conformance.virtual_card.apdu import MAXIMUM_LE, SW, Command, Response, StatusError
from conformance.virtual_card.files import MASTER_FILE, Directory, ElementaryFile, FileSystem, Key
from conformance.virtual_card.state import CardState

CHALLENGE_LENGTH = 8

Handler = Callable[[Command], Response]


@dataclass(frozen=True, slots=True)
class Template:
    """Algorithm and key of one kind of operation, set by MANAGE SECURITY ENVIRONMENT."""

    algorithm: int
    key: Key | None = None


@dataclass(slots=True)
class SecurityEnvironment:
    """The current security environment; it ends with a selected directory or a reset."""

    templates: dict[int, Template] = field(default_factory=dict)
    digest: tuple[str, bytes] | None = None

    def template(self, tag: int) -> Template:
        try:
            return self.templates[tag]
        except KeyError:
            raise StatusError(SW.CONDITIONS_NOT_SATISFIED) from None

    def keyed(self, tag: int) -> tuple[int, Key]:
        """Algorithm and key of a template that must have a key."""
        template = self.template(tag)
        if template.key is None:
            raise StatusError(SW.CONDITIONS_NOT_SATISFIED)
        return template.algorithm, template.key


class Chip:
    """The context of one application on one logical channel."""

    def __init__(
        self, files: FileSystem, state: CardState, security: SecurityStatus, contactless: bool = False
    ) -> None:
        self.files = files
        self.state = state
        self.security = security
        self.contactless = contactless
        self.rsa_operations = 0
        self.handlers: dict[int, Handler] = {}
        self.directory = files.mf
        self.file: ElementaryFile | None = None
        self.environment = SecurityEnvironment()

    def reset(self) -> None:
        """The state after power-on: MF selected, no PIN presented, empty security environment."""
        self.security.forget()
        self.enter(self.files.mf)

    def execute(self, command: Command) -> Response:
        handler = self.handlers.get(command.ins)
        if handler is None:
            raise StatusError(SW.INS_NOT_SUPPORTED)
        return handler(command)

    # Selection

    def enter(self, directory: Directory) -> None:
        """Make a directory current. PINs are global (ISO/IEC 7816-4 clause 9.2) and keep their status."""
        self.directory = directory
        self.file = None
        self.environment = SecurityEnvironment()

    def open(self, node: ElementaryFile | Directory, parent: Directory) -> None:
        """Make the selected file and its directory current."""
        if isinstance(node, Directory):
            self.enter(node)
            return
        if parent is not self.directory:
            self.enter(parent)
        self.file = node

    def select_path(self, start: Directory, path: bytes) -> ElementaryFile | Directory:
        node = start.follow(path)
        self.open(node, self._parent_of(start, path, node))
        return node

    @staticmethod
    def _parent_of(start: Directory, path: bytes, node: ElementaryFile | Directory) -> Directory:
        if isinstance(node, Directory):
            return node
        parent = start.follow(path[:-2])
        assert isinstance(parent, Directory), "a file was found below it"
        return parent

    def find_identifier(self, identifier: bytes) -> tuple[ElementaryFile | Directory, Directory]:
        """The file with this identifier (MF, this directory or a child of it) and the directory that becomes
        current.
        """
        if len(identifier) != 2:
            raise StatusError(SW.WRONG_LENGTH)
        fid = int.from_bytes(identifier, "big")
        if fid == MASTER_FILE:
            return self.files.mf, self.files.mf
        if fid == self.directory.fid:
            return self.directory, self.directory
        return self.directory.child(fid), self.directory

    # Transparent files

    def _addressed_file(self, command: Command) -> tuple[ElementaryFile, int]:
        """File and offset in P1-P2; a short identifier makes its file current."""
        if command.p1 & 0x80:
            if command.p1 & 0x60:
                raise StatusError(SW.INCORRECT_P1P2)
            self.file = self.directory.by_short_id(command.p1 & 0x1F)
            return self.file, command.p2
        if self.file is None:
            raise StatusError(SW.NO_CURRENT_EF)
        return self.file, command.p1p2

    def read_binary(self, command: Command) -> Response:
        file, offset = self._addressed_file(command)
        self.security.require(file.access.contactless_read if self.contactless else file.access.read)
        if command.data or command.le is None:
            raise StatusError(SW.WRONG_LENGTH)
        if offset >= len(file.content):
            raise StatusError(SW.OFFSET_OUTSIDE_FILE)
        part = file.content[offset : offset + command.le]
        if len(part) < command.le != MAXIMUM_LE:
            return Response(part, SW.END_OF_FILE)
        return Response(part)

    def update_binary(self, command: Command) -> Response:
        file, offset = self._addressed_file(command)
        self.security.require(file.access.contactless_update if self.contactless else file.access.update)
        if not command.data:
            raise StatusError(SW.WRONG_LENGTH)
        if offset >= len(file.content):
            raise StatusError(SW.OFFSET_OUTSIDE_FILE)
        end = offset + len(command.data)
        if end > len(file.content):
            raise StatusError(SW.NOT_ENOUGH_SPACE)
        file.write(file.content[:offset] + command.data + file.content[end:])
        self.state.files[file.path] = file.content.hex()
        self.state.save()
        return Response()

    def restore_files(self) -> None:
        """Undo every UPDATE BINARY."""
        for path in self.state.files:
            self.files.file(path).restore()
        self.state.files.clear()
        self.state.save()

    # Security

    def key(self, reference: int) -> Key:
        """The key of this reference in the current directory."""
        try:
            return self.directory.keys[reference]
        except KeyError:
            raise StatusError(SW.REFERENCED_DATA_NOT_FOUND) from None

    def require_key(self, key: Key) -> None:
        self.security.require(key.contactless_condition if self.contactless else key.condition)

    def private_operation(self, key: Key, block: bytes) -> bytes:
        try:
            result = key.rsa.apply(block)
        except ValueError:
            raise StatusError(SW.INCORRECT_DATA) from None
        self.rsa_operations += 1
        return result

    def get_challenge(self, command: Command) -> Response:
        if command.p1p2:
            raise StatusError(SW.INCORRECT_P1P2)
        if command.data or command.le is None:
            raise StatusError(SW.WRONG_LENGTH)
        if command.le != CHALLENGE_LENGTH:
            raise StatusError(SW.WRONG_LE | CHALLENGE_LENGTH)
        return Response(os.urandom(CHALLENGE_LENGTH))
