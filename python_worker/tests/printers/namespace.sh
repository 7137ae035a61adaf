#!/bin/sh
# A network and a /run apart from the machine's, with what virtual printers need: D-Bus and Avahi. Run it with
# `unshare --net --mount`. It says "ready" and ends when its standard input does.
set -e
mount -t tmpfs tmpfs /run
ip link set lo up
mkdir -p /run/dbus /run/avahi-daemon
cat >/run/dbus.conf <<'XML'
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
  "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>
XML
printf '[server]\nallow-interfaces=lo\nuse-ipv6=no\n' >/run/avahi.conf
dbus-daemon --nofork --nopidfile --config-file=/run/dbus.conf >/dev/null 2>&1 &
dbus=$!
until [ -S /run/dbus/system_bus_socket ]; do sleep 0.05; done
avahi-daemon --no-drop-root --no-chroot --no-rlimits --file=/run/avahi.conf >/dev/null 2>&1 &
avahi=$!
until [ -S /run/avahi-daemon/socket ]; do sleep 0.05; done
echo ready
read -r _ || true
kill $avahi $dbus
wait
