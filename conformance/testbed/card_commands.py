"""Commands (hexadecimal) that another program sends directly, by card."""

READ_ACTIVITY = {
    "cps3": ["00A4090C063F000001D121", "00B0000010"],
    "cps4": ["01A4040C088025000001FF0100", "01A40800040001D12100", "01B0000010"],
}
"""Selects CPS_ACTIVITY_01_PS, which only the holder may read, and reads its beginning."""

VERIFY = {"cps3": "0020000104", "cps4": "0120000104"}
"""Presents the four digits that are to follow as the PIN."""
