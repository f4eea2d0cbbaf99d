"""The tables are Iceberg's: pyiceberg, and DuckDB with its own iceberg extension, read what Ticklake says is there; and
tables that pyiceberg changed go on (docs/iceberg.md)."""
import glob
import importlib
import json
import os
import pathlib
import sqlite3
import time

import duckdb
import pyarrow as pa
import pytest
from confluent_kafka import Producer
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.manifest import ManifestContent, write_manifest_list
from pyiceberg.table import StaticTable
from pyiceberg.types import StringType

DAY = 86_400 * 10**9
START = 20_000 * DAY  # 2024-10-04


def produce(bootstrap, topic, values):
    failures = []
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 1})
    for value in values:
        producer.produce(topic, json.dumps(value), key=value.get("symbol"),
                         on_delivery=lambda e, m: e and failures.append(str(e)))
        producer.poll(0)
    assert producer.flush(30) == 0 and not failures, failures


def trade(n):
    """Spread over three days and five symbols; prices sum exactly in doubles."""
    return {"ts_event": START + n % 3 * DAY + n * 1000, "symbol": f"S{n % 5}", "price": n / 4, "size": 100, "sequence": n}


def metadata_file(data, table):
    """URI of a table's newest metadata file, as the catalog has it; None before the first commit."""
    with sqlite3.connect(f"file:{data}/catalog.db?mode=ro", uri=True) as catalog:
        found = catalog.execute("SELECT parameters FROM tables WHERE name = ?", [table]).fetchone()
    return json.loads(found[0])["metadata_location"] if found else None


def set_metadata_file(data, table, location):
    """What another engine does through the shared catalog when it commits."""
    with sqlite3.connect(f"{data}/catalog.db") as catalog:
        (text,) = catalog.execute("SELECT parameters FROM tables WHERE name = ?", [table]).fetchone()
        parameters = json.loads(text)
        parameters["previous_metadata_location"] = parameters["metadata_location"]
        parameters["metadata_location"] = location
        catalog.execute("UPDATE tables SET parameters = ?, version = version + 1 WHERE name = ?",
                        [json.dumps(parameters), table])


def wait_for_rows(data, table, rows, within=20):
    """Until so many rows are committed; gives the metadata file."""
    end = time.monotonic() + within
    while True:
        location = metadata_file(data, table)
        snapshot = StaticTable.from_metadata(location).current_snapshot() if location else None
        committed = int(snapshot.summary["total-records"]) if snapshot else 0
        if committed == rows:
            return location
        assert committed < rows and time.monotonic() < end, f"{committed} of {rows} rows committed"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def duck():
    """DuckDB with its own iceberg extension, from the installed packages: nothing is fetched."""
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    for name in ("avro", "iceberg"):
        folder = pathlib.Path(importlib.import_module(f"duckdb_extension_{name}").__file__).parent
        (extension,) = glob.glob(f"{folder}/**/{name}.duckdb_extension", recursive=True)
        connection.execute(f"LOAD '{extension}'")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@pytest.fixture
def ours(run):
    """ours(data, sql) -> rows; with or without a running process."""
    return lambda data, sql: json.loads(run("sql", "--data", data, "-o", "json", sql).stdout)


def test_readers_agree_on_trades(start_up, ours, duck):
    up = start_up("--flush-seconds", 0.3)
    for start in range(0, 900, 300):  # several commits
        produce(up.kafka, "trades", [trade(n) for n in range(start, start + 300)])
        location = wait_for_rows(up.data, "trades", start + 300)
    table = StaticTable.from_metadata(location)
    assert len(table.snapshots()) >= 3
    assert [str(field.transform) for field in table.spec().fields] == ["day"]

    rows = table.scan().to_arrow().sort_by("sequence").to_pylist()
    assert [row["sequence"] for row in rows] == list(range(900))
    assert [row["ts_event_ns"] for row in rows] == [trade(n)["ts_event"] for n in range(900)]
    assert {row["price"] for row in rows} == {n / 4 for n in range(900)}
    assert sorted((row["_kafka"]["partition"], row["_kafka"]["offset"]) for row in rows) == [
        tuple(row.values()) for row in ours(
            up.data, "SELECT _kafka.partition AS p, _kafka.\"offset\" AS o FROM trades ORDER BY 1, 2")]

    totals = "SELECT count(*) AS c, sum(price) AS p, max(ts_event_ns) AS t, count(DISTINCT symbol) AS s FROM "
    expected = (900, sum(n / 4 for n in range(900)), max(trade(n)["ts_event"] for n in range(900)), 5)
    assert duck.sql(totals + f"iceberg_scan('{location}')").fetchall() == [expected]
    assert tuple(ours(up.data, totals + "trades")[0].values()) == expected

    # Both prune by partitions and column bounds: what they skip must not be missed.
    day = "ts_event >= '2024-10-05T00:00:00+00:00' AND ts_event < '2024-10-06T00:00:00+00:00'"
    assert table.scan(row_filter=day).to_arrow().num_rows == 300
    assert duck.sql(f"SELECT count(*) FROM iceberg_scan('{location}') WHERE {day}").fetchall() == [(300,)]
    for where, count in {"price < 5.0": 20, "symbol = 'S3'": 180, "sequence >= 890": 10, "price > 1000000.0": 0}.items():
        assert table.scan(row_filter=where).to_arrow().num_rows == count, where
        assert duck.sql(f"SELECT count(*) FROM iceberg_scan('{location}') WHERE {where}").fetchall() == [(count,)], where


def test_statistics_and_manifests_are_as_pyiceberg_reads_them(start_up):
    up = start_up("--flush-seconds", 0.2)
    for n in range(6):
        produce(up.kafka, "trades", [trade(n)])
        location = wait_for_rows(up.data, "trades", n + 1)
    inspect = StaticTable.from_metadata(location).inspect
    files = inspect.files().to_pylist()
    assert sum(file["record_count"] for file in files) == 6
    for file in files:
        path = pathlib.Path(file["file_path"].removeprefix("file://"))
        assert path.stat().st_size == file["file_size_in_bytes"]
        low, high = (file["readable_metrics"]["price"][bound] for bound in ("lower_bound", "upper_bound"))
        assert 0 <= low <= high <= 5 / 4
    assert inspect.partitions().num_rows == 3
    assert inspect.snapshots().num_rows >= 6
    assert inspect.manifests().num_rows >= 1


def test_nested_and_evolving_columns(start_up, ours, duck):
    up = start_up("--flush-seconds", 0.2)
    first = [{"id": n, "o": {"a": n, "t": ["x", None, str(n)]}, "größe": None, "s": "é" * n} for n in range(20)]
    later = [{"id": n, "o": {"a": n, "new": n / 2}, "fresh": True, "l": [{"q": n}]} for n in range(20, 40)]
    produce(up.kafka, "shapes", first)
    wait_for_rows(up.data, "shapes", 20)
    produce(up.kafka, "shapes", later)
    location = wait_for_rows(up.data, "shapes", 40)
    up.stop()
    rows = StaticTable.from_metadata(location).scan().to_arrow().sort_by("id").to_pylist()
    assert [row["id"] for row in rows] == list(range(40))
    assert rows[3]["o"] == {"a": 3, "t": ["x", None, "3"], "new": None} and rows[3]["fresh"] is None
    assert rows[30]["o"] == {"a": 30, "t": None, "new": 15.0} and rows[30]["l"] == [{"q": 30}]
    assert rows[5]["s"] == "ééééé"
    columns = "id, o.a AS a, o.new AS n, fresh, l[1].q AS q, _kafka.\"offset\" AS o"
    theirs = duck.sql(f"SELECT {columns} FROM iceberg_scan('{location}') ORDER BY id").fetchall()
    assert theirs == [tuple(row.values()) for row in ours(up.data, f"SELECT {columns} FROM shapes ORDER BY id")]


def test_a_table_that_another_writer_changed_goes_on(start_up, run, ours, duck, tmp_path):
    up = start_up("--flush-seconds", 0.2)
    produce(up.kafka, "orders", [{"id": n} for n in range(10)])
    location = wait_for_rows(up.data, "orders", 10)
    up.stop()

    catalog = SqlCatalog("other", uri=f"sqlite:///{tmp_path}/other.db", warehouse=f"file://{tmp_path}/other")
    catalog.create_namespace("m")
    table = catalog.register_table("m.orders", location)
    with table.update_schema() as update:
        update.add_column("note", StringType())
    with table.transaction() as transaction:
        transaction.set_properties({"owner": "somebody"})
    copied = table.scan().to_arrow()
    table.append(copied.slice(0, 0))  # a snapshot that does not carry our summary on
    table = catalog.load_table("m.orders")
    assert "ticklake.positions" not in table.current_snapshot().summary.additional_properties
    set_metadata_file(up.data, "orders", table.metadata_location)
    assert ours(up.data, "SELECT count(*) AS c, count(note) AS n FROM orders") == [{"c": 10, "n": 0}]

    again = start_up("--flush-seconds", 0.2, data=up.data, kafka=up.kafka)
    produce(again.kafka, "orders", [{"id": n, "note": "new"} for n in range(10, 15)])
    location = wait_for_rows(again.data, "orders", 15)
    again.stop()
    after = StaticTable.from_metadata(location)
    assert after.properties["owner"] == "somebody"
    assert after.schema().find_field("note").field_id == table.schema().find_field("note").field_id
    rows = after.scan().to_arrow().sort_by("id").to_pylist()
    assert [(row["id"], row["note"]) for row in rows] == [(n, "new" if n >= 10 else None) for n in range(15)]
    assert duck.sql(f"SELECT count(*), count(note) FROM iceberg_scan('{location}')").fetchall() == [(15, 5)]
    run("verify", "orders", "--data", up.data)


def test_a_table_with_delete_files_is_refused(start_up, run):
    up = start_up("--flush-seconds", 0.2)
    produce(up.kafka, "orders", [{"id": n} for n in range(10)])
    location = wait_for_rows(up.data, "orders", 10)
    up.stop()
    table = StaticTable.from_metadata(location)
    snapshot = table.current_snapshot()
    manifests = snapshot.manifests(table.io)
    deletes = snapshot.manifests(table.io)[0]  # read again: a copy
    deletes[3] = ManifestContent.DELETES  # position of `content` in the record
    assert deletes.content == ManifestContent.DELETES
    listed = f"{os.path.dirname(location)}/snap-other.avro"
    with write_manifest_list(2, table.io.new_output(listed), snapshot.snapshot_id, None, snapshot.sequence_number,
                             "deflate") as writer:
        writer.add_manifests([*manifests, deletes])
    metadata = json.loads(pathlib.Path(location.removeprefix("file://")).read_text())
    metadata["snapshots"][-1]["manifest-list"] = listed
    changed = pathlib.Path(location.removeprefix("file://")).with_name("00099-other.metadata.json")
    changed.write_text(json.dumps(metadata))
    set_metadata_file(up.data, "orders", f"file://{changed}")
    refused = run("sql", "--data", up.data, "SELECT count(*) FROM orders", check=False)
    assert refused.returncode == 1 and "delete files" in refused.stderr, refused.stderr
