"""One file that a process of ours serves to the kernel (FUSE), by the raw protocol: include/uapi/linux/fuse.h."""

import ctypes
import errno
import os
import struct

WRITE_BYTES_MAX = 1 << 20
IN_HEADER, OUT_HEADER = struct.Struct("<IIQQIIII"), struct.Struct("<IiQ")
GETATTR, SETATTR, OPEN, READ, WRITE, STATFS, RELEASE, FSYNC, FLUSH, INIT = 3, 4, 14, 15, 16, 17, 18, 20, 25, 26
FORGET, INTERRUPT, BATCH_FORGET = 2, 36, 42  # have no answer
DIRECT_IO = 1  # of open: every write reaches us as it is made
ASYNC_READ, BIG_WRITES, MAX_PAGES = 1 << 0, 1 << 5, 1 << 22
MS_NOSUID_NODEV = 2 | 4
FILE_MODE = 0o100600


class File:
    """What the kernel is to see as one file: its size, and what reading, writing and syncing do."""

    size = 0

    def read(self, offset, size):
        raise NotImplementedError

    def write(self, offset, data):
        raise NotImplementedError

    def sync(self):
        raise NotImplementedError


def serve(path, file, ready):
    """Mounts `file` over the empty file `path`, says `ready()`, and answers the kernel until somebody unmounts it."""
    device = os.open("/dev/fuse", os.O_RDWR)
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"fd={device},rootmode={FILE_MODE:o},user_id=0,group_id=0".encode()
    if libc.mount(b"athanor-recorded", os.fsencode(path), b"fuse", MS_NOSUID_NODEV, options) != 0:
        raise OSError(ctypes.get_errno(), "mount of the recorded disk")
    answers = {INIT: init, GETATTR: attributes, SETATTR: attributes, OPEN: opened, READ: read, WRITE: write, FSYNC: sync,
               FLUSH: nothing, RELEASE: nothing, STATFS: statistics}
    ready()
    buffer = memoryview(bytearray(WRITE_BYTES_MAX + 65_536))
    while True:
        try:
            request = buffer[:os.readv(device, [buffer])]
        except OSError as problem:
            if problem.errno == errno.ENODEV:  # unmounted
                return
            if problem.errno in (errno.EINTR, errno.ENOENT, errno.EAGAIN):
                continue
            raise
        _, kind, unique, *_ = IN_HEADER.unpack_from(request)
        if kind in (FORGET, BATCH_FORGET, INTERRUPT):
            continue
        if kind in answers:
            error, body = 0, answers[kind](file, request[IN_HEADER.size:])
        else:
            error, body = -errno.ENOSYS, b""
        os.write(device, OUT_HEADER.pack(OUT_HEADER.size + len(body), error, unique) + body)


def init(_file, request):
    major, minor, read_ahead, flags = struct.unpack_from("<IIII", request)
    return struct.pack("<IIIIHHIIHHI7I", major, min(minor, 31), read_ahead, flags & (ASYNC_READ | BIG_WRITES | MAX_PAGES), 16, 12,
                       WRITE_BYTES_MAX, 1, WRITE_BYTES_MAX // 4096, 0, 0, *[0] * 7)


def attributes(file, _request):
    # Valid for a second; number, size, blocks, three times and their nanoseconds; mode, links, owner, group, device, block size.
    return struct.pack("<QII6Q10I", 1, 0, 0, 1, file.size, file.size // 512, 0, 0, 0, 0, 0, 0, FILE_MODE, 1, 0, 0, 0, 4096, 0)


def opened(_file, _request):
    return struct.pack("<QII", 0, DIRECT_IO, 0)


def read(file, request):
    _, offset, size = struct.unpack_from("<QQI", request)
    return file.read(offset, size)


def write(file, request):
    _, offset, size = struct.unpack_from("<QQI", request)
    file.write(offset, request[40:40 + size])
    return struct.pack("<II", size, 0)


def sync(file, _request):
    file.sync()
    return b""


def statistics(_file, _request):
    return struct.pack("<5Q4I6I", 0, 0, 0, 1, 0, 4096, 255, 4096, 0, *[0] * 6)


def nothing(_file, _request):
    return b""
