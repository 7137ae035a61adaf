"""A network of namespaces, in which single hosts can be cut off. Requires root."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network

import pytest

SUBNET = ip_network("10.213.77.0/24")
ADDRESS = str(SUBNET[1])
"""This machine's address in the network."""

BRIDGE = "bf-bridge"


class Network:
    """Hosts by name, each a network namespace with an address on one bridge."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._addresses = {host: str(SUBNET[2 + number]) for number, host in enumerate(hosts)}

    def address(self, host: str) -> str:
        """Return the address of a host."""
        return self._addresses[host]

    def prefix(self, host: str) -> tuple[str, ...]:
        """Return what to put before a command to run it on a host."""
        return ("ip", "netns", "exec", _namespace(host))

    def set_link(self, host: str, state: str) -> None:
        """Set the host's link `up` or `down`, as a cable that is plugged in or pulled."""
        _run("ip", "link", "set", _link(host), state)

    def drop_packets(self, host: str, drop: bool) -> None:
        """Drop all packets of a host, or stop doing so. The host sees a link that is up."""
        for chain in ("INPUT", "OUTPUT"):
            _run(*self.prefix(host), "iptables", "-I" if drop else "-D", chain, "-j", "DROP")

    def create(self) -> None:
        """Create the bridge and the hosts."""
        _run("ip", "link", "add", BRIDGE, "type", "bridge")
        _run("ip", "address", "add", f"{ADDRESS}/{SUBNET.prefixlen}", "dev", BRIDGE)
        _run("ip", "link", "set", BRIDGE, "up")
        for host, address in self._addresses.items():
            _run("ip", "netns", "add", _namespace(host))
            peer = ("peer", "name", "eth0", "netns", _namespace(host))
            _run("ip", "link", "add", _link(host), "type", "veth", *peer)
            _run("ip", "link", "set", _link(host), "master", BRIDGE, "up")
            inside = self.prefix(host)
            _run(*inside, "ip", "address", "add", f"{address}/{SUBNET.prefixlen}", "dev", "eth0")
            _run(*inside, "ip", "link", "set", "eth0", "up")
            _run(*inside, "ip", "link", "set", "lo", "up")

    def delete(self) -> None:
        """Delete what exists of the bridge and the hosts."""
        for host in self._addresses:
            _run("ip", "netns", "delete", _namespace(host), check=False)
        _run("ip", "link", "delete", BRIDGE, check=False)


@contextmanager
def network(*hosts: str) -> Iterator[Network]:
    """Create a network of `hosts`, and delete it when the block ends. Skips the test without root."""
    created = Network(hosts)
    created.delete()  # what a killed run left
    try:
        try:
            created.create()
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"can't create network namespaces here: {error}")
        yield created
    finally:
        created.delete()


def _namespace(host: str) -> str:
    return f"bf-{host}"


def _link(host: str) -> str:
    return f"bf-{host}"


def _run(*command: str, check: bool = True) -> None:
    subprocess.run(command, check=check, capture_output=True)
