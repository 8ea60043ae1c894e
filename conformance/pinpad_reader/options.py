"""The kind of a reader with a keypad."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PinpadOptions:
    """By default the reader verifies and modifies codes, gives its properties, and accepts codes of applications."""

    verify: bool = True
    """FEATURE_VERIFY_PIN_DIRECT."""
    modify: bool = True
    """FEATURE_MODIFY_PIN_DIRECT."""
    pin_properties: bool = True
    """FEATURE_IFD_PIN_PROPERTIES."""
    tlv_properties: bool = True
    """FEATURE_GET_TLV_PROPERTIES."""
    min_pin_size: int = 1
    max_pin_size: int = 15
    validation: int = 7
    """The bits of bEntryValidationCondition that the reader knows."""
    default_seconds: int = 30
    """How long it waits for a key when the application does not say."""
    firewall: bool = False
    """It refuses a command with a code from the application."""
    firewall_answer: str = "6985"
    """Its status word then, conditions of use not satisfied; empty for an error of PC/SC."""
    features: str = ""
    """Hexadecimal: the answer to the feature request, whatever the reader can do."""
    features_error: int = 0
    """The error of IFDHControl to the feature request; 0 for none."""
