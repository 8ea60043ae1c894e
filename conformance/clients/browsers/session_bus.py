"""A message bus as every desktop session has one (D-Bus): by it a link in another program reaches an open browser."""

from __future__ import annotations

from conformance.clients.support.client_environment import ClientEnvironment, wait_until

# No services: what a bus of a desktop starts by itself would outlive the test.
_SETTINGS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={directory}</listen>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""
_BUS = 'exec dbus-daemon --nofork --config-file="$1" --print-address=3 3>"$2"'


def start_session_bus(environment: ClientEnvironment) -> None:
    """Programs that the test starts later find the bus; it ends with the test."""
    settings, address = environment.directory / "bus.conf", environment.directory / "bus"
    settings.write_text(_SETTINGS.format(directory=environment.directory))
    environment.start("sh", "-c", _BUS, "sh", settings, address)
    wait_until(lambda: address.exists() and address.read_text().endswith("\n"), "dbus-daemon")
    environment.env["DBUS_SESSION_BUS_ADDRESS"] = address.read_text().strip()
