"""Event times from 1677 to 2262, all that 64-bit nanoseconds can hold: pyiceberg, DuckDB with its own iceberg extension and
Ticklake read the same times and prune the same partitions; what lies beyond is a dead letter or rescued, never another time."""
import json

from pyiceberg.table import StaticTable

from test_iceberg_oracles import duck, ours, produce, wait_for_rows  # noqa: F401 (fixtures)

FIRST, LAST = -2**63, 2**63 - 1
DAY = 86_400 * 10**9
TIMES = {  # nanoseconds: the day they belong to
    FIRST: "1677-09-21", FIRST + DAY: "1677-09-22", -2_208_988_800 * 10**9 - 1: "1899-12-31", -DAY: "1969-12-31",
    -1: "1969-12-31", 0: "1970-01-01", DAY - 1: "1970-01-01", 951_782_400 * 10**9: "2000-02-29",
    1_483_228_799_999_999_999: "2016-12-31", LAST - DAY: "2262-04-10", LAST: "2262-04-11"}
BEYOND = ['"9999-12-31T23:59:59Z"', '"0001-01-01"', '"2016-12-31T23:59:60Z"', str(LAST + 1), str(FIRST - 1),
          '"1677-09-21T00:12:43.145224191Z"', '"2262-04-11T23:47:16.854775808Z"']


def trade(time, sequence, more=""):
    return f'{{"ts_event":{time},"symbol":"S","price":1,"size":1,"sequence":{sequence}{more}}}'


def test_extreme_times_read_the_same_everywhere(start_up, ours, duck):  # noqa: F811
    up = start_up("--flush-seconds", 0.3)
    produce(up.kafka, "trades", [json.loads(trade(time, n)) for n, time in enumerate(TIMES)])
    produce(up.kafka, "trades", [json.loads(trade(0, 100 + n, f',"ts_recv":{time}')) for n, time in enumerate(BEYOND)])
    produce(up.kafka, "trades", [json.loads(trade(time, 200 + n)) for n, time in enumerate(BEYOND)])
    location = wait_for_rows(up.data, "trades", len(TIMES) + len(BEYOND))
    table = StaticTable.from_metadata(location)

    rows = table.scan(row_filter="sequence < 100").to_arrow().sort_by("sequence")
    assert rows["ts_event_ns"].to_pylist() == list(TIMES)
    micros = [time // 1000 for time in TIMES]
    assert rows["ts_event"].cast("int64").to_pylist() == micros
    of = "epoch_us(ts_event), ts_event_ns FROM {} WHERE sequence < 100 ORDER BY sequence"
    expected = list(zip(micros, TIMES))
    assert duck.sql("SELECT " + of.format(f"iceberg_scan('{location}')")).fetchall() == expected
    assert [tuple(row.values()) for row in ours(up.data, "SELECT epoch_us(ts_event) AS a, ts_event_ns AS b FROM trades "
                                                "WHERE sequence < 100 ORDER BY sequence")] == expected

    days = {str(row["partition"]["ts_event_day"]) for row in table.inspect.files().to_pylist()}
    assert days == set(TIMES.values())
    for day in sorted(days):  # partitions before 1970 are the floor, not the next day
        at = f"ts_event >= '{day}T00:00:00+00:00' AND ts_event <= '{day}T23:59:59.999999+00:00' AND sequence < 100"
        there = sum(other == day for other in TIMES.values())
        assert table.scan(row_filter=at).to_arrow().num_rows == there, day
        assert duck.sql(f"SELECT count(*) FROM iceberg_scan('{location}') WHERE {at}").fetchall() == [(there,)], day
        assert ours(up.data, f"SELECT count(*) AS c FROM trades WHERE {at}")[0]["c"] == there, day

    rescued = ours(up.data, "SELECT _rescued AS r, ts_recv AS t FROM trades WHERE sequence >= 100 ORDER BY sequence")
    assert [(json.loads(row["r"]), row["t"]) for row in rescued] == [({"ts_recv": json.loads(time)}, None) for time in BEYOND]
    dead = ours(up.data, "SELECT error AS e FROM trades__dlq ORDER BY \"offset\"")
    assert len(dead) == len(BEYOND) and all("'ts_event' cannot be" in row["e"] for row in dead)
