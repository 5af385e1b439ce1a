"""A PostgreSQL server for a while: its own files, no network, gone afterwards."""

import getpass
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_PLACES = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
_SECONDS_TO_START = 30


def programs() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    places = [folder for place in _PLACES for folder in Path("/").glob(place.lstrip("/"))]
    newest = sorted(places, key=lambda folder: (len(folder.parts), str(folder)))
    return newest[-1] if newest else None


def _owner() -> str | None:
    """Who runs it: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return getpass.getuser()
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def lacking() -> str | None:
    """Why there can be no server; None where there can."""
    if programs() is None:
        return "PostgreSQL is not installed"
    return None if _owner() else "PostgreSQL does not run as root, and there is nobody else"


@contextmanager
def running() -> Iterator[str]:
    """A server that listens on a socket in its own folder; gives the folder."""
    bin, owner = programs(), _owner()
    assert bin is not None
    assert owner is not None
    folder = tempfile.mkdtemp(prefix="sg-pg-")
    as_owner = {"user": owner} if os.geteuid() == 0 else {}
    try:
        if as_owner:
            shutil.chown(folder, owner)
        options = ["-D", f"{folder}/data", "-U", "shop", "--auth=trust", "-E", "UTF8", "-N"]
        subprocess.run(
            [bin / "initdb", *options, "--locale=C"],
            cwd=folder,
            check=True,
            capture_output=True,
            **as_owner,
        )
        with Path(folder, "log").open("wb") as log:
            server = subprocess.Popen(
                [bin / "postgres", "-D", f"{folder}/data", "-k", folder, "-h", "", "-F"],
                cwd=folder,
                stdout=log,
                stderr=log,
                **as_owner,
            )
        try:
            _wait_for(folder)
            yield folder
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(30)
    finally:
        shutil.rmtree(folder)


def _wait_for(folder: str) -> None:
    ends = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            psycopg.connect(host=folder, user="shop", dbname="postgres").close()
        except psycopg.OperationalError:
            assert time.monotonic() < ends, Path(folder, "log").read_text(encoding="utf-8")
            time.sleep(0.05)
        else:
            return


def new_database(folder: str, name: str) -> str:
    """The URL of a new, empty database."""
    with psycopg.connect(host=folder, user="shop", dbname="postgres", autocommit=True) as made:
        made.execute(f'CREATE DATABASE "{name}"')
    return f"postgresql+psycopg://shop@/{name}?host={folder}"
