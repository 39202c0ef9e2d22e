"""Process guard: runs a command for as long as somebody holds the other end of standard input.

A run that is interrupted, or killed outright, cannot tidy up after itself. The operating system can: it closes the
pipe. This small process waits for that, takes the command down with everything that the command has started, and
removes the folder that they worked in, unless it was told that the run ended in order and sees to that by itself.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading

IN_ORDER = b"."
"""Written to standard input before it is closed by a run that tidies up itself."""


def main(folder: str, command: list[str]) -> int:
    """Run `command` in a process group of its own until it ends or standard input does; then `folder` goes, if any."""
    let_go = threading.Event()
    said: list[bytes] = []
    signal.signal(signal.SIGTERM, lambda *_: let_go.set())
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603

    def watch() -> None:
        said.append(sys.stdin.buffer.read())
        let_go.set()

    threading.Thread(target=watch, daemon=True).start()
    while server.poll() is None and not let_go.wait(0.05):
        pass
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    code = server.wait()
    if folder and said and said[0] != IN_ORDER:
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    os._exit(main(sys.argv[1], sys.argv[2:]) & 0xFF)
