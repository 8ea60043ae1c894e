"""A virtual USB reader for a pcscd in namespaces of its own: entries in /sys and events of udev.

pcscd looks for readers in /sys/bus/usb and listens to udev; this module provides both in the namespaces of its process.
The driver is vpcd's, with an entry point for the name that pcscd gives a USB device; for a keypad the driver of
conformance/pinpad_reader wraps it.
"""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
from itertools import count
from pathlib import Path

VPCD_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
KEYPAD_DRIVER = Path(__file__).parents[1] / "pinpad_reader" / "driver.c"
VPCD_PORT = 35963
SLOTS = 2

_NAME = "Virtual PCD"
_VENDOR, _PRODUCT = "CA4D", "0001"
_DEVICE = Path("devices/reader")
_INTERFACE = _DEVICE / "interface"
_SUBSYSTEM = "usb"
_DEVICE_TYPE, _INTERFACE_TYPE = "usb_device", "usb_interface"

_SONAME = "libifdvpcd.so.0"
_ENTRY_POINT = f"""\
long IFDHCreateChannel(unsigned long, unsigned long);
long IFDHCreateChannelByName(unsigned long lun) {{ return IFDHCreateChannel(lun, {VPCD_PORT}); }}
"""
_INFO = f"""\
<plist version="1.0"><dict>
<key>CFBundleExecutable</key> <string>reader.so</string>
<key>ifdVendorID</key> <array><string>0x{_VENDOR}</string></array>
<key>ifdProductID</key> <array><string>0x{_PRODUCT}</string></array>
<key>ifdFriendlyName</key> <array><string>{_NAME}</string></array>
</dict></plist>
"""

_UEVENT_PROTOCOL = 15
_UDEV_GROUP = 2
_UDEV_MAGIC = 0xFEEDCAFE
_UDEV_HEADER = struct.Struct("!8sI")
_HEADER_LENGTH = 40


class UsbReader:
    """``sys`` is mounted at /sys, ``drivers`` is where pcscd looks for drivers.

    ``keypad`` is the socket of the keypad program, if the reader has one.
    """

    def __init__(self, directory: Path, keypad: Path | None = None) -> None:
        self.sys = directory / "sys"
        self.drivers = directory / "drivers"
        self._events = count(1)
        (self.sys / "bus" / _SUBSYSTEM / "devices").mkdir(parents=True)
        (self.sys / "devices").mkdir()
        self._install_driver(keypad)
        self._show()

    def plug(self) -> None:
        self._show()
        self._send_event("add")

    def unplug(self) -> None:
        shutil.rmtree(self.sys / _DEVICE)
        for link in (self.sys / "bus" / _SUBSYSTEM / "devices").iterdir():
            link.unlink()
        self._send_event("remove")

    def _install_driver(self, keypad: Path | None) -> None:
        contents = self.drivers / "vpcd.bundle" / "Contents"
        (contents / "Linux").mkdir(parents=True)
        (contents / "Info.plist").write_text(_INFO)
        vpcd = contents / "Linux" / _SONAME
        shutil.copy(VPCD_DRIVER, vpcd)
        options = ["-shared", "-fPIC", "-Wl,--no-as-needed,-rpath,$ORIGIN", "-x", "c", "-"]
        if keypad:
            options += [*_pcsc_headers(), f'-DKEYPAD_SOCKET="{keypad}"', str(KEYPAD_DRIVER)]
        command = [os.environ.get("CC", "cc"), *options, "-x", "none", str(vpcd)]
        subprocess.run([*command, "-o", str(vpcd.with_name("reader.so"))], input=_ENTRY_POINT, text=True, check=True)

    def _show(self) -> None:
        """Write the device and its interface as the kernel shows them."""
        self._show_one(_DEVICE, DEVTYPE=_DEVICE_TYPE, DEVNAME="bus/usb/001/002", MAJOR="189", MINOR="1")
        self._show_one(_INTERFACE, DEVTYPE=_INTERFACE_TYPE)
        (self.sys / _DEVICE / "idVendor").write_text(_VENDOR)
        (self.sys / _DEVICE / "idProduct").write_text(_PRODUCT)

    def _show_one(self, path: Path, **properties: str) -> None:
        shown = self.sys / path
        shown.mkdir()
        (shown / "uevent").write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        (shown / "subsystem").symlink_to(f"/sys/bus/{_SUBSYSTEM}")
        (self.sys / "bus" / _SUBSYSTEM / "devices" / path.name).symlink_to(f"/sys/{path}")

    def _send_event(self, action: str) -> None:
        """Send a udev event (systemd's sd-device-monitor: header, then properties)."""
        properties = {
            "ACTION": action,
            "DEVPATH": f"/{_INTERFACE}",
            "SUBSYSTEM": _SUBSYSTEM,
            "DEVTYPE": _INTERFACE_TYPE,
            "SEQNUM": str(next(self._events)),
        }
        message = "".join(f"{name}={value}\0" for name, value in properties.items()).encode()
        lengths = struct.pack("III", _HEADER_LENGTH, _HEADER_LENGTH, len(message))
        filters = struct.pack("!IIII", _hashed(_SUBSYSTEM), _hashed(_INTERFACE_TYPE), 0, 0)
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _UEVENT_PROTOCOL) as udev:
            udev.sendto(_UDEV_HEADER.pack(b"libudev\0", _UDEV_MAGIC) + lengths + filters + message, (0, _UDEV_GROUP))


def _pcsc_headers() -> list[str]:
    asked = ["pkg-config", "--cflags-only-I", "libpcsclite"]
    return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.split()


def _hashed(text: str) -> int:
    """MurmurHash2 with seed 0; listeners filter by it."""
    data, factor, mask = text.encode(), 0x5BD1E995, 0xFFFFFFFF
    value = len(data)
    whole = len(data) // 4 * 4
    for (part,) in struct.iter_unpack("<I", data[:whole]):
        mixed = part * factor & mask
        value = (value * factor & mask) ^ ((mixed ^ mixed >> 24) * factor & mask)
    if data[whole:]:
        value = (value ^ int.from_bytes(data[whole:], "little")) * factor & mask
    value = (value ^ value >> 13) * factor & mask
    return value ^ value >> 15
