"""Spark through the AWS doors: Iceberg's GlueCatalog and S3FileIO, beside a running market."""

import time

import pytest
import spark_sql
from java_peer import Missing

pytestmark = pytest.mark.aws

OWN = (  # a statement, and the rows it must give
    ("CREATE NAMESPACE lake.own", []),
    ("CREATE TABLE lake.own.t (k int, v bigint, s string) PARTITIONED BY (k)", []),
    ("INSERT INTO lake.own.t SELECT cast(id % 3 as int), id, cast(id as string) FROM range(1, 1001)", []),
    ("SELECT k, count(*) AS n, sum(v) AS v FROM lake.own.t GROUP BY k ORDER BY k",
     [{"k": 0, "n": 333, "v": 166833}, {"k": 1, "n": 334, "v": 167167}, {"k": 2, "n": 333, "v": 166500}]),
    ("UPDATE lake.own.t SET s = 'even' WHERE v % 2 = 0", []),
    ("DELETE FROM lake.own.t WHERE v <= 10", []),
    ("MERGE INTO lake.own.t t USING (SELECT 500L AS v, 'y' AS s UNION ALL SELECT 6000L, 'z') n ON t.v = n.v "
     "WHEN MATCHED THEN UPDATE SET s = n.s WHEN NOT MATCHED THEN INSERT (k, v, s) VALUES (8, n.v, n.s)", []),
    ("ALTER TABLE lake.own.t ADD COLUMN extra double", []),
    ("SELECT count(*) AS n, count_if(s = 'even') AS even, count(extra) AS extra FROM lake.own.t",
     [{"n": 991, "even": 494, "extra": 0}]),
    ("SELECT v, s FROM lake.own.t WHERE v IN (500, 6000) ORDER BY v", [{"v": 500, "s": "y"}, {"v": 6000, "s": "z"}]),
)
LAKE = (
    "CREATE TABLE lake.market.per_symbol USING iceberg AS SELECT symbol, count(*) AS n FROM lake.market.trades GROUP BY symbol",
    "SELECT count(*) AS symbols, sum(n) AS n FROM lake.market.per_symbol",
    "INSERT INTO lake.market.trades SELECT ts_event, ts_event_ns, ts_recv, 'SPARK' AS symbol, venue, price, size, side, trade_id, "
    "sequence, flags, _rescued, named_struct('epoch', -1, 'partition', 0, 'offset', _kafka.offset) AS _kafka "
    "FROM lake.market.trades LIMIT 10",
    "SELECT count(*) AS n FROM lake.market.trades WHERE symbol = 'SPARK'",
)


def test_spark_works_beside_the_market(start_up):
    up = start_up("--feed", "sim", "--feed-rate", "500", "--flush-seconds", "1")
    up.s3().create_bucket(Bucket="warehouse")
    expire = "CALL lake.system.expire_snapshots(table => 'own.t', older_than => TIMESTAMP '2030-01-01 00:00:00', retain_last => 1)"
    try:
        answers = spark_sql.run([statement for statement, _ in OWN] + [expire] + list(LAKE), up.aws, "s3://warehouse/")
    except Missing as missing:
        pytest.skip(str(missing))
    for (statement, rows), answer in zip(OWN, answers):
        assert answer == rows, statement
    assert answers[len(OWN)][0]["deleted_data_files_count"] > 0
    _, theirs, _, spark = answers[len(OWN) + 1:]
    assert spark == [{"n": 10}]
    # The same by our own SQL, and the market goes on.
    assert up.sql("SELECT count(*) AS n, count(extra) AS extra FROM own.t") == [{"n": 991, "extra": 0}]
    assert up.sql("SELECT count(*) AS symbols, sum(n)::BIGINT AS n FROM per_symbol") == theirs
    assert up.sql("SELECT count(*) AS n FROM trades WHERE symbol = 'SPARK'") == [{"n": 10}]
    count = "SELECT count(*) AS n FROM trades WHERE symbol <> 'SPARK'"
    before = up.sql(count)[0]["n"]
    time.sleep(2)
    assert up.sql(count)[0]["n"] > before
    spark_sql.run(["DROP TABLE lake.market.per_symbol", "DROP TABLE lake.own.t PURGE", "DROP NAMESPACE lake.own"], up.aws,
                  "s3://warehouse/")
    assert up.s3().list_objects_v2(Bucket="warehouse")["KeyCount"] == 0
    assert "per_symbol" not in [table["Name"] for table in up.glue().get_tables(DatabaseName="market")["TableList"]]
