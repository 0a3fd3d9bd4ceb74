"""What a process has of the machine, second by second, and whether it becomes more of it.

Resident memory comes and goes with what is under way, so that a line is laid through it: what rises for hours rises in
the line. Files and threads are compared by the most of them at any time.
"""

import dataclasses
import os
import pathlib

MIB = 1 << 20
RISE_MAX = MIB / 600          # bytes of resident memory a second: 1 MiB in ten minutes
SECONDS_MIN = 1_200           # for anything that means something; below it a snapshot more or less is all that is seen
WARM_UP_SHARE = 0.2           # of the time, in which caches fill
DIED_SECONDS_MAX = 10         # that a child which has ended may wait for its parent to notice


@dataclasses.dataclass(frozen=True)
class Sample:
    at: float  # seconds
    resident: int  # bytes
    files: int
    threads: int
    dead: frozenset = frozenset()  # children that ended and were not waited for


def sample(pid, at):
    process = pathlib.Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return Sample(at, int(status["VmRSS"].split()[0]) * 1024, len(os.listdir(process / "fd")), int(status["Threads"]),
                  frozenset(child for child in children(process) if is_dead(child)))


def children(process):
    for task in (process / "task").iterdir():
        try:
            yield from (task / "children").read_text().split()
        except OSError:
            pass  # the thread is gone


def is_dead(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return False


def warm(samples):
    return [one for one in samples if one.at >= samples[0].at + WARM_UP_SHARE * (samples[-1].at - samples[0].at)]


def rise(samples):
    """The slope of resident memory, in bytes a second, by least squares; None where they are too short for one."""
    if not samples or samples[-1].at - samples[0].at < SECONDS_MIN * (1 - WARM_UP_SHARE):
        return None
    at = sum(one.at for one in samples) / len(samples)
    resident = sum(one.resident for one in samples) / len(samples)
    spread = sum((one.at - at) ** 2 for one in samples)
    return sum((one.at - at) * (one.resident - resident) for one in samples) / spread


def check(samples):
    """Sentences about what has grown."""
    broken = []
    later = warm(samples)
    rising = rise(later)
    if rising is not None and rising > RISE_MAX:
        broken.append(f"resident memory rises by {rising * 600 / MIB:.2f} MiB in ten minutes, to {later[-1].resident / MIB:.1f} MiB")
    half = len(later) // 2
    for what in ("files", "threads") if rising is not None else ():
        before, after = (max(getattr(one, what) for one in part) for part in (later[:half] or later, later[half:]))
        # One in eight more may be chance: what leaks once a minute, or with each request, is far beyond.
        if after > before + max(2, before // 8):
            broken.append(f"{what}: at most {before} in the first half, {after} in the second")
    since = {}
    for one in samples:
        since = {pid: since.get(pid, one.at) for pid in one.dead}
        late = sorted(pid for pid, died in since.items() if one.at - died > DIED_SECONDS_MAX)
        if late:
            broken.append(f"children that ended were not waited for: {', '.join(late)}")
            break
    return broken
