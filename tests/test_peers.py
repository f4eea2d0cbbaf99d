"""Our clients of S3 and Glue through their conformance suites, against services that speak them.

Our own door is always one; moto, versitygw and MinIO only with TICKLAKE_PEERS=1, as `make test-peers` sets it. The last
two must be on PATH: go install github.com/versity/versitygw/cmd/versitygw@v1.8.0 github.com/minio/minio@latest, one by one.
"""
import dataclasses
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

ACCESS, SECRET = "testaccess", "testsecret"


@dataclasses.dataclass
class Peer:
    endpoint: str
    lacks: str = ""  # as tests/aws_peer.h has it


def wait_for_http(url, process, seconds=60):
    end = time.monotonic() + seconds
    while True:
        assert process.poll() is None, f"{url}: the server ended with {process.returncode}"
        try:
            urllib.request.urlopen(url, timeout=2)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            assert time.monotonic() < end, f"{url}: no answer within {seconds} s"
        time.sleep(0.1)


@pytest.fixture
def start_server(tmp_path):
    """start_server(url, *command, **environment): runs a server until the test ends."""
    started = []

    def start(url, *command, **environment):
        with open(tmp_path / "peer.log", "wb") as log:
            process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=subprocess.STDOUT,
                                       stdin=subprocess.DEVNULL, env={**os.environ, **environment})
        started.append(process)
        wait_for_http(url, process)

    yield start
    for process in started:
        process.terminate()
        process.wait(10)


@pytest.fixture
def peer(request, start_up, start_server, free_port, tmp_path):
    if request.param == "door":
        return Peer(start_up().aws)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    if request.param == "moto":  # its Glue ignores VersionId and MaxResults, its uploads are all of one day
        start_server(url, sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p", port)
        return Peer(url, "versions,pages,upload-times")
    program = shutil.which(request.param)
    if program is None:
        pytest.skip(f"NO {request.param.upper()}: it is not on PATH")
    folder = tmp_path / "objects"
    folder.mkdir()
    if request.param == "versitygw":
        start_server(url, program, "--access", ACCESS, "--secret", SECRET, "-p", f"127.0.0.1:{port}", "posix", folder)
    else:
        start_server(url, program, "server", folder, "--address", f"127.0.0.1:{port}", "--console-address",
                     f"127.0.0.1:{free_port()}", MINIO_ROOT_USER=ACCESS, MINIO_ROOT_PASSWORD=SECRET)
    # MinIO lists the uploads of one key only, and ends them by itself after a day.
    return Peer(url, "glue" if request.param == "versitygw" else "glue,upload-lists")


@pytest.mark.parametrize("peer", ["door", *(pytest.param(name, marks=pytest.mark.peers)
                                            for name in ("moto", "versitygw", "minio"))], indirect=True)
def test_clients_conform(peer, binary, report, request):
    program = binary.parent / "bin" / "tl_scenarios_test"
    if not program.exists():
        pytest.skip(f"NO {program.name}: build it with `cmake --build build --target tl_scenarios_test`")
    done = subprocess.run([program, "--gtest_filter=S3*:Glue*"], capture_output=True, text=True, timeout=240,
                          env={**os.environ, "TICKLAKE_PEER_ENDPOINT": peer.endpoint,
                               "TICKLAKE_PEER_KEYS": f"{ACCESS}:{SECRET}", "TICKLAKE_PEER_LACKS": peer.lacks})
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    passed = done.stdout.count("[       OK ]")
    assert passed >= (18 if "upload-lists" in peer.lacks else 19), done.stdout
    report("peers", f"{request.node.callspec.id}: {passed} tests of our S3 and Glue clients passed"
           + (f"; it lacks {peer.lacks}" if peer.lacks else ""))
