"""Runs a command for as long as somebody holds the other end of standard input.

A test run that is interrupted, or killed outright, cannot tidy up after itself. The operating
system can: it closes the pipe. This small process waits for that and takes the command down
with everything the command has started.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


def main(command: list[str]) -> int:
    """Run `command` in a process group of its own until it ends or standard input does."""
    let_go = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: let_go.set())
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603

    def watch() -> None:
        sys.stdin.buffer.read()
        let_go.set()

    threading.Thread(target=watch, daemon=True).start()
    while server.poll() is None and not let_go.wait(0.05):
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    return server.wait()


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]) & 0xFF)
