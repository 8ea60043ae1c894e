"""The start of an application: its first calls to a module that has no copies of the card yet."""

from pathlib import Path

from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKA, CKO
from conformance.testbed.rig import Rig


class Start:
    """Runs the start of an application several times, each with a newly initialised module."""

    def __init__(self, module: Module, rig: Rig, folder: Path) -> None:
        self.module = module
        self.rig = rig
        self.folder = folder

    def __call__(self) -> int:
        """Read the token and every public certificate; return the number of commands."""
        self.rig.clear_log()
        with Using(self.module) as session:
            for handle in self.module.find(session, (CKA.CLASS, CKO.CERTIFICATE)):
                assert self.module.attribute(session, handle, CKA.VALUE)
        return self.rig.apdu_count()

    def files(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.folder.iterdir()} if self.folder.exists() else {}


class Using:
    """`with` initialises the module, reads the token and opens a session."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def __enter__(self) -> int:
        self._module.ok("C_Initialize", None)
        try:
            (slot,) = self._module.slots()
            self._module.token_info(slot)
            return self._module.open(slot)
        except BaseException:
            self._module.C_Finalize(None)
            raise

    def __exit__(self, *_exception: object) -> None:
        self._module.C_Finalize(None)
