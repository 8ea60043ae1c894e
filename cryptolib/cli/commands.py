"""Each command by its name. What a command needs is imported when it runs: the start of `cps` stays short."""

from __future__ import annotations

from argparse import Namespace

from cryptolib.cli.context import Context
from cryptolib.cli.exits import Exit
from cryptolib.cli.options import (
    BrowserOptions,
    CardOptions,
    CertificateOptions,
    CodeOptions,
    DataGetOptions,
    DataPutOptions,
    DiagnosisOptions,
    ShowOptions,
    typed,
)


def status(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.status import run

    return run(context)


def show(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.show.command import run

    return run(context, typed(ShowOptions, given))


def code_status(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.codes.command import status

    return status(context, typed(CardOptions, given))


def code_change(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.codes.command import change

    return change(context, typed(CodeOptions, given))


def code_unblock(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.codes.command import unblock

    return unblock(context, typed(CodeOptions, given))


def certificates(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.certificate_list import run

    return run(context, typed(CertificateOptions, given))


def data_get(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.data import get

    return get(context, typed(DataGetOptions, given))


def data_put(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.data import put

    return put(context, typed(DataPutOptions, given))


def selftest(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.selftest import run

    return run(context, typed(CodeOptions, given))


def watch(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.watch import run

    return run(context)


def browsers_install(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.browsers.command import install

    return install(context, typed(BrowserOptions, given))


def browsers_remove(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.browsers.command import remove

    return remove(context, typed(BrowserOptions, given))


def browsers_status(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.browsers.command import status

    return status(context, typed(BrowserOptions, given))


def diag(context: Context, given: Namespace) -> Exit:
    from cryptolib.cli.diagnosis.command import run

    return run(context, typed(DiagnosisOptions, given))
