"""What the end-to-end benches run: our processes and their peers, measured from outside."""
import contextlib
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BINARY = pathlib.Path(os.environ.get("TICKLAKE_BINARY") or ROOT / "build" / "ticklake").resolve()
SHARED = pathlib.Path(os.environ.get("TICKLAKE_SHARED", ROOT.parent / "shared"))
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    """A port that is free, as is the one after it, which Apache Kafka takes for its controller. Not of those that
    connections get: what a load leaves behind keeps them from servers for a minute."""
    while True:
        port = random.randrange(20_000, 32_000)
        with contextlib.suppress(OSError), socket.socket() as one, socket.socket() as next_one:
            one.bind(("127.0.0.1", port))
            next_one.bind(("127.0.0.1", port + 1))
            return port


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory_mib(pid, key="VmRSS"):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{key}:\s+(\d+)", text).group(1)) / 1024


def get(address, path):
    connection = http.client.HTTPConnection(*address, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def sql(address, text):
    """Rows of a query, through the running process."""
    connection = http.client.HTTPConnection(*address, timeout=30)
    connection.request("POST", "/v1/sql?format=json", text)
    answer = connection.getresponse()
    body = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"{text}: {body}")
    return json.loads(body)


@contextlib.contextmanager
def scratch(name):
    """A folder that is gone afterwards."""
    folder = tempfile.mkdtemp(prefix=f"bench-{name}.")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Up:
    """A running `ticklake up` on a folder of its own."""
    name = "ticklake"

    def __init__(self, *flags):
        self.folder = tempfile.mkdtemp(prefix="bench-up.")
        self.kafka = f"127.0.0.1:{free_port()}"
        self.http = ("127.0.0.1", free_port())
        started = time.monotonic()
        with open(f"{self.folder}/up.log", "ab") as log:
            self.process = subprocess.Popen(
                [BINARY, "up", "--data", f"{self.folder}/data", "--kafka-listen", self.kafka,
                 "--http-listen", f"127.0.0.1:{self.http[1]}", *flags],
                stdout=subprocess.DEVNULL, stderr=log)
        while True:
            with contextlib.suppress(OSError):
                if get(self.http, "/readyz")[0] == 200:
                    break
            if self.process.poll() is not None or time.monotonic() - started > 30:
                sys.exit(f"bench: `ticklake up` did not become ready; see {self.folder}/up.log")
            time.sleep(0.005)
        self.ready_seconds = time.monotonic() - started
        self.pid = self.process.pid

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        shutil.rmtree(self.folder)


class ApacheKafka:
    """A real single-node Apache Kafka."""
    name = "kafka"

    def __init__(self, *overrides):
        self.folder = tempfile.mkdtemp(prefix="bench-kafka.")
        port = free_port()
        flags = [flag for pair in overrides for flag in ("-o", pair)]
        subprocess.run([SHARED / "peers/kafka-up", "-p", str(port), "-d", self.folder, *flags],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.kafka = f"127.0.0.1:{port}"
        self.pid = int(pathlib.Path(self.folder, "broker.pid").read_text())

    def stop(self):
        subprocess.run([SHARED / "peers/kafka-down", "-r", self.folder], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def have_peer(name):
    if (SHARED / "peers" / name).exists():
        return True
    print(f"SKIPPED: no {name} under {SHARED}/peers; set TICKLAKE_SHARED to measure against it")
    return False


@contextlib.contextmanager
def brokers(ours=(), kafkas=()):
    """Our broker (with flags) and Apache Kafka (with overrides), both running."""
    with contextlib.ExitStack() as stack:
        mine = Up("--sink", "off", *ours)
        stack.callback(mine.stop)
        peer = ApacheKafka(*kafkas)
        stack.callback(peer.stop)
        yield mine, peer


def admin_client(bootstrap):
    from confluent_kafka.admin import AdminClient
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 4})


def create_topic(bootstrap, topic, partitions):
    from confluent_kafka.admin import NewTopic
    admin = admin_client(bootstrap)
    admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(20)


def delete_topic(bootstrap, topic):
    admin = admin_client(bootstrap)
    admin.delete_topics([topic])[topic].result(20)


def replay(what, *arguments):
    """What a run of the replayer build/bench/replay_WHAT_bench measured; it checks every answer."""
    out = subprocess.run([BINARY.parent / f"bench/replay_{what}_bench", *map(str, arguments)],
                         capture_output=True, text=True)
    if out.returncode != 0:
        sys.exit(f"bench: {out.stderr}")
    return json.loads(out.stdout)


def fill_trades(bootstrap, topic, rows, partitions):
    create_topic(bootstrap, topic, partitions)
    subprocess.run([sys.executable, SHARED / "peers/python-pipeline", "fill", bootstrap, topic, str(rows)],
                   check=True, stdout=subprocess.DEVNULL)


def python_pipeline(mode, bootstrap, topic, rows):
    """Rows/s of the Python pipeline, by its own clock, which starts with its first record."""
    out = subprocess.run([sys.executable, SHARED / "peers/python-pipeline", mode, bootstrap, topic, str(rows)],
                         check=True, capture_output=True, text=True).stdout
    if f"rows in table {rows}" not in out:
        sys.exit(f"bench: the Python pipeline's answer is wrong: {out}")
    return float(re.search(r"= ([\d.]+) k rows/s", out).group(1)) * 1000


class Drain:
    """One `ticklake sink --until-end` of a topic into a new lake.

    rate          rows/s from the start of reading to the last commit
    command_rate  rows/s of the command as a whole
    cpu_rate      rows for each CPU-second of the command as a whole
    rss_mib       its peak memory
    stages        CPU seconds by stage
    """

    def __init__(self, bootstrap, topic, rows):
        with scratch("lake") as lake:
            started = time.monotonic()
            sink = subprocess.Popen([BINARY, "sink", "--brokers", bootstrap, "--topics", topic, "--data", lake,
                                     "--until-end", "--json"], stdout=subprocess.PIPE)
            out = sink.stdout.read()
            _, status, usage = os.wait4(sink.pid, 0)
            seconds = time.monotonic() - started
            if status != 0:
                sys.exit("bench: the sink failed")
            answer = subprocess.run([BINARY, "sql", "--data", lake, "-o", "json",
                                     f"SELECT count(*) AS n, count(DISTINCT sequence) AS d FROM {topic}"],
                                    check=True, capture_output=True, text=True)
        counted = json.loads(answer.stdout)[0]
        if (counted["n"], counted["d"]) != (rows, rows):
            sys.exit(f"bench: wrong answer: {counted} of {rows} rows")
        summary = json.loads(out)
        self.rate = rows / summary["drain_seconds"]
        self.command_rate = rows / seconds
        self.cpu_rate = rows / (usage.ru_utime + usage.ru_stime)
        self.rss_mib = usage.ru_maxrss / 1024
        self.stages = summary.get("cpu_seconds") or {}


def spread(values, digits=0):
    return (f"{statistics.median(values):,.{digits}f} (min {min(values):,.{digits}f}, "
            f"max {max(values):,.{digits}f}, n={len(values)})")


def ratio(mine, peers):
    return statistics.median(mine) / statistics.median(peers)
