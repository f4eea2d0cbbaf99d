"""aiokafka through one scenario: aiokafka_scenarios.py BOOTSTRAP produce|idempotent|group|offsets|admin|txn

The topic is aiokafka-SCENARIO and must not exist. Exit status 0: all done, and read back.
"""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

RECORDS = 1000
WAIT = 30  # seconds


class Scenarios:
    def __init__(self, bootstrap: str, topic: str):
        self.bootstrap, self.topic, self.group_id = bootstrap, topic, "g-" + topic

    def consumer(self, *topics, **conf):
        return AIOKafkaConsumer(*topics, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest", **conf)

    async def write(self, **conf):
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5, **conf) as producer:
            sent = [await producer.send(self.topic, b"v" * 100, key=b"k%d" % i, headers=[("h", b"x"), ("null", None)])
                    for i in range(RECORDS)]
            await asyncio.wait_for(asyncio.gather(*sent), WAIT)

    async def read_group(self):
        async with self.consumer(self.topic, group_id=self.group_id, enable_auto_commit=False) as consumer:
            got = [await asyncio.wait_for(consumer.getone(), WAIT) for _ in range(RECORDS)]
            assert {message.headers for message in got} == {(("h", b"x"), ("null", None))}, got[0]
            await consumer.commit()
            assert await consumer.committed(TopicPartition(self.topic, 0)) > 0

    async def produce(self, admin):
        for codec in (None, "gzip", "snappy", "lz4", "zstd"):
            await self.write(acks=1, compression_type=codec)
        async with self.consumer(self.topic) as consumer:
            for _ in range(5 * RECORDS):
                assert (await asyncio.wait_for(consumer.getone(), WAIT)).value == b"v" * 100

    async def idempotent(self, admin):
        await self.write(enable_idempotence=True)

    async def group(self, admin):
        await self.write()
        await self.read_group()

    async def offsets(self, admin):
        await self.write()
        partition = TopicPartition(self.topic, 0)
        async with self.consumer() as consumer:
            begin = (await consumer.beginning_offsets([partition]))[partition]
            end = (await consumer.end_offsets([partition]))[partition]
            first = (await consumer.offsets_for_times({partition: 0}))[partition]
            assert begin == first.offset == 0 < end, (begin, end, first)
            assert (await consumer.offsets_for_times({partition: first.timestamp + 10**9}))[partition] is None

    async def admin(self, admin):
        await self.group(admin)
        topic, partition = self.topic, TopicPartition(self.topic, 0)
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        assert topic in await admin.list_topics()
        assert len((await admin.describe_topics([topic]))[0]["partitions"]) == 3
        assert len((await admin.describe_cluster())["brokers"]) == 1
        assert (await admin.describe_configs([resource]))[0].resources[0][0] == 0
        changed = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "3600000"})
        assert (await admin.alter_configs([changed]))[0].resources[0][0] == 0
        await admin.create_partitions({topic: NewPartitions(4)})
        assert await admin.delete_records({partition: RecordsToDelete(before_offset=10)}) == {partition: 10}
        assert (self.group_id, "consumer") in await admin.list_consumer_groups()
        assert (await admin.describe_consumer_groups([self.group_id]))[0].groups[0][2] == "Empty"
        assert (await admin.list_consumer_group_offsets(self.group_id))[partition].offset > 0
        await admin.delete_topics([topic])

    async def txn(self, admin):
        await self.write(transactional_id="t-" + self.topic)


async def main(bootstrap: str, scenario: str) -> None:
    scenarios = Scenarios(bootstrap, "aiokafka-" + scenario)
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(scenarios.topic, 3, 1)])
        await getattr(scenarios, scenario)(admin)
    finally:
        await admin.close()


asyncio.run(main(*sys.argv[1:3]))
