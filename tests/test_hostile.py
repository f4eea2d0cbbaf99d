"""Hostile clients against a running `ticklake up`: whatever they send, however slowly, and however many they are, each is
answered or cut off with a line in the log, memory stays within its limits, and other clients are served meanwhile.

The inputs are in hostile_inputs.py. TICKLAKE_REPORTS=DIR: figures of each test are appended to DIR/bombs.txt.
"""
import concurrent.futures
import contextlib
import itertools
import json
import pathlib
import re
import socket
import statistics
import struct
import subprocess
import threading
import time

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

import conftest
import hostile_inputs as hostile
import kafka_wire as wire
from conftest import SANITIZED

MIB = 1 << 20
REQUESTS, ANSWERS = 32 * MIB, 32 * MIB  # what the broker is given
UNPACKED = 2 * 96 * MIB  # two loops check a batch each: 64 MiB when unpacked, held by a string that doubles
BODIES = 16 * MIB  # of HTTP
SLACK = 64 * MIB
MERGES = 64 * MIB  # rows of a quarter of a sink's budget, and as much to write them
PATIENCE = 30  # seconds that an answer or a close may take: the machine may be busy
SLOWEST = 10  # seconds that the probe may ever wait
CONNECTIONS = 200


class Probe(threading.Thread):
    """An honest client: produces a record and asks for their number, over and over; every answer must be right."""

    def __init__(self, up):
        super().__init__(daemon=True)
        self.up, self.latencies, self.trouble, self.count = up, [], [], 0
        self.may_lack_memory = False  # other queries may have all of it; then a query of ours is refused
        self.done = threading.Event()
        self.producer = Producer({"bootstrap.servers": up.kafka, "linger.ms": 0})

    def once(self):
        began = time.monotonic()
        self.producer.produce("probe", json.dumps({"n": self.count}))
        if self.producer.flush(PATIENCE) != 0:
            raise AssertionError("a record was not acknowledged")
        self.count += 1
        if self.count % 4 == 1:
            try:
                rows = self.up.sql("SELECT count(*) AS n FROM probe", timeout=PATIENCE)
            except AssertionError as refused:
                if not (self.may_lack_memory and re.search("have all of its memory|needs more memory", str(refused))):
                    raise
                return
            if rows != [{"n": self.count}]:
                raise AssertionError(f"{rows} instead of {self.count} records")
        self.latencies.append(time.monotonic() - began)

    def run(self):
        while not self.done.is_set() and not self.trouble:
            try:
                self.once()
            except Exception as error:  # noqa: BLE001: told by the test
                self.trouble.append(error)
            self.done.wait(0.02)


def connect(address):
    host, port = address.split(":")
    client = socket.create_connection((host, int(port)), timeout=PATIENCE)
    client.settimeout(PATIENCE)
    return client


def strike(client, bomb):
    """Sends a bomb on a connection of its own; "answered", "closed" or "waits", and our port."""
    with client:
        port = client.getsockname()[1]
        try:
            client.sendall(bomb.content)
            if not bomb.complete:
                client.settimeout(0.05)
            return ("answered" if client.recv(4096) else "closed"), port
        except (ConnectionResetError, BrokenPipeError):
            return "closed", port
        except TimeoutError:
            assert not bomb.complete, f"{bomb.name}: neither answered nor closed within {PATIENCE} s"
            return "waits", port


class Siege:
    """An instance with small limits, under attack while a probe uses it."""

    def __init__(self, up, report):
        self.up, self.report, self.host, self.port = up, report, *up.kafka.split(":")
        admin = AdminClient({"bootstrap.servers": up.kafka})
        for future in admin.create_topics([NewTopic(hostile.TOPIC, 1), NewTopic("probe", 1), NewTopic("big", 1)]).values():
            future.result()
        self.probe = Probe(up)
        self.probe.once()
        self.before = self.peak()

    def peak(self):
        """VmHWM in bytes."""
        status = pathlib.Path(f"/proc/{self.up.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) * 1024

    def connect(self, http=False):
        return connect(self.up.http.removeprefix("http://") if http else self.up.kafka)

    def strike(self, bomb, http=False):
        return strike(self.connect(http), bomb)

    def strike_all(self, bombs, http=False, threads=8):
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            outcomes = list(pool.map(lambda bomb: self.strike(bomb, http), bombs))
        return dict(zip(bombs, outcomes))

    def check(self, name, limit, inputs, slowest=SLOWEST):
        """The end of a test: the probe was served, memory is within `limit` beyond what it was, and nothing crashed."""
        self.probe.done.set()
        self.probe.join(2 * PATIENCE)
        assert not self.probe.trouble, self.probe.trouble[0]
        assert self.up.process.poll() is None, self.up.output()[-3000:]
        self.probe.once()
        grown, times = self.peak() - self.before, sorted(self.probe.latencies)
        p99 = times[len(times) * 99 // 100]
        self.report("bombs", f"{name}: {inputs} inputs; memory grew by {grown / MIB:.0f} MiB to "
                    f"{self.peak() / MIB:.0f} MiB (limit + 64 MiB: {(limit + SLACK) / MIB:.0f}); probe: {len(times)} rounds, "
                    f"median {statistics.median(times) * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms, "
                    f"slowest {times[-1] * 1000:.0f} ms")
        if not SANITIZED:  # whose own memory is several times the program's
            assert grown <= limit + SLACK
            assert times[-1] < slowest


@pytest.fixture
def siege(start_up, report):
    settings = {"queued.max.request.bytes": REQUESTS, "queued.max.response.bytes": ANSWERS, "max.connections": CONNECTIONS,
                "group.max.bytes": 2 * MIB, "offsets.max.bytes": 2 * MIB}
    made = Siege(start_up(*itertools.chain(*(("--set", f"{name}={value}") for name, value in settings.items()))), report)
    made.probe.start()
    yield made
    made.probe.done.set()


def with_log_line(siege, outcomes):
    """Connections that were closed, whose port the log must name."""
    log = siege.up.output()
    silent = [bomb.name for bomb, (outcome, port) in outcomes.items() if outcome == "closed" and f":{port}:" not in log]
    assert not silent, f"closed without a word in the log: {silent[:9]}"


@contextlib.contextmanager
def many(count, connect):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connect()) for _ in range(count)]


def small():
    return [bomb for family in (hostile.frames, hostile.headers, hostile.bodies, hostile.batches, hostile.records, hostile.topics,
                                hostile.fetches) for bomb in family() if len(bomb.content) < 100_000]


def test_malformed_requests(siege):
    bombs = small()
    outcomes = siege.strike_all(bombs)
    with_log_line(siege, outcomes)
    web = list(hostile.http())
    siege.strike_all(web, http=True)
    siege.check("malformed requests", REQUESTS + ANSWERS + BODIES, len(bombs) + len(web))
    assert len(set(bombs)) + len(set(web)) >= 500


@pytest.mark.long
def test_large_requests_and_bombs_in_every_codec(siege):
    bombs = [bomb for family in (hostile.elements, hostile.unpacking, hostile.groups, hostile.batches) for bomb in family()]
    outcomes = siege.strike_all(bombs)
    with_log_line(siege, outcomes)
    siege.check("large requests, packed batches", REQUESTS + ANSWERS + UNPACKED, len(bombs))


@pytest.mark.long
def test_requests_that_take_all_memory_and_never_end(siege):
    """Each claims 99 MB and sends 4 of them: three hundred times, and a dozen times, what all together may take."""
    head = wire.int32(99_000_000) + wire.header(wire.PRODUCE, 3)
    with many(100, siege.connect) as clients:
        for client in clients:
            client.settimeout(0.05)
            client.sendall(head)
        for client in clients:
            with contextlib.suppress(TimeoutError, OSError):
                client.sendall(bytes(4 * MIB))
        # They dawdle: one who needs the memory gets it within seconds.
        whole = wire.produce(hostile.TOPIC, wire.batch(wire.record(b"x" * 900_000)))
        began = time.monotonic()
        assert siege.strike(hostile.Bomb("honest and large", whole))[0] == "answered"
        waited = time.monotonic() - began
    siege.check(f"requests without end (an honest one of 900 kB took {waited:.1f} s)", REQUESTS + 99_000_000, 101)


def test_answers_that_nobody_reads(siege):
    batches = [wire.batch(wire.record(bytes([i]) * 900_000)) for i in range(2)]
    for i in range(24):
        assert siege.strike(hostile.Bomb("fill", wire.produce("big", batches[i % 2])))[0] == "answered"
    fetch = wire.fetch("big", 0, max_bytes=2**31 - 1, max_wait=500)
    with many(60, siege.connect) as clients:
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with contextlib.suppress(OSError):
                client.sendall(fetch * 30)
        time.sleep(1)
        with siege.connect() as honest:
            honest.sendall(fetch)
            assert honest.recv(4096)
    siege.check("unread answers", ANSWERS + 64 * MIB, 60)  # and the records themselves, in the sink


def test_waiting_fetches_hold_nothing(siege):
    fetch = wire.fetch("big", 0, max_bytes=2**31 - 1, max_wait=2**31 - 1, min_bytes=2**31 - 1)
    assert siege.strike(hostile.Bomb("fill", wire.produce("big", wire.batch(wire.record(b"x" * 900_000)))))[0] == "answered"
    with many(100, siege.connect) as clients:
        for client in clients:
            client.sendall(fetch)
        time.sleep(1)
    siege.check("fetches that wait for ever", REQUESTS, 100)


@pytest.mark.long
def test_floods(siege):
    """Requests without pause, whose answers nobody reads; connections that do nothing, or come and go."""
    ask = wire.request(wire.API_VERSIONS, 0) * 5_000
    with many(4, siege.connect) as clients:
        for client in clients:
            client.settimeout(1)
            with contextlib.suppress(TimeoutError, OSError):
                for _ in range(40):
                    client.sendall(ask)
    for _ in range(300):
        client = siege.connect()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()  # reset
    with contextlib.ExitStack() as stack:
        for http in (False, True):
            for _ in range(2 * CONNECTIONS):
                with contextlib.suppress(OSError):
                    stack.enter_context(siege.connect(http))
        time.sleep(2.5)
        assert siege.up.get("/readyz")
        for _ in range(5):
            siege.strike(hostile.Bomb("a newcomer", wire.request(wire.API_VERSIONS, 0)))
    siege.check("floods", REQUESTS + ANSWERS + CONNECTIONS * 64 * 1024, 4 + 300 + 4 * CONNECTIONS)


def test_groups_without_end(siege):
    """Members, groups and offsets are bounded: the next is told so, and the log too."""
    errors = set()
    with siege.connect() as client:
        for i in range(3_000):
            group = "g" if i % 2 else f"g{i}"
            member = wire.string("") + wire.NULL_STRING + wire.string("consumer")
            member += wire.array([wire.string("range") + wire.data(bytes(2_000))])
            client.sendall(wire.request(wire.JOIN_GROUP, 5, wire.string(group) + wire.int32(30_000) * 2 + member))
            errors.add(struct.unpack(">h", answer(client)[8:10])[0])
    assert errors == {79, 81}  # a member id to come back with, then GROUP_MAX_SIZE_REACHED
    with siege.connect() as client:
        for i in range(1_500):
            client.sendall(wire.offset_commit(f"o{i}", hostile.TOPIC, 1, "m" * 4_000))
            error = struct.unpack(">h", answer(client)[-2:])[0]
            if error:
                break
    assert error == 28  # INVALID_COMMIT_OFFSET_SIZE
    log = siege.up.output()
    assert "group.max.bytes" in log and "offsets.max.bytes" in log
    siege.check("groups without end", 4 * MIB, 4_500)


def test_a_query_that_cannot_be_interrupted_does_not_hold_up_the_end(start_up, run):
    """DuckDB is inside one call for minutes. What was acknowledged is committed meanwhile, and the process ends."""
    up = start_up()
    producer = Producer({"bootstrap.servers": up.kafka})
    producer.produce("leftover", json.dumps({"n": 1}))
    assert producer.flush(PATIENCE) == 0
    assert up.sql("SELECT n FROM leftover") == [{"n": 1}]
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        text = "SELECT levenshtein(repeat('ab', 200000), repeat('cd', 200000))"
        asked = pool.submit(up.sql, text, timeout=60)
        time.sleep(1)
        assert not asked.done()
        up.stop()
        assert asked.exception() is not None
    assert "a query cannot be interrupted: not waiting for its end" in up.output()
    assert f"ticklake has stopped; everything is in {up.data}" in up.output()
    verified = json.loads(run("verify", "--data", up.data, "--json").stdout)
    assert [log["rows"] for table in verified for log in table["logs"]] == [1], verified


@pytest.mark.long
def test_queries_that_cannot_be_interrupted_do_not_hold_up_others(start_up):
    """Clients ask, and go, while DuckDB is inside one call for minutes: four of them had all threads for queries."""
    up = start_up()
    text = "SELECT levenshtein(repeat('ab', 200000), repeat('cd', 200000))"

    def ask_and_go():
        with contextlib.suppress(TimeoutError, OSError):
            up.sql(text, timeout=0.5)

    def go_away(count):
        with concurrent.futures.ThreadPoolExecutor(count) as pool:
            list(pool.map(lambda _: ask_and_go(), range(count)))

    assert up.sql("SELECT 1 AS n") == [{"n": 1}]
    go_away(4)
    began = time.monotonic()
    assert up.sql("SELECT 1 AS n", timeout=PATIENCE) == [{"n": 1}]
    assert SANITIZED or time.monotonic() - began < SLOWEST
    go_away(4)
    time.sleep(4 * conftest.PATIENCE)
    with pytest.raises(AssertionError, match="8 queries that were stopped are inside calls that cannot be interrupted"):
        up.sql("SELECT 1 AS n", timeout=PATIENCE)
    up.stop()
    assert "a query cannot be interrupted: not waiting for its end" in up.output()


def measured(command, timeout=120):
    """Runs a command to its end: what it said, and the most memory that it had."""
    most = 0
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            said = pool.submit(process.stdout.read)
            end = time.monotonic() + timeout * conftest.PATIENCE
            while process.poll() is None:
                with contextlib.suppress(OSError, AttributeError):  # it is over
                    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
                    most = max(most, int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) * 1024)
                if time.monotonic() > end:
                    process.kill()
                time.sleep(0.005)
            return process.returncode, said.result().decode(errors="replace"), most


def test_files_that_are_bombs(siege, binary, tmp_path):
    """`feed replay` says what is wrong with each, at once, and takes no more memory than for an honest file."""
    path = tmp_path / "file"

    def replay(content, topic):
        path.write_bytes(content)
        return measured([binary, "feed", "replay", path, "--brokers", siege.up.kafka, "--topic", topic])

    code, said, usual = replay(b"".join(b'{"a":%d}\n' % i for i in range(50_000)), "honest")
    assert code == 0, said
    worst, number = 0, 0
    for number, (name, content, expected) in enumerate(hostile.files(), 1):
        code, said, most = replay(content, f"file{number}")
        assert code in (0, 1) and expected in said and len(said) < 20_000, f"{name}: {code} {said[:2000]}"
        assert str(path) in said or code == 0, f"{name}: {said[:2000]}"
        worst = max(worst, most - usual)
        if not SANITIZED:
            assert most - usual <= SLACK, f"{name}: {most / MIB:.0f} MiB, {usual / MIB:.0f} for an honest file"
    siege.check(f"files for feed replay (which grew by {worst / MIB:.0f} MiB)", REQUESTS + BODIES, number)


def bombard(up, name, values, codec, batches=8):
    """Sends batches to both partitions of a topic, in turn: what they are, and how many records there are in all."""
    admin = AdminClient({"bootstrap.servers": up.kafka})
    admin.create_topics([NewTopic(name, 2)])[name].result()
    while True:
        plain = b"".join(wire.record(value, delta=i) for i, value in enumerate(values))
        batch = wire.batch(hostile.packed(codec, plain), len(values), codec=codec)
        if len(batch) < 1_000_000:  # snappy packs 20:1 at most
            break
        values = values[:len(values) // 2]
    for i in range(batches):
        bomb = hostile.Bomb(name, wire.produce(name, batch, partition=i % 2))
        assert strike(connect(up.kafka), bomb)[0] == "answered"
    return f"{batches} batches of {name} ({len(batch)} bytes, unpacked {len(plain) / 1e6:.0f} MB)", batches * len(values)


@pytest.mark.long
@pytest.mark.parametrize("codec", hostile.CODECS)
def test_records_that_are_bombs_for_a_sink(start_up, binary, run, report, tmp_path, codec):
    """A sink of its own reads batches of a few kilobytes that become a great deal, of both partitions at once."""
    budget, worst, usual = 128 * MIB, (0, ""), 0
    up = start_up("--sink", "off")
    for name, values in itertools.chain([("usual", [b'{"n":1}'] * 10)], hostile.large_batches()):
        what, records = bombard(up, name, values, hostile.CODECS[codec])
        lake = tmp_path / name
        code, said, most = measured([binary, "sink", "--brokers", up.kafka, "--topics", name, "--data", lake, "--until-end",
                                     "--sink-memory-mb", str(budget // MIB)])
        assert code == 0, f"{name}: {said[-2000:]}"
        verified = json.loads(run("verify", "--data", lake, "--brokers", up.kafka, "--json", timeout=120).stdout)
        logs = [log for table in verified for log in table["logs"]]
        assert sum(log["rows"] + log["dead_letters"] for log in logs) == records, f"{name}: {verified}"
        if name == "usual":
            usual = most
            continue
        report("bombs", f"a sink of {budget // MIB} MiB, {codec}, {what}: {most / MIB:.0f} MiB", keep=False)
        worst = max(worst, (most, name))
    report("bombs", f"a sink of {budget // MIB} MiB, {len(list(hostile.large_batches()))} kinds of large batches, {codec}: "
           f"at most {worst[0] / MIB:.0f} MiB ({worst[1]}), {usual / MIB:.0f} with little to do")
    assert SANITIZED or worst[0] - usual <= budget + SLACK, worst


@pytest.mark.long
def test_records_that_are_bombs_for_a_running_instance(start_up, run, report):
    """The same for the sink inside `ticklake up`, with files being merged beside it."""
    budget = 128 * MIB
    up = start_up("--sink-memory-mb", str(budget // MIB), "--flush-seconds", "1", "--merge-seconds", "1")

    def peak():
        status = pathlib.Path(f"/proc/{up.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) * 1024

    def committed(name):
        tables = json.loads(up.get("/v1/status"))["tables"]
        return sum(table["committed_rows"] + table["committed_dead"] for table in tables if table["topic"] == name)

    before = 0
    for name, values in itertools.chain([("usual", [b'{"n":1}'] * 10)], hostile.large_batches()):
        what, records = bombard(up, name, values, wire.ZSTD)
        end = time.monotonic() + 120 * conftest.PATIENCE
        while committed(name) < records:
            assert time.monotonic() < end, f"{name}: {committed(name)} of {records}"
            time.sleep(0.1)
        if name == "usual":
            before = peak()
        report("bombs", f"up with a sink of {budget // MIB} MiB, {what}: grew to {peak() / MIB:.0f} MiB", keep=False)
    report("bombs", f"up with a sink of {budget // MIB} MiB, {len(list(hostile.large_batches()))} kinds of large batches: grew by "
           f"{(peak() - before) / MIB:.0f} MiB to {peak() / MIB:.0f} MiB")
    verified = json.loads(run("verify", "--data", up.data, "--json", timeout=300).stdout)
    assert all(log["rows"] + log["dead_letters"] > 0 for table in verified for log in table["logs"]), verified
    assert SANITIZED or peak() - before <= budget + MERGES + 3 * SLACK  # two threads check batches, two read, files are merged


def answer(client):
    """One whole answer, without its length."""
    def take(size):
        got = b""
        while len(got) < size:
            got += (piece := client.recv(size - len(got)))
            assert piece, "closed"
        return got

    return take(struct.unpack(">i", take(4))[0])


@pytest.mark.long
def test_slow_senders_are_cut_off(siege):
    """Byte by byte: within the time that a frame may stop, all are gone, and none kept others out."""
    clients = [siege.connect() for _ in range(60)]
    web = [siege.connect(http=True) for _ in range(60)]
    wanted, text = wire.request(wire.METADATA, 1, bytes(900)), b"POST /v1/sql HTTP/1.1\r\nContent-Length: 900\r\n" + b"a: b\r\n" * 150
    gone = set()
    end = time.monotonic() + 100
    for i in itertools.count():
        for client, content in itertools.chain(((c, wanted) for c in clients), ((c, text) for c in web)):
            if client in gone:
                continue
            try:
                client.sendall(content[i:i + 1] or b"x")
            except OSError:
                gone.add(client)
        if len(gone) == 120 or time.monotonic() > end:
            break
        time.sleep(1)
    for client in clients + web:
        client.close()
    assert len(gone) == 120
    assert "came too slowly" in siege.up.output()
    siege.check("slow senders", REQUESTS, 120)


@pytest.mark.long
def test_topics_without_end(siege):
    with siege.connect() as client:
        for i in range(2_000):
            client.sendall(wire.request(wire.METADATA, 1, wire.array([wire.string(f"made.by.asking.{i}")])))
            answer(client)
    siege.check("topics without end", 200 * MIB, 2_000)


@pytest.mark.long
def test_rows_that_are_none(siege):
    values = list(hostile.rows())
    fits = [value for value in values if len(value) < 1_000_000]
    for value in fits:
        assert siege.strike(hostile.Bomb("row", wire.produce("rows", wire.batch(wire.record(value)))))[0] == "answered"
        assert siege.strike(hostile.Bomb("row", wire.produce("trades", wire.batch(wire.record(value)))))[0] == "answered"
    siege.check("rows that are none", 384 * MIB, 2 * len(fits))


@pytest.mark.long
def test_hostile_sql(siege):
    texts = [text for text in dict.fromkeys(hostile.sql())]
    siege.probe.may_lack_memory = True

    def ask(text):
        body = text.encode()
        head = f"POST /v1/sql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        with siege.connect(http=True) as client:
            client.settimeout(3)  # then the asker is gone, and the query must end
            try:
                client.sendall(head + body)
                return client.recv(4096) or b"closed"
            except TimeoutError:
                return b"gave up"
            except OSError:
                return b"closed"

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(ask, texts))
    assert not [text[:60] for text, got in zip(texts, answers) if not got.startswith((b"HTTP/1.1 ", b"gave up"))]
    broken = [(text[:60], got[-300:]) for text, got in zip(texts, answers) if got.startswith(b"HTTP/1.1 500")]
    assert not broken, f"{len(broken)}, of which the first: {broken[:3]}"
    # Calls that cannot be interrupted may keep all the threads for queries so long (docs/limits.md).
    siege.check("SQL", 1024 * MIB + 512 * MIB, len(texts), slowest=PATIENCE)
