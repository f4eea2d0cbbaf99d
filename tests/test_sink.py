"""`ticklake sink`: from any Kafka, several at once on one lake, exactly once."""
import json
import pathlib
import random
import subprocess
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from conftest import PATIENCE

ROWS = 40_000


def fill(bootstrap, topic, rows, partitions=3, first=0):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    if first == 0:
        admin.create_topics([NewTopic(topic, partitions, 1)])[topic].result(20)
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "enable.idempotence": True})
    for number in range(first, first + rows):
        producer.produce(topic, json.dumps({"id": number, "price": number / 8}), key=f"k{number % 11}",
                         on_delivery=lambda e, m: e and failures.append(str(e)))
        if number % 500 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0 and not failures, failures[:3]


def count(run, data, table):
    text = run("sql", "--data", data, "-o", "json",
               f"SELECT count(*) AS n, count(DISTINCT id) AS d, sum(id) AS s FROM {table}").stdout
    return json.loads(text)[0]


def expected(rows):
    return {"n": rows, "d": rows, "s": rows * (rows - 1) // 2}


@pytest.fixture
def apache_kafka(shared, free_port, tmp_path):
    peers = shared("peers/kafka-up").parent
    directory = tmp_path / "kafka"
    port = free_port()
    started = subprocess.run([peers / "kafka-up", "-p", str(port), "-d", directory, "-H", "512m"],
                             capture_output=True, text=True, timeout=300)
    if started.returncode != 0:
        pytest.skip(f"NO APACHE KAFKA: it did not start here: {started.stderr[-300:]}")
    yield f"127.0.0.1:{port}"
    subprocess.run([peers / "kafka-down", "-r", directory], capture_output=True, timeout=60)


def test_from_apache_kafka_until_the_end(apache_kafka, run, tmp_path):
    fill(apache_kafka, "orders-x", ROWS)
    data = tmp_path / "lake"
    for _ in range(2):  # the second time there is nothing left to do
        run("sink", "--brokers", apache_kafka, "--topics", "orders-*", "--data", data, "--until-end", timeout=120)
        assert count(run, data, "orders_x") == expected(ROWS)
    fill(apache_kafka, "orders-x", 1000, first=ROWS)
    run("sink", "--brokers", apache_kafka, "--topics", "orders-*", "--data", data, "--until-end", timeout=120)
    assert count(run, data, "orders_x") == expected(ROWS + 1000)
    run("verify", "--data", data, "--brokers", apache_kafka, timeout=120)


def test_committed_transactions_only(apache_kafka, run, tmp_path):
    producer = Producer({"bootstrap.servers": apache_kafka, "transactional.id": "t1"})
    producer.init_transactions(30)
    for number in range(20):
        producer.begin_transaction()
        producer.produce("tx", json.dumps({"id": number}))
        producer.flush()
        producer.commit_transaction(30) if number % 2 == 0 else producer.abort_transaction(30)
    data = tmp_path / "lake"
    run("sink", "--brokers", apache_kafka, "--topics", "tx", "--data", data, "--until-end", timeout=120)
    assert count(run, data, "tx") == {"n": 10, "d": 10, "s": sum(range(0, 20, 2))}
    verified = json.loads(run("verify", "tx", "--data", data, "--brokers", apache_kafka, "--json").stdout)
    (log,) = verified[0]["logs"]
    assert (log["rows"], log["holes"], log["missing"]) == (10, 30, 0)


@pytest.mark.parametrize("moment", [0.2, 2.0])
def test_a_sink_ends_at_once_though_its_broker_is_dead(start_up, binary, tmp_path, moment):
    """Each of its calls to the broker would wait for 10 s."""
    up = start_up()
    fill(up.kafka, "left", 2000)
    log = tmp_path / "sink.log"
    with open(log, "wb") as out:
        sink = subprocess.Popen([binary, "sink", "--brokers", up.kafka, "--topics", "left", "--data", tmp_path / "lake",
                                 "--flush-seconds", "30"], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    time.sleep(2)
    assert sink.poll() is None, log.read_text()
    up.kill()
    time.sleep(moment)
    began = time.monotonic()
    sink.terminate()
    try:
        assert sink.wait(30) == 0, log.read_text()
    finally:
        sink.kill()
    assert time.monotonic() - began < 5 * PATIENCE, log.read_text()
    assert "left: 2,000 rows" in log.read_text()  # what it had read is committed


def test_several_sinks_killed_at_random_share_one_lake(up, binary, run, tmp_path):
    """Three sinks on one lake, killed and replaced while records arrive: every record is there once."""
    data = tmp_path / "lake"
    moments = random.Random(3)

    def start_sink():
        return subprocess.Popen([binary, "sink", "--brokers", up.kafka, "--topics", "shared_*", "--data", data,
                                 "--flush-seconds", "0.3"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    fill(up.kafka, "shared_a", 1)
    sinks = [start_sink() for _ in range(3)]
    written = 1
    for _ in range(8):
        fill(up.kafka, "shared_a", 3000, first=written)
        written += 3000
        time.sleep(moments.uniform(0.1, 0.6))
        victim = moments.randrange(len(sinks))
        sinks[victim].kill()
        sinks[victim].wait()
        sinks[victim] = start_sink()
    time.sleep(2)  # the newest is up: a signal before main() would end it uncleanly
    for sink in sinks:
        sink.terminate()
    for sink in sinks:
        assert sink.wait(20) == 0
    run("sink", "--brokers", up.kafka, "--topics", "shared_*", "--data", data, "--until-end", timeout=120)
    assert count(run, data, "shared_a") == expected(written)
    run("verify", "--data", data, "--brokers", up.kafka, timeout=120)


def rewrite(parquet, rows):
    """Puts other rows into a data file without changing its length, which the table's metadata records."""
    length = parquet.stat().st_size
    pq.write_table(rows, parquet, compression="zstd", write_statistics=False)
    written = parquet.read_bytes()
    assert len(written) <= length, "the new rows take more room than the old ones"
    footer = len(written) - 8 - int.from_bytes(written[-8:-4], "little")
    parquet.write_bytes(written[:footer] + bytes(length - len(written)) + written[footer:])


@pytest.mark.parametrize("damage", ["a gap", "a duplicate"])
def test_verify_finds(damage, up, run, tmp_path):
    """The check can fail: rows that are missing or there twice are reported, with exit status 6."""
    fill(up.kafka, "checked", 2000, partitions=1)
    data = tmp_path / "lake"
    verify = ("verify", "checked", "--data", data, "--brokers", up.kafka)
    run("sink", "--brokers", up.kafka, "--topics", "checked", "--data", data, "--until-end", timeout=60)
    run(*verify)
    (parquet,) = pathlib.Path(data, "lake/market/checked/data").rglob("*.parquet")
    rows = pq.read_table(parquet)
    kept = rows.slice(0, 200)
    rewrite(parquet, kept if damage == "a gap" else pa.concat_tables([kept, kept.slice(0, 10)]))
    done = run(*verify, check=False)
    assert done.returncode == 6 and "PROBLEM" in done.stdout, done.stdout + done.stderr
    (log,) = json.loads(run(*verify, "--json", check=False).stdout)[0]["logs"]
    assert log["missing"] == 1800 and log["duplicates"] == (0 if damage == "a gap" else 10)


def group_lag(bootstrap, group, topic, partitions):
    """{partition: (committed offset, end)} as a lag monitor sees it."""
    monitor = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    logs = [TopicPartition(topic, number) for number in range(partitions)]
    try:
        return {at.partition: (at.offset, monitor.get_watermark_offsets(at, timeout=10)[1])
                for at in monitor.committed(logs, timeout=10)}
    finally:
        monitor.close()


def assert_no_lag(bootstrap, group, topic, partitions, records):
    lag = group_lag(bootstrap, group, topic, partitions)
    assert all(committed == end for committed, end in lag.values()), lag
    assert sum(committed for committed, _ in lag.values()) == records, lag


def await_no_lag(*what, within=20):
    """A new cluster needs a moment to know who coordinates a group."""
    end = time.monotonic() + within * PATIENCE
    while True:
        try:
            return assert_no_lag(*what)
        except (AssertionError, KafkaException):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def test_the_group_of_up_follows_its_tables(start_up):
    up = start_up("--flush-seconds", "0.2")
    fill(up.kafka, "followed", 3000)
    await_no_lag(up.kafka, "ticklake-market", "followed", 3, 3000)


def test_the_group_of_a_sink_stands_at_the_end_after_a_drain(start_up, run, tmp_path):
    up = start_up("--sink", "off")
    fill(up.kafka, "drained", 2000)
    run("sink", "--brokers", up.kafka, "--data", tmp_path / "lake", "--until-end", "--group", "monitors")
    assert_no_lag(up.kafka, "monitors", "drained", 3, 2000)
    run("sink", "--brokers", up.kafka, "--data", tmp_path / "lake2", "--until-end", "--group", "off")
    admin = AdminClient({"bootstrap.servers": up.kafka})
    assert [group.group_id for group in admin.list_consumer_groups().result(10).valid] == ["monitors"]


def test_a_group_with_members_is_left_to_them(start_up, run, tmp_path):
    """The group is somebody's: its offsets stay theirs, and the sink only warns."""
    up = start_up("--sink", "off")
    fill(up.kafka, "owned", 100, partitions=1)
    member = Consumer({"bootstrap.servers": up.kafka, "group.id": "theirs", "auto.offset.reset": "earliest",
                       "enable.auto.commit": False})
    member.subscribe(["owned"])
    assert member.consume(1, 20)
    data = tmp_path / "lake"
    done = run("sink", "--brokers", up.kafka, "--data", data, "--until-end", "--group", "theirs")
    assert "group 'theirs'" in done.stdout + done.stderr and "--group" in done.stdout + done.stderr
    assert count(run, data, "owned") == expected(100)
    assert group_lag(up.kafka, "theirs", "owned", 1)[0][0] < 0
    member.close()


def test_the_group_on_apache_kafka(apache_kafka, run, tmp_path):
    fill(apache_kafka, "followed", 5000)
    run("sink", "--brokers", apache_kafka, "--topics", "followed", "--data", tmp_path / "lake", "--until-end",
        timeout=120)
    await_no_lag(apache_kafka, "ticklake-market", "followed", 3, 5000)
