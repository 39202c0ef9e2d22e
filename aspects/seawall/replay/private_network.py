"""Private network: a loopback of the process's own, where the system gives one, which nobody else can reach."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
import threading
from pathlib import Path

# From linux/sched.h, linux/sockios.h and linux/if.h: the same on every architecture that Linux runs on.
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def enter() -> bool:
    """Leave the machine's network for a private one that holds nothing but a loopback; False where that cannot be.

    It concerns this process and what it starts, for as long as they run, so it is for a command that needs no network.
    Linux alone has it, and only for users whom its administrator and the container around it leave the right
    (namespaces(7), user_namespaces(7)). Nothing is changed where it is refused.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return False
    user, group = os.getuid(), os.getgid()
    system = ctypes.CDLL(None, use_errno=True)
    if system.unshare(_NEW_USER | _NEW_NETWORK) != 0:
        return False
    _keep(user, group)
    return _loopback_up()


def _keep(user: int, group: int) -> None:
    """Stay who we are: files belong to the same user as before."""
    for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        try:
            Path(f"/proc/self/{name}").write_text(line)
        except OSError:  # then files of ours appear as nobody's; the network is private all the same
            return


def _loopback_up() -> bool:
    from fcntl import ioctl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        request = struct.pack("16sh22x", b"lo", 0)
        _, flags = struct.unpack("16sh22x", ioctl(handle, _GET_FLAGS, request))
        ioctl(handle, _SET_FLAGS, struct.pack("16sh22x", b"lo", flags | _UP))
    return True
