"""Many topic partitions in one process: what they cost in memory, open files, idle CPU and commit time (docs/iceberg.md)."""
import json
import os
import pathlib
import time

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from conftest import PATIENCE, SANITIZED

TICK = os.sysconf("SC_CLK_TCK")


def process(pid):
    """Resident MB, open files and CPU seconds of a process."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    resident = int(status.split("VmRSS:")[1].split()[0]) / 1000
    times = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return resident, len(os.listdir(f"/proc/{pid}/fd")), (int(times[11]) + int(times[12])) / TICK


def table_status(up, table):
    return next((t for t in json.loads(up.get("/v1/status"))["tables"] if t["topic"] == table), None)


def wait_committed(up, topic, rows, within=60):
    end = time.monotonic() + within * PATIENCE
    while (status := table_status(up, topic)) is None or status["committed_rows"] < rows:
        assert time.monotonic() < end, status
        time.sleep(0.05)
    return status


@pytest.mark.parametrize("partitions", [1, 100, pytest.param(1000, marks=pytest.mark.long)])
def test_topic_partitions_cost_little(start_up, report, partitions):
    up = start_up("--flush-seconds", 0.5)
    admin = AdminClient({"bootstrap.servers": up.kafka})
    admin.create_topics([NewTopic("wide", partitions, 1)])["wide"].result(30)
    producer = Producer({"bootstrap.servers": up.kafka, "linger.ms": 20})
    rounds = 3
    for n in range(rounds):
        for partition in range(partitions):
            producer.produce("wide", json.dumps({"n": n, "p": partition}), partition=partition)
        assert producer.flush(60) == 0
        status = wait_committed(up, "wide", (n + 1) * partitions)
    assert len(status["logs"]) == partitions and all(log["decoded"] == rounds for log in status["logs"])
    time.sleep(1)  # whatever follows a commit is done
    resident, files, before = process(up.process.pid)
    time.sleep(3)
    idle = (process(up.process.pid)[2] - before) / 3
    metadata = sum(path.stat().st_size for path in pathlib.Path(up.data, "lake/market/wide/metadata").glob("*.json"))
    report("topic-partitions", f"{partitions} topic partitions: RSS {resident:.0f} MB, {files} open files, "
           f"idle CPU {100 * idle:.1f} %, last commit {status['last_commit_ms']} ms, metadata files {metadata / 1000:.0f} kB")
    assert files < 400 + partitions  # 256 for reading, and the segment that each has appended to in the last half minute
    if not SANITIZED:
        assert resident < 250 + 0.3 * partitions
        assert idle < 0.10
    assert up.sql("SELECT count(*) AS c, count(DISTINCT _kafka.partition) AS p FROM wide")[0] == {
        "c": rounds * partitions, "p": partitions}
