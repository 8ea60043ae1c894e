"""An application's start: what it looks at before it works, in a module that knows nothing of the card yet."""

from pathlib import Path

from conformance.testbed.client import Module
from conformance.testbed.cryptoki import CKA, CKO
from conformance.testbed.rig import Rig


class Start:
    """One application's start after another, each with a module that knows nothing of the card yet."""

    def __init__(self, module: Module, rig: Rig, folder: Path) -> None:
        self.module = module
        self.rig = rig
        self.folder = folder

    def __call__(self) -> int:
        """Look at the token and read every public certificate; how many commands that took."""
        self.rig.clear_log()
        with Using(self.module) as session:
            for handle in self.module.find(session, (CKA.CLASS, CKO.CERTIFICATE)):
                assert self.module.attribute(session, handle, CKA.VALUE)
        return self.rig.apdu_count()

    def files(self) -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in self.folder.iterdir()} if self.folder.exists() else {}


class Using:
    """`with`: the module initialised, the token looked at, a session open."""

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
