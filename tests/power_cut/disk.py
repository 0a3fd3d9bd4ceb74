"""A disk in a file, with a real file system of this kernel on it, and its power switch. Takes root and a loop device."""

import contextlib
import ctypes
import fcntl
import os
import pathlib
import random
import shutil
import struct
import subprocess
import tempfile
import threading
import time

FILE_SYSTEMS = ("ext4", "xfs")
# XFS refuses a second disk of the same identity, which two states of one disk have.
MOUNT_OPTIONS = {"ext4": "loop", "xfs": "loop,nouuid"}
BUSY_SECONDS = 5     # until those that work on a disk have ended, after their server has
IMAGE_BYTES = 1 << 30  # a sparse file; mkfs chooses for it what it chooses for large disks
# _IOR('X', 125, __u32): EXT4_IOC_SHUTDOWN in the kernel's include/uapi/linux/ext4.h, XFS_IOC_GOINGDOWN in xfs_fs.h.
SHUTDOWN = 0x8004587D
LIBC = ctypes.CDLL(None)
WRITE_BACK_SECONDS = 0.2  # between two, at most
LOG_FLUSH, NO_LOG_FLUSH = 1, 2  # whether what the journal holds in memory still reaches the disk


class Disk:
    """An image with a file system, to be mounted on the directory `root`, which is made."""

    def __init__(self, file_system, image, root):
        self.file_system, self.image, self.root = file_system, image, root
        self.root.mkdir()
        self.mounted = False

    def mount(self):
        do("mount", "-t", self.file_system, "-o", MOUNT_OPTIONS[self.file_system], self.image, self.root)
        self.mounted = True

    @contextlib.contextmanager
    def written_back(self, chance):
        """Meanwhile the kernel writes what nobody has synced, at moments of chance, as it does when memory is short."""
        done, own_chance = threading.Event(), random.Random(chance.random())
        root = os.open(self.root, os.O_RDONLY)

        def write_back():
            while not done.wait(own_chance.uniform(0, WRITE_BACK_SECONDS)):
                LIBC.syncfs(root)  # fails once the power is cut

        thread = threading.Thread(target=write_back)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            os.close(root)

    def cut(self, flag):
        """From here on nothing reaches the disk, and whoever writes gets EIO. What was not synced is lost; directories that
        were not, too, but for those whose changes stand in the journal when that is still written (LOG_FLUSH)."""
        root = os.open(self.root, os.O_RDONLY)
        try:
            fcntl.ioctl(root, SHUTDOWN, struct.pack("I", flag))
        finally:
            os.close(root)

    def restore(self):
        """Power again: the file system is mounted anew and replays its journal."""
        self.unmount()
        self.mount()

    def unmount(self):
        if not self.mounted:
            return
        # Processes of functions die with their server, but not in the same moment.
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                do("umount", self.root)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.01)
        self.mounted = False


def make(file_system, image):
    with image.open("wb") as file:
        file.truncate(IMAGE_BYTES)
    do(f"mkfs.{file_system}", "-q", image)


def do(*command):
    """Runs it; what it complains of becomes an OSError."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


def missing(file_system):
    """Why this file system cannot be tried here, as a sentence; empty when it can: it was, with one cut."""
    if os.geteuid() != 0:
        return "mounting a disk needs root"
    if not shutil.which(f"mkfs.{file_system}"):
        return f"there is no mkfs.{file_system}; scripts/install_packages test installs it"
    with tempfile.TemporaryDirectory(prefix="athanor-disk-") as home, contextlib.ExitStack() as stack:
        try:
            image = pathlib.Path(home) / "disk.img"
            make(file_system, image)
            disk = Disk(file_system, image, image.with_name("disk"))
            stack.callback(disk.unmount)
            disk.mount()
            disk.cut(NO_LOG_FLUSH)
            disk.restore()
        except OSError as problem:
            return f"no disk in a file can be made, mounted and cut off: {problem}"
    return ""
