"""What loads the things that crash tests kill, and the ledger of it, kept outside the product.

Load     produces numbered records, dead letters and tombstones to TOPICS; keeps every delivery report
Chores   makes and deletes topics, commits a group's offsets, deletes old records; remembers what was acked
"""
import json
import threading
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

TOPICS = {"crash-a": 3, "crash_b": 1}  # partitions
ROW, DEAD, TOMBSTONE = "row", "dead letter", "tombstone"


def table_of(topic):
    return topic.replace("-", "_")


def kind_of(number):
    return {7: DEAD, 13: TOMBSTONE}.get(number // len(TOPICS) % 50, ROW)


def create_topics(bootstrap):
    admin = AdminClient({"bootstrap.servers": bootstrap})
    for future in admin.create_topics([NewTopic(topic, count, 1) for topic, count in TOPICS.items()]).values():
        future.result(20)


# To their logs, that the broker is gone is an error, ten times a second.
QUIET = {"log_level": 2, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 200}


class Load(threading.Thread):
    """About `rate` records a second until told to stop; survives every crash of the broker."""

    def __init__(self, bootstrap, rate=2000):
        super().__init__(daemon=True)
        self.rate = rate
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.acked = {topic: {} for topic in TOPICS}  # number -> (partition, offset)
        self.failed = []
        self.sent = 0
        self.producer = Producer({
            "bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 2, "message.timeout.ms": 120000,
            "retry.backoff.ms": 50, "error_cb": self.on_error, **QUIET})

    def on_error(self, error):
        """Fatal is what an idempotent producer meets whose broker has forgotten what it appended."""
        if error.fatal():
            self.failed.append(("the producer", str(error)))

    def delivered(self, number, error, message):
        with self.lock:
            if error is not None:
                self.failed.append((number, str(error)))
            else:
                self.acked[message.topic()][number] = (message.partition(), message.offset())

    def send(self, number):
        topic = list(TOPICS)[number % len(TOPICS)]
        value = {ROW: json.dumps({"id": number, "price": number / 4, "tag": f"n{number}"}),
                 DEAD: f"no JSON {number}", TOMBSTONE: None}[kind_of(number)]
        self.producer.produce(topic, value, key=f"k{number % 7}",
                              on_delivery=lambda e, m, n=number: self.delivered(n, e, m))

    def run(self):
        step = 0.01
        while not self.stopping.is_set():
            for _ in range(max(1, int(self.rate * step))):
                try:
                    self.send(self.sent)
                    self.sent += 1
                except BufferError:
                    break
                except KafkaException as error:
                    self.failed.append((self.sent, str(error)))
                    self.producer.flush(1)  # brings the reason
                    return
            self.producer.poll(0)
            time.sleep(step)
        self.producer.flush(100)

    def snapshot(self):
        """What is acked now: {topic: {number: (partition, offset)}}."""
        with self.lock:
            return {topic: dict(acked) for topic, acked in self.acked.items()}

    def count(self):
        with self.lock:
            return sum(len(acked) for acked in self.acked.values())

    def check(self):
        assert not self.failed, f"undelivered: {self.failed[:3]}"

    def finish(self):
        """Stops, and sees that every record was acked in the end."""
        self.stopping.set()
        end = time.monotonic() + 110
        while self.is_alive() and not self.failed and time.monotonic() < end:
            self.join(0.2)
        self.check()
        assert not self.is_alive()
        assert self.count() == self.sent > 0


def only(acked, kind):
    return {number: at for number, at in acked.items() if kind_of(number) == kind}


class Chores(threading.Thread):
    """Does what a broker's clients do besides producing, round and round, whatever happens to the broker."""

    GROUP = "crash-group"

    def __init__(self, bootstrap, committed):
        """committed() -> {(topic, partition): offset that the lake has for certain}, {} when it cannot be asked."""
        super().__init__(daemon=True)
        self.bootstrap = bootstrap
        self.committed = committed
        self.stopping = threading.Event()
        self.topics = {}  # name -> exists; one that is being changed is not in it
        self.changes = 0
        self.offset = -1  # the last offset of the group whose commit was acked
        self.trying = -1
        self.admin = AdminClient({"bootstrap.servers": bootstrap, **QUIET})
        self.consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": self.GROUP, "enable.auto.commit": False,
                                  **QUIET})

    def run(self):
        number = 0
        while not self.stopping.wait(0.1):
            number += 1
            for chore in (self.make_topic, self.commit_offset, self.delete_records, self.delete_topic):
                if self.stopping.is_set():
                    break
                try:
                    chore(number)
                except KafkaException:
                    pass  # the broker is down, or was while it answered: nothing is promised

    def make_topic(self, number):
        name = f"side-{number % 4}"
        if self.topics.get(name):
            return
        self.change(name, None)
        try:
            self.admin.create_topics([NewTopic(name, 1, 1)], operation_timeout=2, request_timeout=2)[name].result(3)
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:  # made, or not deleted, but not heard of
                raise
        self.change(name, True)
        producer = Producer({"bootstrap.servers": self.bootstrap, "enable.idempotence": True, "message.timeout.ms": 1500,
                             **QUIET})
        producer.produce(name, json.dumps({"id": number}))
        producer.flush(2)

    def delete_topic(self, number):
        name = f"side-{(number + 2) % 4}"
        if not self.topics.get(name):
            return
        self.change(name, None)
        self.admin.delete_topics([name], operation_timeout=2, request_timeout=2)[name].result(3)
        self.change(name, False)

    def change(self, name, exists):
        self.changes += 1
        if exists is None:
            self.topics.pop(name, None)
        else:
            self.topics[name] = exists

    def commit_offset(self, number):
        self.trying = number
        self.consumer.commit(offsets=[TopicPartition("crash_b", 0, number)], asynchronous=False)
        self.offset = number

    def delete_records(self, number):
        for (topic, partition), offset in self.committed().items():
            if topic != "crash_b" or offset <= 0:
                continue
            where = TopicPartition(topic, partition, offset)
            self.admin.delete_records([where], request_timeout=2)[where].result(3)

    def finish(self):
        self.stopping.set()
        self.join(30)
        assert not self.is_alive()

    def check(self):
        """What was acked holds; call it with the broker up."""
        for _ in range(100):
            changes, expected = self.changes, dict(self.topics)
            there = set(self.admin.list_topics(timeout=10).topics)
            if changes == self.changes:
                break
        for name, exists in expected.items():
            assert changes != self.changes or (name in there) == exists, (
                f"topic {name}: {'lost' if exists else 'has come back'}")
        acked = self.offset
        (found,) = self.consumer.committed([TopicPartition("crash_b", 0)], timeout=10)
        assert acked <= found.offset <= self.trying or found.offset < 0 and acked < 0, (
            f"group offset {found.offset}, but {acked} was acked")
