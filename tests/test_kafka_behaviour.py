"""What users of Kafka take for granted, at its edges. Every test also runs against Apache Kafka itself (marked long)."""

import subprocess
import time
import uuid

import kafka as kafka_python
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

WAIT = 30  # seconds


@pytest.fixture(scope="session")
def apache(shared, free_port, tmp_path_factory):
    """The address of a real Apache Kafka."""
    folder = tmp_path_factory.mktemp("apache")
    peers = shared("peers/kafka-up").parent
    subprocess.run([peers / "kafka-up", "-p", str(free_port()), "-d", folder, "-H", "512m"], check=True, timeout=300,
                   stdout=open(folder / "up.log", "wb"))
    yield (folder / "up.log").read_text().split()[0]
    subprocess.run([peers / "kafka-down", "-r", folder], check=True, timeout=300)


@pytest.fixture(params=["ticklake", pytest.param("apache", marks=pytest.mark.long)])
def brokers(request):
    return request.getfixturevalue("up").kafka if request.param == "ticklake" else request.getfixturevalue("apache")


@pytest.fixture
def topic(brokers):
    """topic(partitions, **config) makes one, and gives its name."""

    def make(partitions=1, **config):
        name = "t-" + uuid.uuid4().hex
        admin = AdminClient({"bootstrap.servers": brokers})
        admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(WAIT)
        return name

    return make


def produce(brokers, records, **conf):
    """Produces records, each a dict of Producer.produce's arguments; gives the error of each, or None."""
    outcome = [KafkaError(KafkaError._TIMED_OUT)] * len(records)
    producer = Producer({"bootstrap.servers": brokers, "linger.ms": 5, **conf})
    for i, record in enumerate(records):
        producer.produce(**record, on_delivery=lambda error, _, i=i: outcome.__setitem__(i, error))
    producer.flush(WAIT)
    return outcome


class Member:
    """A consumer in a group that notes what happens to it."""

    def __init__(self, brokers, group, topic, **conf):
        self.consumer = Consumer({"bootstrap.servers": brokers, "group.id": group, "auto.offset.reset": "earliest",
                                  "enable.auto.commit": False, "session.timeout.ms": 6000,
                                  "heartbeat.interval.ms": 100, **conf})
        self.assigned, self.revoked, self.values, self.errors = [], [], [], []
        self.consumer.subscribe([topic], on_assign=lambda _, parts: self.assigned.append(len(parts)),
                                on_revoke=lambda _, parts: self.revoked.append(len(parts)))

    def poll(self, timeout=0.05):
        try:
            message = self.consumer.poll(timeout)
        except KafkaException as error:  # a fatal one
            self.errors.append(error.args[0].code())
            return
        if message is not None and message.error():
            self.errors.append(message.error().code())
        elif message is not None:
            self.values.append(message.value())

    def partitions(self):
        return {each.partition for each in self.consumer.assignment()}


def poll_until(members, done, within=WAIT):
    end = time.monotonic() + within
    while not done():
        assert time.monotonic() < end, [(m.assigned, m.revoked, m.partitions(), m.errors) for m in members]
        for member in members:
            member.poll()


def test_records_of_every_shape_come_back_as_they_were(brokers, topic):
    name = topic()
    shapes = [dict(key=None, value=None), dict(key=b"", value=b""), dict(key=b"k", value=b"v", timestamp=1),
              dict(key=b"\0\xff", value=b"v" * 100_000, timestamp=1_700_000_000_123),
              dict(value=b"h", headers=[("null", None), ("empty", b""), ("twice", b"1"), ("twice", b"2"), ("", b"x")])]
    for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
        assert produce(brokers, [{"topic": name, **shape} for shape in shapes],
                       **{"compression.type": codec}) == [None] * len(shapes)
    reader = kafka_python.KafkaConsumer(bootstrap_servers=brokers, auto_offset_reset="earliest", consumer_timeout_ms=WAIT)
    reader.assign([kafka_python.TopicPartition(name, 0)])
    end, by_python = time.monotonic() + WAIT, []
    while len(by_python) < 5 * len(shapes) and time.monotonic() < end:
        for records in reader.poll(200).values():
            by_python += [(r.key, r.value, list(r.headers), r.timestamp) for r in records]
    reader.close()
    member = Consumer({"bootstrap.servers": brokers, "group.id": uuid.uuid4().hex})
    member.assign([TopicPartition(name, 0, 0)])
    by_librdkafka = [(m.key(), m.value(), m.headers() or [], m.timestamp()[1])
                     for m in member.consume(5 * len(shapes), WAIT)]
    member.close()
    assert by_python == by_librdkafka
    for got, shape in zip(by_python, 5 * shapes, strict=True):
        assert got[:3] == (shape.get("key"), shape["value"], shape.get("headers", []))
        assert "timestamp" not in shape or got[3] == shape["timestamp"]


def test_the_largest_batch_is_the_topics_limit_to_the_byte(brokers, topic):
    limit, overhead = 100_000, 72  # of a batch with one record of that size
    name = topic(**{"max.message.bytes": str(limit)})
    sizes = [limit - overhead, limit - overhead + 1, 10]
    for idempotent in (False, True):
        outcome = produce(brokers, [dict(topic=name, value=b"x" * size) for size in sizes],
                          **{"message.max.bytes": 10 * limit, "linger.ms": 0, "batch.num.messages": 1,
                             "enable.idempotence": idempotent, "max.in.flight": 1})
        assert [error and error.code() for error in outcome] == [None, KafkaError.MSG_SIZE_TOO_LARGE, None], idempotent


def test_offsets_are_found_by_time(brokers, topic):
    name = topic(2)
    times = [1000, 3000, 2000, 5000, 4000]  # clients' clocks differ
    for each in times:
        assert produce(brokers, [dict(topic=name, partition=0, value=b"x", timestamp=each)]) == [None]
    reader = Consumer({"bootstrap.servers": brokers, "group.id": uuid.uuid4().hex})

    def first_at(time_ms, partition=0):
        return reader.offsets_for_times([TopicPartition(name, partition, time_ms)], WAIT)[0].offset

    assert [first_at(t) for t in (0, 1000, 1001, 3000, 3001, 5000)] == [0, 0, 1, 1, 3, 3]
    assert first_at(5001) == -1 and first_at(0, 1) == -1  # the end
    reader.close()
    admin, partition = AdminClient({"bootstrap.servers": brokers}), TopicPartition(name, 0)
    found = {spec: admin.list_offsets({partition: made})[partition].result(WAIT).offset
             for spec, made in [("earliest", OffsetSpec.earliest()), ("latest", OffsetSpec.latest()),
                                ("max", OffsetSpec.max_timestamp()), ("at", OffsetSpec.for_timestamp(2500))]}
    assert found == {"earliest": 0, "latest": 5, "max": 3, "at": 1}


def test_a_static_member_comes_back_without_a_rebalance(brokers, topic):
    name, group = topic(4), uuid.uuid4().hex
    one = Member(brokers, group, name, **{"group.instance.id": "one"})
    poll_until([one], lambda: len(one.partitions()) == 4)  # the first one leads
    two = Member(brokers, group, name, **{"group.instance.id": "two"})
    poll_until([one, two], lambda: len(one.partitions()) == len(two.partitions()) == 2)
    before = one.partitions()
    rebalances = len(two.assigned)
    one.consumer.close()
    again = Member(brokers, group, name, **{"group.instance.id": "one"})
    poll_until([again, two], lambda: again.partitions())
    assert again.partitions() == before
    assert len(two.assigned) == rebalances and two.revoked[rebalances:] == []
    twin = Member(brokers, group, name, **{"group.instance.id": "one"})  # a second with the same name: the first is out
    poll_until([again, two, twin], lambda: again.errors and twin.partitions() == before)
    assert again.errors[0] in (KafkaError._FATAL, KafkaError.FENCED_INSTANCE_ID)
    for member in (again, two, twin):
        member.consumer.close()


@pytest.mark.long
def test_a_cooperative_rebalance_moves_only_what_must_move(brokers, topic):
    name, group = topic(6), uuid.uuid4().hex
    conf = {"partition.assignment.strategy": "cooperative-sticky"}
    one = Member(brokers, group, name, **conf)
    poll_until([one], lambda: len(one.partitions()) == 6)
    two = Member(brokers, group, name, **conf)
    poll_until([one, two], lambda: len(one.partitions()) == len(two.partitions()) == 3)
    assert one.partitions() | two.partitions() == set(range(6))
    assert one.revoked == [3], "three went, the others were never taken away"
    three = Member(brokers, group, name, **conf)
    poll_until([one, two, three], lambda: [len(m.partitions()) for m in (one, two, three)] == [2, 2, 2])
    values = [b"%d" % i for i in range(300)]
    assert produce(brokers, [dict(topic=name, value=v) for v in values], partitioner="random") == [None] * 300
    poll_until([one, two, three], lambda: len(one.values + two.values + three.values) >= 300)
    assert sorted(one.values + two.values + three.values) == sorted(values)
    for member in (one, two, three):
        member.consumer.close()


def test_clients_of_different_kinds_share_a_group(brokers, topic):
    name, group = topic(6), uuid.uuid4().hex
    one = Member(brokers, group, name, **{"partition.assignment.strategy": "range"})
    two = kafka_python.KafkaConsumer(name, bootstrap_servers=brokers, group_id=group, auto_offset_reset="earliest",
                                     enable_auto_commit=False, session_timeout_ms=6000, heartbeat_interval_ms=100)
    values, by_two, end = [b"%d" % i for i in range(300)], [], time.monotonic() + WAIT
    sent = False
    while len(one.values) + len(by_two) < len(values) and time.monotonic() < end:
        one.poll()
        for records in two.poll(50).values():
            by_two += [record.value for record in records]
        if not sent and len(one.partitions()) == len(two.assignment()) == 3:
            assert produce(brokers, [dict(topic=name, value=v, partition=int(v) % 6) for v in values]) == [None] * 300
            sent = True
    assert sent and len(one.values) == len(by_two) == 150
    assert sorted(one.values + by_two) == sorted(values)
    one.consumer.close()
    two.close()


@pytest.mark.parametrize("partitions", [100, pytest.param(1000, marks=pytest.mark.long)])
def test_a_group_reads_a_topic_of_many_partitions(brokers, topic, partitions):
    name = topic(partitions)
    admin = AdminClient({"bootstrap.servers": brokers})
    assert len(admin.list_topics(name, timeout=WAIT).topics[name].partitions) == partitions
    values = [b"%d" % i for i in range(partitions)]
    assert produce(brokers, [dict(topic=name, value=v, partition=int(v)) for v in values]) == [None] * partitions
    member = Member(brokers, uuid.uuid4().hex, name)
    poll_until([member], lambda: len(member.values) >= partitions)
    assert sorted(member.values) == sorted(values)
    member.consumer.commit(asynchronous=False)
    member.consumer.close()


@pytest.mark.long
def test_who_stops_polling_loses_its_partitions_and_may_come_back(brokers, topic):
    name, group = topic(2), uuid.uuid4().hex
    slow = Member(brokers, group, name, **{"max.poll.interval.ms": 6000})
    poll_until([slow], lambda: len(slow.partitions()) == 2)
    other = Member(brokers, group, name)
    poll_until([slow, other], lambda: len(other.partitions()) == 1)
    poll_until([other], lambda: len(other.partitions()) == 2)  # slow does not poll any more
    poll_until([slow, other], lambda: slow.errors and len(slow.partitions()) == len(other.partitions()) == 1)
    assert KafkaError._MAX_POLL_EXCEEDED in slow.errors
    for member in (slow, other):
        member.consumer.close()
