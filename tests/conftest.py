"""Fixtures for the tests that cross rooms.

binary          path of the program under test
free_port       a function: a TCP port that nothing listens on
run             a function: run `ticklake ARGS...` to its end
start_up        a function: start `ticklake up` on a fresh data folder; any number, any time, stopped at the end
up              one started `ticklake up`
shared          a function: a file of the optional shared test data; skips the test where it is missing
report          a function: a line that says what ran; shown at once, and kept in $TICKLAKE_REPORTS if that is set

A started instance (Up) has .kafka ("127.0.0.1:P"), .http ("http://127.0.0.1:P2"), .aws ("http://127.0.0.1:P3"), .data,
.log, .get(path), .sql(text), .client(service), .s3(), .glue(), .stop(), .kill().
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATIENCE = float(os.environ.get("TICKLAKE_PATIENCE", "1"))  # a program with sanitizers is that much slower
SANITIZED = PATIENCE != 1  # figures of memory and time are not the program's: told, not judged
READY_WITHIN = 30 * PATIENCE  # seconds
STOP_WITHIN = 10 * PATIENCE  # seconds, from SIGTERM to exit


def pytest_collection_modifyitems(config, items):
    """Leaves `long`, `aws` and `peers` tests out, without counting them as skipped, unless they are asked for."""
    for marker, variable in (("long", "TICKLAKE_LONG"), ("aws", "TICKLAKE_AWS"), ("peers", "TICKLAKE_PEERS")):
        left_out = [item for item in items if item.get_closest_marker(marker)]
        if left_out and os.environ.get(variable) != "1":
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]


def _binary() -> pathlib.Path:
    return pathlib.Path(os.environ.get("TICKLAKE_BINARY") or ROOT / "build" / "ticklake").resolve()


@pytest.fixture(scope="session")
def binary() -> pathlib.Path:
    path = _binary()
    assert path.exists(), f"{path} does not exist: run make first, or set TICKLAKE_BINARY"
    return path


_given_ports = set()


def _free_port() -> int:
    """A port that is free now, as is the one after it (Apache Kafka takes both), and not given out before in this run.

    Not of those that the system gives to connections: what they leave behind keeps them from servers for a minute."""
    while True:
        port = random.randrange(10_000, 32_000, 2)
        if port in _given_ports:
            continue
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", port))
            next_one.bind(("127.0.0.1", port + 1))
            _given_ports.add(port)
            return port


@pytest.fixture(scope="session")
def free_port():
    return _free_port


@pytest.fixture
def run(binary, tmp_path):
    """run(*args, check=True, timeout=60, **subprocess options) -> CompletedProcess with text output."""

    def run(*args, check=True, timeout=60, **options):
        done = subprocess.run([binary, *map(str, args)], capture_output=True, text=True, timeout=timeout * PATIENCE,
                              cwd=options.pop("cwd", tmp_path), **options)
        if check:
            assert done.returncode == 0, (
                f"ticklake {' '.join(map(str, args))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    return run


@dataclasses.dataclass
class Up:
    """A running `ticklake up`."""

    process: subprocess.Popen
    data: pathlib.Path
    kafka: str
    http: str
    aws: str
    log: pathlib.Path
    began: float = dataclasses.field(default_factory=time.monotonic)
    ready_after: float = 0  # seconds, once it is ready

    def get(self, path: str, timeout: float = 10) -> str:
        """The body of GET path; raises urllib.error.HTTPError for anything but 2xx."""
        with urllib.request.urlopen(self.http + path, timeout=timeout * PATIENCE) as response:
            return response.read().decode()

    def sql(self, text: str, timeout: float = 30) -> list:
        """The rows of a query, each a dict; an HTTP error carries the product's own message."""
        request = urllib.request.Request(self.http + "/v1/sql?format=json", data=text.encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=timeout * PATIENCE) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{text}: {error.code} {error.read().decode()}") from None

    def client(self, service: str, **options):
        """A boto3 client of one of the AWS doors; by default with a key pair that nobody knows."""
        import boto3

        options = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1", **options}
        return boto3.client(service, endpoint_url=self.aws, **options)

    def s3(self, **options):
        return self.client("s3", **options)

    def glue(self, **options):
        return self.client("glue", **options)

    def wait_ready(self) -> None:
        end = time.monotonic() + READY_WITHIN
        while True:
            code = self.process.poll()
            assert code is None, f"ticklake up ended with {code} before it was ready\n{self.output()}"
            try:
                self.get("/readyz", timeout=2)
                self.ready_after = time.monotonic() - self.began
                return
            except (urllib.error.URLError, OSError) as error:
                assert time.monotonic() < end, f"not ready within {READY_WITHIN} s: {error}\n{self.output()}"
            time.sleep(0.02)

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """SIGTERM; fails unless it ends cleanly within STOP_WITHIN seconds."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self.kill()
                pytest.fail(f"still running {STOP_WITHIN} s after SIGTERM\n{self.output()}")
        assert self.process.returncode == 0, f"exit code {self.process.returncode}\n{self.output()}"

    def kill(self) -> None:
        """SIGKILL: a crash."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def start_up(binary, tmp_path):
    """start_up(*args, data=None, kafka=None, env=None, ready=True) -> Up, ready unless told not to wait for it.

    Give .data (and .kafka, so that clients find it again) of an earlier one to restart on the same folder.

    Every instance that a test leaves running is stopped at its end and must end cleanly; one that it killed is left be.
    """
    started = []

    def start(*args, data=None, kafka=None, env=None, ready=True) -> Up:
        number = len(started)
        data = pathlib.Path(data) if data else tmp_path / f"data{number}"
        kafka = kafka or f"127.0.0.1:{_free_port()}"
        http = f"127.0.0.1:{_free_port()}"
        aws = f"127.0.0.1:{_free_port()}"
        log = tmp_path / f"up{number}.log"
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [binary, "up", "--data", data, "--kafka-listen", kafka, "--http-listen", http, "--aws-listen", aws,
                 *map(str, args)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, cwd=tmp_path,
                env={**os.environ, **(env or {})})
        instance = Up(process, data, kafka, "http://" + http, "http://" + aws, log)
        started.append(instance)
        if ready:
            instance.wait_ready()
        return instance

    yield start
    running = [instance for instance in started if instance.process.poll() is None]
    try:
        for instance in running:
            instance.stop()
    finally:
        for instance in running:
            instance.kill()


@pytest.fixture
def up(start_up) -> Up:
    return start_up()


@pytest.fixture
def report(request):
    """report("crash", "200 rounds, 0 lost"): shows the line at once, and appends it to $TICKLAKE_REPORTS/crash.txt.

    With keep=False it is only shown: progress.
    """
    capture = request.config.pluginmanager.getplugin("capturemanager")
    folder = os.environ.get("TICKLAKE_REPORTS")

    def report(name: str, line: str, keep: bool = True) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{name}: {line}", flush=True)
        if folder and keep:
            pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
            with open(pathlib.Path(folder, f"{name}.txt"), "a") as out:
                out.write(line + "\n")

    return report


@pytest.fixture(scope="session")
def shared():
    """shared("data/dbn/x.dbn") -> its path under TICKLAKE_SHARED; skips the test, saying so, where it is missing."""
    folder = pathlib.Path(os.environ.get("TICKLAKE_SHARED") or ROOT.parent / "shared")

    def find(path: str) -> pathlib.Path:
        if not (folder / path).exists():
            pytest.skip(f"OPTIONAL TEST DATA MISSING: no {path} in {folder} (set TICKLAKE_SHARED to the folder that has it)")
        return folder / path

    return find
