"""A message bus as every desktop session has one (D-Bus): by it a link in another program reaches an open browser."""

from __future__ import annotations

from conformance.clients.support.client_environment import World, eventually

# No services: what a bus of a desktop starts by itself would outlive the story.
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


def start_session_bus(world: World) -> None:
    """What the story starts from then on finds it; it ends with the story."""
    settings, address = world.directory / "bus.conf", world.directory / "bus"
    settings.write_text(_SETTINGS.format(directory=world.directory))
    world.start("sh", "-c", _BUS, "sh", settings, address)
    eventually(lambda: address.exists() and address.read_text().endswith("\n"), "dbus-daemon")
    world.env["DBUS_SESSION_BUS_ADDRESS"] = address.read_text().strip()
