"""The one exception that carries a CK_RV."""

from cryptolib.cryptoki import constants
from cryptolib.cryptoki.constants import CKR_PIN_INCORRECT
from cryptolib.cryptoki.errors import CryptokiError


def test_its_code_and_its_reason() -> None:
    error = CryptokiError(CKR_PIN_INCORRECT, "2 tries left")
    assert (error.code, str(error)) == (0xA0, "2 tries left")
    assert str(CryptokiError(CKR_PIN_INCORRECT)) == ""


def test_constants_are_plain_numbers() -> None:
    """No class stands between a constant and its use on the way to C."""
    values = [value for name, value in vars(constants).items() if name.startswith("CK")]
    assert len(values) > 500
    assert {type(value) for value in values} == {int}
