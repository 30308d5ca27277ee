"""Commands with a bounded time. One factor, CONFORMANCE_PATIENCE, stretches every bound on a slow host."""

import os
import signal
import subprocess
import sys
import time

RUN = f"run{os.getpid()}"
"""Part of the names of what a run creates outside its folder, so that two runs at once do not disturb each other."""

IMAGE = f"conformance-{RUN}/probe"
"""The repository of the probe's images, `conformance/probe` in the cases."""


def without_run(text: str) -> str:
    """Names as the cases have them, so that the results of two runs are the same."""
    return text.replace(f"-{RUN}", "")


PATIENCE = float(os.environ.get("CONFORMANCE_PATIENCE", "1"))


class CannotCompare(Exception):
    """An engine did not do what the comparison needs."""


def bounded(seconds: float) -> float:
    return seconds * PATIENCE


def run(command, *, seconds=60, cwd=None, env=None, check=True, stdin=None):
    """Runs a command to its end in a process group of its own, which a time-out or an interrupt ends."""
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        out, err = process.communicate(stdin, timeout=bounded(seconds))
    except BaseException as error:
        end_group(process)
        if isinstance(error, subprocess.TimeoutExpired):
            raise CannotCompare(f"{shown(command)} took longer than {bounded(seconds):.0f} s") from error
        raise
    if check and process.returncode != 0:
        raise CannotCompare(f"{shown(command)} ended with {process.returncode}: {tail(err or out)}")
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def end_group(process) -> None:
    for number, wait in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
            process.communicate(timeout=wait)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def until(what: str, seconds: float, condition, interval: float = 0.3):
    """The first true result of the condition, within a bounded time."""
    end = time.monotonic() + bounded(seconds)
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > end:
            raise CannotCompare(f"{what} within {bounded(seconds):.0f} s")
        time.sleep(interval)


def shown(command) -> str:
    words = [str(word) for word in command]
    return " ".join(words[:6]) + (" …" if len(words) > 6 else "")


def tail(text: str, lines: int = 12) -> str:
    return "\n    ".join(text.strip().splitlines()[-lines:])


def say(text: str) -> None:
    print(text, flush=True)


def complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
