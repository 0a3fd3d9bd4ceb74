#!/usr/bin/python3
"""A disk that writes down what is done to it: recorder IMAGE DISK LOG COUNT.

DISK, an empty file, shows IMAGE; every write to it, and every flush, becomes an entry of LOG, in order. COUNT is a file that holds how
many entries there are, counted before the write or the flush is answered. Ends when DISK is unmounted.
"""

import mmap
import os
import struct
import sys

sys.dont_write_bytecode = True
import fuse  # noqa: E402; beside it

ENTRY = struct.Struct("<QQ")  # offset and size of a write, whose bytes follow; a flush has neither
FLUSH = ENTRY.pack(0, 0)


class Recorded(fuse.File):
    def __init__(self, image, log, count):
        self.image = os.open(image, os.O_RDWR)
        self.size = os.fstat(self.image).st_size
        self.log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        with open(count, "w+b") as file:
            file.write(bytes(8))
            file.flush()
            self.shown = mmap.mmap(file.fileno(), 8)
        self.entries = 0

    def read(self, offset, size):
        return os.pread(self.image, size, offset)

    def write(self, offset, data):
        os.pwrite(self.image, data, offset)
        os.writev(self.log, [ENTRY.pack(offset, len(data)), data])
        self.count()

    def sync(self):
        os.write(self.log, FLUSH)
        self.count()

    def count(self):
        self.entries += 1
        self.shown[:] = struct.pack("<Q", self.entries)


class Counter:
    """Reads COUNT."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.shown = mmap.mmap(file.fileno(), 8, prot=mmap.PROT_READ)

    def __call__(self):
        return struct.unpack("<Q", self.shown[:])[0]


def read_log(path, *, contents=True):
    """The entries, in order: (offset, bytes), or None for a flush. Without their contents: (offset, size)."""
    with open(path, "rb") as log:
        while head := log.read(ENTRY.size):
            offset, size = ENTRY.unpack(head)
            if not size:
                yield None
            elif contents:
                yield offset, log.read(size)
            else:
                yield offset, size
                log.seek(size, os.SEEK_CUR)


def main():
    image, shown, log, count = sys.argv[1:]
    fuse.serve(shown, Recorded(image, log, count), lambda: print("ready", flush=True))


if __name__ == "__main__":
    main()
