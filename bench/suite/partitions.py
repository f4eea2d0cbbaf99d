"""partitions: the first durable write to each of 1,000 new partitions, and the writes after it.

One request has a batch of ten records for every partition; one request in flight. Apache Kafka
syncs at each append (flush.messages=1)."""
import os
import time

from peers import admin_client, brokers, cpu_seconds, create_topic, delete_topic, have_peer, ratio, replay, spread

PARTITIONS = 1_000
REQUESTS = 11
BATCH = 10


def await_partitions(bootstrap, topic, partitions):
    """Until each has its leader: Apache Kafka answers the creation long before."""
    from confluent_kafka import KafkaException, TopicPartition
    from confluent_kafka.admin import OffsetSpec
    admin = admin_client(bootstrap)
    wanted = {TopicPartition(topic, i): OffsetSpec.latest() for i in range(partitions)}
    while True:
        try:
            for told in admin.list_offsets(wanted).values():
                told.result(20)
            return
        except KafkaException:
            time.sleep(0.05)


def write_once(broker, partitions=PARTITIONS):
    topic = f"n{time.monotonic_ns()}"
    os.sync()  # one broker's unwritten pages would else be written by the other's flushes
    begin = time.monotonic()
    create_topic(broker.kafka, topic, partitions)
    await_partitions(broker.kafka, topic, partitions)
    created = time.monotonic() - begin
    before = cpu_seconds(broker.pid)
    done = replay("produce", broker.kafka, topic, "--partitions", partitions, "--batch", BATCH,
                  "--records", partitions * BATCH * REQUESTS, "--in-flight", 1)
    done["cpu"] = cpu_seconds(broker.pid) - before
    done["create_ms"] = created * 1000
    delete_topic(broker.kafka, topic)
    return done


def run(rounds, rows):
    if not have_peer("kafka-up"):
        return {}
    with brokers((), ("log.flush.interval.messages=1",)) as pair:
        for broker in pair:
            write_once(broker, 50)  # the JVM warms up
        runs = {broker.name: [] for broker in pair}
        for _ in range(rounds):
            for broker in pair:
                runs[broker.name].append(write_once(broker))
    print(f"durable writes to {PARTITIONS:,} partitions at once, interleaved, ms:")
    for what, key in (("until all are there", "create_ms"), ("the first write", "first_ms"), ("a later one", "p50_ms")):
        mine, peers = ([run[key] for run in runs[who]] for who in ("ticklake", "kafka"))
        print(f"  {what:<19} ticklake {spread(mine)}   kafka {spread(peers)}   {ratio(mine, peers):.3f} x")
    for who, done in runs.items():
        print(f"  broker CPU-seconds of the writes: {who} {spread([run['cpu'] for run in done], 2)}")
    return {"partitions": runs}
