"""The function of each command. It is imported when it runs, so that `cps` starts fast."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from cryptolib.cli import options

if TYPE_CHECKING:
    from cryptolib.cli.context import Context
    from cryptolib.cli.exit_codes import Exit


@dataclass(frozen=True, slots=True)
class Command:
    """The name of a function `(context, options)` below `cryptolib.cli`, and the class of its options."""

    module: str
    function: str
    options: type[Any]

    def __call__(self, context: Context, given: Namespace) -> Exit:
        code: Exit = self.load()(context, options.typed(self.options, given))
        return code

    def load(self) -> Any:
        return getattr(import_module(f"cryptolib.cli.{self.module}"), self.function)


STATUS = Command("status", "run", options.NoOptions)
SHOW = Command("show.command", "run", options.ShowOptions)
CODE_STATUS = Command("codes.command", "status", options.CardOptions)
CODE_CHANGE = Command("codes.command", "change", options.CodeOptions)
CODE_UNBLOCK = Command("codes.command", "unblock", options.CodeOptions)
CERTIFICATES = Command("certificate_list", "run", options.CertificateOptions)
DATA_GET = Command("data", "get", options.DataGetOptions)
DATA_PUT = Command("data", "put", options.DataPutOptions)
SELFTEST = Command("selftest", "run", options.CodeOptions)
SIGN = Command("signing.sign", "run", options.SignOptions)
VERIFY = Command("signing.verify", "run", options.VerifyOptions)
VIHF = Command("vihf.command", "run", options.VihfOptions)
REPORT = Command("report.command", "run", options.ReportOptions)
WATCH = Command("watch", "run", options.NoOptions)
GESTION = Command("screen.command", "run", options.ScreenOptions)
BROWSERS_INSTALL = Command("browsers.command", "install", options.BrowserOptions)
BROWSERS_REMOVE = Command("browsers.command", "remove", options.BrowserOptions)
BROWSERS_STATUS = Command("browsers.command", "status", options.BrowserOptions)
DIAG = Command("diagnosis.command", "run", options.DiagnosisOptions)
