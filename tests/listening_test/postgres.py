"""A PostgreSQL of the tests' own, where one is installed: a private cluster on a unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import programs
import pytest


@contextmanager
def private_postgres() -> Iterator[str]:
    """The address of an empty database; skips, visibly, where there is no PostgreSQL.

    PostgreSQL refuses to run as root: then it runs as the user `postgres` or `nobody`.
    """
    initdb, pg_ctl = programs.postgresql()
    # Not under pytest's folder, whose parents are closed to other users; short, for the socket.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    owner = _owner()
    try:
        if owner is not None:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        folder.chmod(0o755)

        def call(program: str, *arguments: str) -> None:
            # Its words go to a file, not a pipe: the server keeps it open.
            with (folder / "log").open("ab") as log:
                done = subprocess.run(
                    [program, *arguments],
                    cwd=folder,
                    user=None if owner is None else owner.pw_uid,
                    group=None if owner is None else owner.pw_gid,
                    extra_groups=None if owner is None else [],
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
            assert done.returncode == 0, (folder / "log").read_text()

        (folder / "log").touch()
        (folder / "log").chmod(0o666)
        data = str(folder / "data")
        call(initdb, "-D", data, "-U", "tester", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        call(pg_ctl, "-D", data, "-w", "-o", options, "start")
        try:
            yield f"postgresql://tester@/postgres?host={folder}"
        finally:
            call(pg_ctl, "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _owner() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    pytest.skip("no user to run PostgreSQL as: it refuses root")
