"""partitions: the first durable write to each of 1,000 new partitions, and the writes after it.

One request has a batch of ten records for every partition; one request in flight. Apache Kafka
syncs at each append (flush.messages=1)."""
import os
import time

from peers import brokers, cpu_seconds, create_topic, delete_topic, have_peer, ratio, replay, spread

PARTITIONS = 1_000
REQUESTS = 11
BATCH = 10


def write_once(broker):
    topic = f"n{time.monotonic_ns()}"
    os.sync()  # one broker's unwritten pages would else be written by the other's flushes
    begin = time.monotonic()
    create_topic(broker.kafka, topic, PARTITIONS)
    created = time.monotonic() - begin
    before = cpu_seconds(broker.pid)
    done = replay("produce", broker.kafka, topic, "--partitions", PARTITIONS, "--batch", BATCH,
                  "--records", PARTITIONS * BATCH * REQUESTS, "--in-flight", 1)
    done["cpu"] = cpu_seconds(broker.pid) - before
    done["create_ms"] = created * 1000
    delete_topic(broker.kafka, topic)
    return done


def run(rounds, rows):
    if not have_peer("kafka-up"):
        return {}
    with brokers((), ("log.flush.interval.messages=1",)) as pair:
        for broker in pair:
            write_once(broker)  # the JVM warms up
        runs = {broker.name: [] for broker in pair}
        for _ in range(rounds):
            for broker in pair:
                runs[broker.name].append(write_once(broker))
    print(f"durable writes to {PARTITIONS:,} partitions at once, interleaved, ms:")
    for what, key in (("their creation", "create_ms"), ("the first write", "first_ms"), ("a later one", "p50_ms")):
        mine, peers = ([run[key] for run in runs[who]] for who in ("ticklake", "kafka"))
        print(f"  {what:<16} ticklake {spread(mine)}   kafka {spread(peers)}   {ratio(mine, peers):.3f} x")
    for who, done in runs.items():
        print(f"  broker CPU-seconds of the writes: {who} {spread([run['cpu'] for run in done], 2)}")
    return {"partitions": runs}
