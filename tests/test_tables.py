"""Every topic becomes a table: names, types, _rescued, _kafka, dead letters, tombstones (docs/tables.md)."""
import json
import time

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.admin import AdminClient, NewTopic


def produce(bootstrap, topic, values, key=None, **config):
    """Produces values (bytes, str, None, or anything JSON) and returns once all are acked."""
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 1, **config})
    for value in values:
        if value is not None and not isinstance(value, (bytes, str)):
            value = json.dumps(value)
        producer.produce(topic, value, key=key, on_delivery=lambda e, m: e and failures.append(str(e)))
        producer.poll(0)
    assert producer.flush(30) == 0 and not failures, failures


@pytest.mark.parametrize("codec", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_acked_is_visible_at_once(up, codec):
    produce(up.kafka, "odd-Topic.1", [{"n": i, "Adj Close": i / 2} for i in range(500)], key="k",
            **{"compression.type": codec, "enable.idempotence": True})
    (row,) = up.sql("SELECT count(*) AS c, sum(n) AS s, sum(adj_close) AS a FROM market.odd_topic_1")
    assert row == {"c": 500, "s": 124750, "a": 62375.0}


def test_record_metadata(up):
    before = int(time.time() * 1000)
    producer = Producer({"bootstrap.servers": up.kafka})
    producer.produce("meta", '{"a":1}', key="the-key", headers=[("h", b"v"), ("empty", None)])
    producer.flush(10)
    (row,) = up.sql('SELECT _kafka.partition AS p, _kafka."offset" AS o, _kafka.epoch AS e, _kafka.key AS k, '
                    "epoch_ms(_kafka.timestamp) AS t, _kafka.headers AS h FROM meta")
    assert (row["p"], row["o"], row["e"], row["k"]) == (0, 0, 0, "the-key")
    assert before - 1000 <= row["t"] <= before + 30_000
    assert row["h"] == [{"name": "h", "value": "v"}, {"name": "empty", "value": None}]


def test_types_widen_nest_and_rescue(up):
    produce(up.kafka, "shapes", [
        {"i": 1, "f": 1.5, "s": "x", "b": True, "o": {"a": 1, "deep": {"z": "q"}}, "l": [1, 2], "n": None},
        {"i": "not a number", "f": 2, "s": "y", "o": {"a": 2, "new": 7}, "l": [3]},
    ])
    rows = up.sql("SELECT i, f, s, b, o.a AS oa, o.deep.z AS z, o.new AS onew, l, _rescued FROM shapes "
                  'ORDER BY _kafka."offset"')
    assert rows[0]["i"] == 1 and rows[0]["_rescued"] is None and rows[0]["z"] == "q" and rows[0]["l"] == [1, 2]
    assert rows[1]["i"] is None and json.loads(rows[1]["_rescued"]) == {"i": "not a number"}
    assert rows[1]["f"] == 2.0 and rows[1]["oa"] == 2 and rows[1]["onew"] == 7
    assert all(row["n"] is None for row in up.sql("SELECT * FROM shapes") if "n" in row)


def test_dead_letters_and_tombstones(up, run):
    produce(up.kafka, "mixed", ['{"a":1}', b"\xff\xfe", "not json", None, "[1,2]", '{"a":2}', ""])
    assert up.sql("SELECT count(*) AS c, sum(a) AS s FROM mixed") == [{"c": 2, "s": 3}]
    dead = up.sql('SELECT topic, "partition" AS p, "offset" AS o, error FROM mixed__dlq ORDER BY o')
    assert [(d["topic"], d["p"], d["o"]) for d in dead] == [("mixed", 0, o) for o in (1, 2, 4, 6)]
    assert all(d["error"] for d in dead)
    up.stop()
    verified = json.loads(run("verify", "mixed", "--data", up.data, "--json").stdout)
    (log,) = verified[0]["logs"]
    assert (log["rows"], log["dead_letters"], log["tombstones"], log["missing"], log["to"]) == (2, 4, 1, 0, 7)


def test_trades_have_a_fixed_schema(up):
    produce(up.kafka, "trades", [
        {"ts_event": 1732300000123456789, "symbol": "AAPL", "price": "187.25", "size": 100, "side": "B", "extra": "kept"},
        {"symbol": "AAPL", "price": 1.0, "size": 1},
    ])
    (row,) = up.sql("SELECT ts_event_ns, price, size, side, extra FROM trades")
    assert row == {"ts_event_ns": 1732300000123456789, "price": 187.25, "size": 100, "side": "B", "extra": "kept"}
    (dead,) = up.sql("SELECT error FROM trades__dlq")
    assert "ts_event" in dead["error"]


def test_topic_deleted_and_created_again_opens_an_epoch(up, run):
    produce(up.kafka, "again", [{"n": 1}, {"n": 2}])
    assert up.sql("SELECT count(*) AS c FROM again") == [{"c": 2}]
    admin = AdminClient({"bootstrap.servers": up.kafka})
    time.sleep(11)  # the first incarnation is committed
    admin.delete_topics(["again"])["again"].result(10)
    admin.create_topics([NewTopic("again", 1, 1)])["again"].result(10)
    produce(up.kafka, "again", [{"n": 3}])
    rows = up.sql('SELECT n, _kafka.epoch AS e, _kafka."offset" AS o FROM again ORDER BY n')
    assert rows == [{"n": 1, "e": 0, "o": 0}, {"n": 2, "e": 0, "o": 1}, {"n": 3, "e": 1, "o": 0}]


def test_same_answer_with_and_without_a_process(up, run):
    produce(up.kafka, "twice", [{"n": i} for i in range(1000)])
    query = "SELECT count(*) AS c, sum(n) AS s FROM twice"
    live = json.loads(run("sql", "--data", up.data, "-o", "json", query).stdout)
    up.kill()
    offline = json.loads(run("sql", "--data", up.data, "-o", "json", query).stdout)
    assert live == offline == [{"c": 1000, "s": 499500}]


def test_names_that_collide(up):
    produce(up.kafka, "a.b", [{"n": 1}])
    assert up.sql("SELECT n FROM a_b") == [{"n": 1}]
    produce(up.kafka, "a-b", [{"n": 2}])
    tables = [row["name"] for row in up.sql("SHOW TABLES")]
    (other,) = [t for t in tables if t.startswith("a_b_") and not t.endswith("__dlq")]
    assert len(other) == len("a_b_") + 8
    assert up.sql(f"SELECT n FROM {other}") == [{"n": 2}] and up.sql("SELECT n FROM a_b") == [{"n": 1}]


def test_a_consumer_group_reads_back(up):
    produce(up.kafka, "plain", [{"n": i} for i in range(50)])
    consumer = Consumer({"bootstrap.servers": up.kafka, "group.id": "g", "auto.offset.reset": "earliest"})
    consumer.subscribe(["plain"])
    got = []
    end = time.monotonic() + 30
    while len(got) < 50 and time.monotonic() < end:
        got += [json.loads(m.value())["n"] for m in consumer.consume(50, 0.5) if not m.error()]
    consumer.close()
    assert got == list(range(50))
