"""After kill -9 with much data that no checkpoint covers, `ticklake up` is ready within five seconds."""
import json
import time

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

VALUE = 16 << 10
READY_WITHIN = 5  # seconds


def create(bootstrap, partitions):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic("big", partitions, 1)])["big"].result(20)


def fill(bootstrap, partitions, size):
    """`size` bytes of records of which each partition gets its part; returns how many records."""
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 20, "batch.size": 1_000_000, "acks": 1,
                         "queue.buffering.max.kbytes": 200_000})
    pad = "x" * (VALUE - 20)
    for number in range(size // VALUE):
        value = f'{{"id":{number},"pad":"{pad}"}}'
        while True:
            try:
                producer.produce("big", value, partition=number % partitions,
                                 on_delivery=lambda error, _: error and failures.append(str(error)))
                break
            except BufferError:
                producer.poll(0.05)
        if number % 100 == 0:
            producer.poll(0)
    assert producer.flush(60) == 0 and not failures, failures[:3]
    return size // VALUE


@pytest.mark.long
@pytest.mark.parametrize("partitions, size", [(200, 2 << 30), (1000, 128 << 20)])
def test_restart_with_much_data(partitions, size, start_up, report):
    instance = start_up("--sink", "off", "--flush", "off")
    create(instance.kafka, partitions)
    records = fill(instance.kafka, partitions, size)
    times = []
    for sink in ("off", "on"):
        instance.kill()
        instance = start_up("--sink", sink, data=instance.data, kafka=instance.kafka)
        times.append(instance.ready_after)
        assert instance.ready_after <= READY_WITHIN, f"ready after {instance.ready_after:.1f} s only"
    # The answer waits for the sink, which may take longer than one query does.
    end = time.monotonic() + 120
    while True:
        lag = sum(table["lag"] for table in json.loads(instance.get("/v1/status"))["tables"])
        if lag == 0 or time.monotonic() > end:
            break
        time.sleep(0.2)
    assert instance.sql("SELECT count(*) AS n, count(DISTINCT id) AS d FROM big", timeout=60) == [
        {"n": records, "d": records}]
    fill(instance.kafka, partitions, partitions * VALUE)  # no partition's checkpoint holds any more
    began = time.monotonic()
    instance.stop()  # within its ten seconds
    report("restart", f"{partitions} partitions, {size >> 20} MiB after the last checkpoints: ready {times[0]:.2f} s "
                      f"after kill -9; again with checkpoints {times[1]:.2f} s; stopped in {time.monotonic() - began:.2f} s")
