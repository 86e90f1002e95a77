"""Weights: checksums verified, nothing half-written, damage named, quick word offline."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from codecbench.codecs import download
from codecbench.codecs import weights as w
from codecbench.errors import WeightsError

CONTENT = bytes(range(256)) * 10
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("CODECBENCH_CACHE", str(folder))
    monkeypatch.delenv("CODECBENCH_OFFLINE", raising=False)
    monkeypatch.setattr(download, "_unreachable", {})
    monkeypatch.setattr(download, "_spent_s", 0.0)
    return folder


@pytest.fixture
def publisher() -> Iterator[str]:
    """A publisher on this machine: /whole, /short (says more than it sends), else 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = {"/whole": CONTENT, "/short": CONTENT[:100]}.get(self.path)
            if body is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(CONTENT)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def toy(sha256: str | None, url: str = "http://nowhere.invalid/toy.bin") -> w.WeightSet:
    return w.WeightSet("toy:v1", "nobody", "r1", "MIT", (w.WeightFile("toy.bin", url, sha256),))


def folder_with(path: Path, content: bytes = CONTENT) -> Path:
    path.mkdir(exist_ok=True)
    (path / "toy.bin").write_bytes(content)
    return path


def contents(cache: Path) -> set[str]:
    return {path.name for path in cache.rglob("*") if path.is_file()}


@pytest.mark.parametrize("sha256", [SHA256, SHA256[:8], None])
def test_fetch_from_a_folder_then_find(cache: Path, tmp_path: Path, sha256: str | None) -> None:
    assert w.find(toy(sha256)) is None
    seen: list[tuple[str, int, int | None]] = []
    folder = w.fetch(toy(sha256), folder_with(tmp_path / "given"), lambda *a: seen.append(a))
    assert folder == cache / "weights" / "toy-v1" / "r1"
    assert w.find(toy(sha256)) == w.require(toy(sha256)) == folder
    assert (folder / "toy.bin").read_bytes() == CONTENT
    assert seen[-1] == ("toy.bin", len(CONTENT), len(CONTENT))
    assert contents(cache) == {"toy.bin", "toy.bin.sum.json"}


def test_fetch_from_the_publisher(cache: Path, publisher: str) -> None:
    folder = w.require(toy(SHA256, publisher + "/whole"))
    assert (folder / "toy.bin").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("path", "message"),
    [("/short", "came cut short: 100 of 2560 bytes"), ("/gone", "answers 404 Not Found")],
)
def test_a_failed_download_leaves_nothing(
    cache: Path, publisher: str, path: str, message: str
) -> None:
    with pytest.raises(WeightsError, match=message):
        w.fetch(toy(None, publisher + path))
    with pytest.raises(WeightsError) as caught:
        w.require(toy(None, publisher + path))
    assert message in str(caught.value.__cause__)
    assert contents(cache) == set()


def test_a_wrong_checksum_gives_both_sums(cache: Path, tmp_path: Path) -> None:
    given = folder_with(tmp_path / "given", b"other")
    with pytest.raises(WeightsError) as caught:
        w.fetch(toy(SHA256), given)
    for part in ("toy:v1", "toy.bin", SHA256, hashlib.sha256(b"other").hexdigest()):
        assert part in str(caught.value)
    assert contents(cache) == set()


def test_a_missing_file_in_the_folder(cache: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsError, match=r"empty does not hold toy\.bin"):
        w.fetch(toy(SHA256), tmp_path / "empty")
    assert not cache.exists()


@pytest.mark.parametrize("sha256", [SHA256, SHA256[:8], None])
def test_a_damaged_file_is_named_and_can_be_replaced(
    cache: Path, tmp_path: Path, sha256: str | None
) -> None:
    given = folder_with(tmp_path / "given")
    path = w.fetch(toy(sha256), given) / "toy.bin"
    damaged = bytearray(CONTENT)
    damaged[7] ^= 1
    path.write_bytes(damaged)
    os.utime(path, ns=(1, 1))
    for look in (w.find, w.require):
        with pytest.raises(WeightsError, match=r"toy:v1: damaged weights: .*toy\.bin has the sha"):
            look(toy(sha256))
    w.fetch(toy(sha256), given)
    assert w.find(toy(sha256)) is not None


def test_the_first_fetch_pins_what_the_publisher_does_not(cache: Path, tmp_path: Path) -> None:
    path = w.fetch(toy(None), folder_with(tmp_path / "given")) / "toy.bin"
    path.unlink()
    with pytest.raises(WeightsError, match=SHA256):
        w.fetch(toy(None), folder_with(tmp_path / "other", b"other"))


def test_a_file_put_there_by_hand_is_verified(cache: Path) -> None:
    folder = cache / "weights" / "toy-v1" / "r1"
    folder.mkdir(parents=True)
    folder_with(folder)
    assert w.find(toy(SHA256)) == folder
    folder_with(folder, b"other")
    with pytest.raises(WeightsError, match=SHA256):
        w.find(toy(SHA256))


def test_missing_weights_say_what_to_do(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODECBENCH_OFFLINE", "1")
    with pytest.raises(WeightsError) as caught:
        w.require(toy(None))
    assert str(caught.value) == "toy:v1: its weights are not here: run `bench fetch toy:v1`"
    assert "CODECBENCH_OFFLINE" in str(caught.value.__cause__)


def test_a_fetch_that_fails_says_why_and_what_to_do(cache: Path) -> None:
    with pytest.raises(WeightsError) as caught:
        w.fetch(toy(None, "http://127.0.0.1:9/toy.bin"))
    assert "127.0.0.1:9 is out of reach" in str(caught.value)
    assert "bench fetch toy:v1 --from FOLDER" in str(caught.value)


def test_silent_hosts_share_one_budget(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts that never answer: one that was tried isn't tried again, and patience runs out."""
    monkeypatch.setattr(download, "ATTEMPT_S", 0.2)
    monkeypatch.setattr(download, "BUDGET_S", 0.3)
    tried: list[str] = []
    gate = threading.Event()

    def hang(url: str) -> None:
        tried.append(url)
        gate.wait(10)

    monkeypatch.setattr(download, "_open", hang)
    for host in ("a", "a", "b", "c", "d"):
        with pytest.raises(WeightsError, match="its weights are not here"):
            w.require(toy(None, f"https://{host}.invalid/toy.bin"))
    gate.set()
    assert tried == ["https://a.invalid/toy.bin", "https://b.invalid/toy.bin"]
    assert download._spent_s < 1.0


def test_content_hash_follows_the_content_alone(tmp_path: Path) -> None:
    a, b, c = (tmp_path / name for name in "abc")
    a.write_bytes(b"x")
    b.write_bytes(b"x")
    c.write_bytes(b"y")
    assert w.content_hash([a]) == w.content_hash([b]) != w.content_hash([c])
    assert w.content_hash([a, c]) != w.content_hash([c, a])
    assert len(w.content_hash([a])) == 16
    time.sleep(0.01)
    b.write_bytes(b"y")
    assert w.content_hash([b]) == w.content_hash([c])


def test_platform_cache_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CODECBENCH_CACHE", raising=False)
    assert w.cache_folder().is_absolute()
    assert "codecbench" in w.cache_folder().parts


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys, codecbench.codecs.weights; print({'numpy', 'urllib.request'} & {*sys.modules})"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
