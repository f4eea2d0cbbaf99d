"""kill -9 at random moments under load: nothing acked is lost, nothing appears twice.

The ledger is kept outside the product: every delivery report that a librdkafka producer got.
TICKLAKE_CRASH_ROUNDS sets the number of rounds (default 10), TICKLAKE_CRASH_SEED the moments."""
import json
import os
import random
import threading
import time

from confluent_kafka import Producer

ROUNDS = int(os.environ.get("TICKLAKE_CRASH_ROUNDS", "10"))
SEED = int(os.environ.get("TICKLAKE_CRASH_SEED", "1"))
TOPICS = ("crash-a", "crash_b")


class Load(threading.Thread):
    """Produces numbered records to every topic until told to stop; keeps the ledger."""

    def __init__(self, bootstrap):
        super().__init__(daemon=True)
        self.stopping = threading.Event()
        self.acked = {topic: {} for topic in TOPICS}
        self.failed = []
        self.sent = 0
        self.producer = Producer({
            "bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 2,
            "message.timeout.ms": 120000, "reconnect.backoff.max.ms": 500, "retry.backoff.ms": 50})

    def delivered(self, number, error, message):
        if error is not None:
            self.failed.append((number, str(error)))
            return
        self.acked[message.topic()][number] = (message.partition(), message.offset())

    def run(self):
        while not self.stopping.is_set():
            topic = TOPICS[self.sent % len(TOPICS)]
            number = self.sent
            body = json.dumps({"id": number, "price": number / 4, "tag": f"n{number}"})
            try:
                self.producer.produce(topic, body, key=f"k{number % 7}",
                                      on_delivery=lambda e, m, n=number: self.delivered(n, e, m))
                self.sent += 1
            except BufferError:
                self.producer.poll(0.05)
            if number % 200 == 0:
                self.producer.poll(0)
                time.sleep(0.01)
        self.producer.flush(60)


def check_ledger(instance, load):
    for topic in TOPICS:
        table = topic.replace("-", "_")
        rows = instance.sql(f"SELECT id, _kafka.partition AS p, _kafka.offset AS o FROM {table}")
        places = {}
        for row in rows:
            assert row["id"] not in places, f"{table}: id {row['id']} appears twice"
            places[row["id"]] = (row["p"], row["o"])
        missing = [n for n in load.acked[topic] if n not in places]
        assert not missing, f"{table}: {len(missing)} acked records are lost, first {missing[:5]}"
        moved = [n for n, at in load.acked[topic].items() if places[n] != at]
        assert not moved, f"{table}: {len(moved)} records are not where they were acked"


def test_kill_nine_under_load(start_up, run):
    instance = start_up()
    moments = random.Random(SEED)
    load = Load(instance.kafka)
    load.start()
    for _ in range(ROUNDS):
        time.sleep(moments.uniform(0.3, 2.5))
        instance.kill()
        instance = start_up(data=instance.data, kafka=instance.kafka)
    time.sleep(1)
    load.stopping.set()
    load.join(90)
    assert not load.is_alive() and not load.failed, f"undelivered: {load.failed[:3]}"
    assert sum(len(acked) for acked in load.acked.values()) == load.sent > 1000
    check_ledger(instance, load)
    instance.stop()
    run("verify", "--data", instance.data, timeout=120)
