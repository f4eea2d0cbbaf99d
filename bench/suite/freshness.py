"""freshness: acked -> visible in SQL while 50,000 events/s arrive: p50, p99, max."""
import json
import subprocess
import sys
import time

from peers import BINARY, Up, sql

COUNT = "SELECT (SELECT count(*) FROM trades) + (SELECT count(*) FROM quotes) AS n"


def probe(up, producer, number):
    """Milliseconds from the ack of a trade to the query that saw it."""
    acked = []
    producer.produce("trades", key="PROBE", on_delivery=lambda e, m: acked.append(e), value=json.dumps({
        "ts_event": time.time_ns(), "symbol": "PROBE", "price": 1.0, "size": 1, "sequence": number}))
    while not acked:
        producer.poll(0.001)
    start = time.monotonic()
    seen = sql(up.http, f"SELECT count(*) AS n FROM trades WHERE symbol = 'PROBE' AND sequence = {number}")
    took = (time.monotonic() - start) * 1000
    if acked[0] is not None or seen[0]["n"] != 1:
        sys.exit(f"bench: probe {number} acked ({acked[0]}) but seen {seen[0]['n']} times")
    return took


def run(rounds, rows):
    from confluent_kafka import Producer
    up = Up()
    feed = subprocess.Popen([BINARY, "feed", "sim", "--brokers", up.kafka, "--rate", "50000", "--symbols", "50"],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    producer = Producer({"bootstrap.servers": up.kafka, "linger.ms": 0, "acks": "all"})
    took = []
    try:
        time.sleep(3)
        first = sql(up.http, COUNT)[0]["n"]
        begun = time.monotonic()
        while len(took) < 100 * rounds:
            took.append(probe(up, producer, len(took)))
            time.sleep(0.05)
        seconds = time.monotonic() - begun
        last = sql(up.http, COUNT)[0]["n"]
    finally:
        feed.terminate()
        feed.wait(20)
        up.stop()
    took.sort()
    print(f"freshness while {(last - first) / seconds:,.0f} events/s arrive (asked: 50,000), {len(took)} probes, "
          f"acked -> visible in SQL: p50 {took[len(took) // 2]:.1f} ms, p99 {took[int(len(took) * 0.99)]:.1f} ms, "
          f"max {took[-1]:.1f} ms")
    return {"milliseconds": took, "events_per_second": (last - first) / seconds}
