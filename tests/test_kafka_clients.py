"""Real Kafka clients against the embedded broker: kcat, confluent-kafka (librdkafka), kafka-python."""

import shutil
import subprocess
import time
import uuid

import kafka
import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic,
                                   ResourceType)

CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
WAIT = 30  # seconds


def kcat(up, *args, text=None):
    """kcat's standard output; the test is skipped, saying so, where kcat is not installed."""
    if shutil.which("kcat") is None:
        pytest.skip("kcat is not installed")
    done = subprocess.run(["kcat", "-b", up.kafka, *args], input=text, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def produce(up, topic, values, **conf):
    failed = []
    producer = Producer({"bootstrap.servers": up.kafka, "linger.ms": 5, **conf})
    for value in values:
        producer.produce(topic, key=f"k{value}", value=str(value), headers={"h": b"x"},
                         on_delivery=lambda error, _: error and failed.append(error))
    assert producer.flush(WAIT) == 0
    assert not failed, failed[0]


def consumer(up, group, topics, **conf):
    made = Consumer({"bootstrap.servers": up.kafka, "group.id": group, "auto.offset.reset": "earliest",
                     "enable.auto.commit": False, "session.timeout.ms": 6000, **conf})
    made.subscribe(topics)
    return made


def poll_until(consumers, done, within=WAIT):
    """Polls all consumers, collecting their messages, until done(messages) or the time is over."""
    got, end = [], time.monotonic() + within
    while not done(got) and time.monotonic() < end:
        for each in consumers:
            message = each.poll(0.05)
            if message is not None:
                assert message.error() is None, message.error()
                got.append(message)
    return got


def read_all(up, topic, count):
    reader = consumer(up, uuid.uuid4().hex, [topic])
    got = poll_until([reader], lambda messages: len(messages) >= count)
    reader.close()
    return sorted(int(message.value()) for message in got)


def wait(futures):
    for future in futures.values():
        future.result(WAIT)


@pytest.mark.parametrize("codec", CODECS)
def test_librdkafka_produces_every_codec_and_everybody_reads_it(up, codec):
    conf = {} if codec == "none" else {"compression.type": codec}
    produce(up, "plain", range(500), **{"enable.idempotence": False, "acks": "1", **conf})
    produce(up, "plain", range(500, 1000), **{"enable.idempotence": True, **conf})
    assert read_all(up, "plain", 1000) == list(range(1000))
    lines = kcat(up, "-C", "-t", "plain", "-e", "-q", "-o", "beginning").split()
    assert sorted(map(int, lines)) == list(range(1000))


@pytest.mark.parametrize("codec", CODECS)
def test_kcat_produces_every_codec(up, codec):
    kcat(up, "-P", "-t", "from-kcat", "-z", codec, text="".join(f"{i}\n" for i in range(300)))
    assert read_all(up, "from-kcat", 300) == list(range(300))


@pytest.mark.parametrize("codec", CODECS)
def test_kafka_python_produces_and_consumes(up, codec):
    producer = kafka.KafkaProducer(bootstrap_servers=up.kafka, compression_type=None if codec == "none" else codec)
    sent = [producer.send("from-python", str(i).encode(), key=b"k") for i in range(300)]
    producer.flush(WAIT)
    assert sorted(each.get(WAIT).offset for each in sent) == list(range(300))
    producer.close()
    reader = kafka.KafkaConsumer("from-python", bootstrap_servers=up.kafka, group_id="g", auto_offset_reset="earliest",
                                 enable_auto_commit=False)
    got, end = [], time.monotonic() + WAIT
    while len(got) < 300 and time.monotonic() < end:
        for records in reader.poll(500).values():
            got += [int(record.value) for record in records]
    reader.commit()
    reader.close()
    assert got == list(range(300))


def test_two_members_share_the_partitions_and_each_record_is_read_once(up):
    admin = AdminClient({"bootstrap.servers": up.kafka})
    wait(admin.create_topics([NewTopic("shared", 4, 1)]))
    first = consumer(up, "team", ["shared"])
    poll_until([first], lambda _: len(first.assignment()) == 4)
    assert len(first.assignment()) == 4
    second = consumer(up, "team", ["shared"])
    poll_until([first, second], lambda _: len(first.assignment()) == 2 and len(second.assignment()) == 2)
    assert {p.partition for p in first.assignment() + second.assignment()} == {0, 1, 2, 3}
    produce(up, "shared", range(400))
    got = poll_until([first, second], lambda messages: len(messages) >= 400)
    assert sorted(int(message.value()) for message in got) == list(range(400))
    for each in (first, second):
        each.commit(asynchronous=False)
    second.close()
    poll_until([first], lambda _: len(first.assignment()) == 4)
    produce(up, "shared", range(400, 500))
    got = poll_until([first], lambda messages: len(messages) >= 100)
    assert sorted(int(message.value()) for message in got) == list(range(400, 500))
    first.close()


def test_committed_offsets_resume_after_a_restart(start_up):
    up = start_up()
    produce(up, "resumed", range(100))
    reader = consumer(up, "g", ["resumed"])
    got = poll_until([reader], lambda messages: len(messages) >= 40)
    reader.commit(message=got[39], asynchronous=False)
    reader.close()
    up.stop()
    again = start_up(data=up.data, kafka=up.kafka)
    produce(again, "resumed", range(100, 120))
    reader = consumer(again, "g", ["resumed"])
    assert reader.committed([TopicPartition("resumed", 0)], WAIT)[0].offset == 40
    got = poll_until([reader], lambda messages: len(messages) >= 80)
    assert [int(message.value()) for message in got] == list(range(40, 120))
    reader.close()


def test_an_idempotent_producer_goes_on_over_a_restart(start_up):
    up = start_up()
    failed = []
    producer = Producer({"bootstrap.servers": up.kafka, "enable.idempotence": True, "reconnect.backoff.max.ms": 200})
    for i in range(200):
        if i == 100:
            assert producer.flush(WAIT) == 0
            up.kill()
            up = start_up(data=up.data, kafka=up.kafka)
        producer.produce("steady", str(i), on_delivery=lambda error, _: error and failed.append(error))
    assert producer.flush(WAIT) == 0
    assert not failed, failed[0]
    assert read_all(up, "steady", 200) == list(range(200))


def test_a_consumer_goes_on_over_a_crash_of_the_broker(start_up):
    up = start_up()
    produce(up, "watched", range(100))
    reader = consumer(up, "g", ["watched"], **{"reconnect.backoff.max.ms": 200, "heartbeat.interval.ms": 200})
    got = poll_until([reader], lambda messages: len(messages) >= 100)
    reader.commit(asynchronous=False)
    up.kill()
    assert reader.poll(0.5) is None, "librdkafka keeps trying by itself"
    up = start_up(data=up.data, kafka=up.kafka)
    produce(up, "watched", range(100, 200))
    got += poll_until([reader], lambda messages: len(messages) >= 100)
    assert {int(message.value()) for message in got} == set(range(200))

    def committed(_):  # the broker has forgotten its members: the reader joins again, and reads from its last commit
        try:
            return reader.commit(asynchronous=False)
        except KafkaException as error:
            assert error.args[0].code() in (KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID,
                                            KafkaError._NO_OFFSET)

    poll_until([reader], lambda _: committed(_) and reader.position([TopicPartition("watched", 0)])[0].offset == 200)
    assert reader.committed([TopicPartition("watched", 0)], WAIT)[0].offset == 200
    reader.close()


def test_administration(up):
    admin = AdminClient({"bootstrap.servers": up.kafka})
    wait(admin.create_topics([NewTopic("made", 3, 1, config={"retention.ms": "3600000"})]))
    assert len(admin.list_topics("made", timeout=WAIT).topics["made"].partitions) == 3
    resource = ConfigResource(ResourceType.TOPIC, "made")

    def retention():
        return next(iter(admin.describe_configs([resource]).values())).result(WAIT)["retention.ms"].value

    assert retention() == "3600000"
    change = ConfigEntry("retention.ms", "7200000", incremental_operation=AlterConfigOpType.SET)
    wait(admin.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, "made", incremental_configs=[change])]))
    assert retention() == "7200000"
    wait(admin.create_partitions([NewPartitions("made", 5)]))
    assert len(admin.list_topics("made", timeout=WAIT).topics["made"].partitions) == 5
    wait(admin.delete_topics(["made"]))
    assert "made" not in admin.list_topics(timeout=WAIT).topics
    for topic, code in [(NewTopic("no good", 1, 1), KafkaError.TOPIC_EXCEPTION),
                        (NewTopic("thrice", 1, 3), KafkaError.INVALID_REPLICATION_FACTOR)]:
        with pytest.raises(KafkaException) as refused:
            wait(admin.create_topics([topic]))
        assert refused.value.args[0].code() == code
