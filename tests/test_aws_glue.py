"""Glue's Data Catalog through the AWS door, by the clients that people use: boto3, awswrangler, pyiceberg."""

import concurrent.futures
import json
import re
import threading
import time

import boto3
import botocore.config
import botocore.exceptions
import glue_model
import pytest
from confluent_kafka import Producer

KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
CONFIG = botocore.config.Config(retries={"max_attempts": 1}, max_pool_connections=32)


def client(up):
    return up.glue(config=CONFIG)


@pytest.fixture
def glue(up):
    made = client(up)
    made.answered = glue_model.watch(made)
    return made


def code(call, **arguments):
    """The error code of a call that has to fail, and its message."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def storage(location, columns=(("a", "int"),)):
    return {"Columns": [{"Name": name, "Type": kind} for name, kind in columns], "Location": location,
            "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"}}


def test_every_answer_fits_the_model(glue):
    """A tour of all operations, each answer checked against botocore's model of Glue."""
    of = {"DatabaseName": "tour", "TableName": "t"}
    glue.create_database(DatabaseInput={"Name": "Tour", "Description": "x", "LocationUri": "s3://b/tour",
                                        "Parameters": {"a": "b"}}, Tags={"k": "v"})
    assert glue.get_database(Name="TOUR")["Database"]["Name"] == "tour"
    glue.update_database(Name="tour", DatabaseInput={"Name": "tour"})
    assert "Description" not in glue.get_database(Name="tour")["Database"]
    assert "tour" in [d["Name"] for page in glue.get_paginator("get_databases").paginate()
                      for d in page["DatabaseList"]]

    keys = [{"Name": "year", "Type": "int"}, {"Name": "city", "Type": "string"}]
    glue.create_table(DatabaseName="tour", TableInput={
        "Name": "T", "StorageDescriptor": storage("s3://b/t"), "PartitionKeys": keys, "Owner": "me"})
    shown = glue.get_table(DatabaseName="tour", Name="t")["Table"]
    echo = {name: shown[name] for name in ("Name", "StorageDescriptor", "PartitionKeys", "Owner", "Retention")}
    glue.update_table(DatabaseName="tour", TableInput=echo, VersionId=shown["VersionId"])
    again = glue.get_table(DatabaseName="tour", Name="t")["Table"]
    for table in (shown, again):
        table.pop("VersionId"), table.pop("UpdateTime"), table.pop("ResponseMetadata", None)
    assert shown == again
    assert len(glue.get_table_versions(**of)["TableVersions"]) == 2
    assert glue.get_table_version(**of, VersionId="1")["TableVersion"]["VersionId"] == "1"
    assert glue.batch_delete_table_version(**of, VersionIds=["1", "7"])["Errors"][0]["VersionId"] == "7"
    assert code(glue.delete_table_version, **of, VersionId="1")[0] == "EntityNotFoundException"
    assert [t["Name"] for t in glue.get_tables(DatabaseName="tour", Expression="t*")["TableList"]] == ["t"]
    assert [t["Name"] for t in glue.search_tables(SearchText="year")["TableList"]] == ["t"]

    inputs = [{"Values": [str(year), city], "StorageDescriptor": storage(f"s3://b/t/{year}/{city}")}
              for year in range(2000, 2010) for city in ("Bern", "Genève")]
    assert "Errors" not in glue.batch_create_partition(**of, PartitionInputList=inputs)
    assert code(glue.create_partition, **of, PartitionInput=inputs[0])[0] == "AlreadyExistsException"
    errors = glue.batch_create_partition(**of, PartitionInputList=[inputs[0], {"Values": ["1"]}])["Errors"]
    assert [e["ErrorDetail"]["ErrorCode"] for e in errors] == ["AlreadyExistsException", "InvalidInputException"]
    found = glue.get_partitions(**of, Expression="year >= 2008 and city like 'Gen%'", ExcludeColumnSchema=True)
    assert [p["Values"] for p in found["Partitions"]] == [["2008", "Genève"], ["2009", "Genève"]]
    assert "Columns" not in found["Partitions"][0]["StorageDescriptor"]
    glue.update_partition(**of, PartitionValueList=["2000", "Bern"], PartitionInput={"Values": ["1999", "Bern"]})
    updates = [{"PartitionValueList": ["1", "x"], "PartitionInput": {"Values": ["1", "x"]}}]
    assert glue.batch_update_partition(**of, Entries=updates)["Errors"][0]["PartitionValueList"] == ["1", "x"]
    got = glue.batch_get_partition(**of, PartitionsToGet=[{"Values": ["1999", "Bern"]}, {"Values": ["1", "x"]}])
    assert [p["Values"] for p in got["Partitions"]] == [["1999", "Bern"]]
    assert glue.get_partition(**of, PartitionValues=["1999", "Bern"])["Partition"]["TableName"] == "t"

    statistics = {"ColumnName": "a", "ColumnType": "int", "AnalyzedTime": 1, "StatisticsData": {
        "Type": "LONG", "LongColumnStatisticsData": {"NumberOfNulls": 1, "NumberOfDistinctValues": 2}}}
    for kind, values in (("table", {}), ("partition", {"PartitionValues": ["1999", "Bern"]})):
        getattr(glue, f"update_column_statistics_for_{kind}")(**of, **values, ColumnStatisticsList=[statistics])
        read = getattr(glue, f"get_column_statistics_for_{kind}")(**of, **values, ColumnNames=["a", "city"])
        assert read["ColumnStatisticsList"][0]["StatisticsData"] == statistics["StatisticsData"]
        assert [error["ColumnName"] for error in read["Errors"]] == ["city"]
        getattr(glue, f"delete_column_statistics_for_{kind}")(**of, **values, ColumnName="a")

    glue.create_partition_index(**of, PartitionIndex={"IndexName": "i", "Keys": ["year"]})
    assert glue.get_partition_indexes(**of)["PartitionIndexDescriptorList"][0]["IndexStatus"] == "ACTIVE"
    glue.delete_partition_index(**of, IndexName="i")
    glue.delete_partition(**of, PartitionValues=["1999", "Bern"])
    gone = glue.batch_delete_partition(**of, PartitionsToDelete=[{"Values": ["2000", "Genève"]}, {"Values": ["1", "x"]}])
    assert [error["PartitionValues"] for error in gone["Errors"]] == [["1", "x"]]

    function = {"FunctionName": "F", "ClassName": "c", "ResourceUris": [{"ResourceType": "JAR", "Uri": "s3://b/j"}]}
    glue.create_user_defined_function(DatabaseName="tour", FunctionInput=function)
    glue.update_user_defined_function(DatabaseName="tour", FunctionName="f", FunctionInput=function | {"OwnerName": "o"})
    assert glue.get_user_defined_function(DatabaseName="tour", FunctionName="f")["UserDefinedFunction"]["OwnerName"] == "o"
    assert len(glue.get_user_defined_functions(Pattern="*")["UserDefinedFunctions"]) == 1
    glue.delete_user_defined_function(DatabaseName="tour", FunctionName="f")

    arn = "arn:aws:glue:us-east-1:000000000000:database/tour"
    glue.tag_resource(ResourceArn=arn, TagsToAdd={"x": "y"})
    glue.untag_resource(ResourceArn=arn, TagsToRemove=["k"])
    assert glue.get_tags(ResourceArn=arn)["Tags"] == {"x": "y"}
    policy = glue.put_resource_policy(PolicyInJson='{"Version":"2012-10-17"}')["PolicyHash"]
    assert glue.get_resource_policy()["PolicyHash"] == policy
    assert code(glue.delete_resource_policy, PolicyHashCondition="no")[0] == "ConditionCheckFailureException"
    glue.delete_resource_policy(PolicyHashCondition=policy)
    glue.get_catalog_import_status(), glue.get_data_catalog_encryption_settings(), glue.get_connections()
    assert glue.batch_delete_table(DatabaseName="tour", TablesToDelete=["t", "u"])["Errors"][0]["TableName"] == "u"
    glue.create_table(DatabaseName="tour", TableInput={"Name": "v"})
    glue.delete_table(DatabaseName="tour", Name="v")
    glue.delete_database(Name="tour")
    assert code(glue.get_database, Name="tour") == ("EntityNotFoundException", "Database tour not found.")
    # One of them has answered with an error only.
    assert len(glue.answered) == 48 - 2, sorted(glue.answered)


def test_what_is_not_there_says_so(glue):
    assert code(glue.get_jobs)[0] == "OperationNotSupportedException"
    assert "Spark" in code(glue.create_job, Name="j", Role="r", Command={})[1]
    assert code(glue.get_table, DatabaseName="market", Name="none") == (
        "EntityNotFoundException", "Table none not found.")


def test_each_version_has_one_winner(up, glue):
    """Eight clients add to a counter, each by VersionId: no update is lost."""
    glue.create_database(DatabaseInput={"Name": "races"})
    glue.create_table(DatabaseName="races", TableInput={"Name": "t", "Parameters": {"n": "0"}})
    lost = []

    def add(_):
        while True:
            table = glue.get_table(DatabaseName="races", Name="t")["Table"]
            n = str(int(table["Parameters"]["n"]) + 1)
            try:
                glue.update_table(DatabaseName="races", TableInput={"Name": "t", "Parameters": {"n": n}},
                                  VersionId=table["VersionId"], SkipArchive=True)
                return
            except glue.exceptions.ConcurrentModificationException:
                lost.append(n)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    table = glue.get_table(DatabaseName="races", Name="t")["Table"]
    assert table["Parameters"]["n"] == "40" and table["VersionId"] == "41"
    assert lost, "nobody lost a race: this test has shown nothing"
    assert len(glue.get_table_versions(DatabaseName="races", TableName="t")["TableVersions"]) == 1


def test_awswrangler_catalog(up, monkeypatch):
    import awswrangler as wr

    monkeypatch.setattr(wr.config, "glue_endpoint_url", up.aws)
    session = boto3.Session(**KEYS)
    wr.catalog.create_database("wr", boto3_session=session, description="d")
    wr.catalog.create_database("wr", boto3_session=session, exist_ok=True)
    assert "wr" in [d["Name"] for d in wr.catalog.get_databases(boto3_session=session)]
    of = {"database": "wr", "table": "t", "boto3_session": session}
    wr.catalog.create_parquet_table(path="s3://b/t/", columns_types={"a": "int", "b": "string"},
                                    partitions_types={"year": "int"}, parameters={"x": "1"}, description="d",
                                    columns_comments={"a": "first"}, **of)
    assert wr.catalog.get_table_types(**of) == {"a": "int", "b": "string", "year": "int"}
    assert wr.catalog.does_table_exist(**of)
    wr.catalog.add_parquet_partitions(partitions_values={"s3://b/t/year=1/": ["1"], "s3://b/t/year=2/": ["2"]}, **of)
    assert wr.catalog.get_parquet_partitions(expression="year > 1", **of) == {"s3://b/t/year=2/": ["2"]}
    wr.catalog.upsert_table_parameters(parameters={"y": "2"}, **of)
    assert wr.catalog.get_table_parameters(**of)["y"] == "2"
    wr.catalog.add_column(column_name="c", column_type="double", column_comment="third", **of)
    wr.catalog.delete_column(column_name="b", **of)
    assert list(wr.catalog.table(**of)["Column Name"]) == ["a", "c", "year"]
    assert wr.catalog.get_table_number_of_versions(**of) == 3
    wr.catalog.delete_partitions(partitions_values=[["1"]], **of)
    assert len(wr.catalog.get_partitions(**of)) == 1
    wr.catalog.delete_all_partitions(**of)
    found = wr.catalog.search_tables(text="t", boto3_session=session)
    assert ("wr", "t") in [(t["DatabaseName"], t["Name"]) for t in found]
    assert wr.catalog.delete_table_if_exists(**of)
    wr.catalog.delete_database("wr", boto3_session=session)


def iceberg(up):
    """pyiceberg's GlueCatalog on the doors."""
    from pyiceberg.catalog import load_catalog

    return load_catalog("lake", **{
        "type": "glue", "glue.endpoint": up.aws, "s3.endpoint": up.aws, "client.region": "us-east-1",
        "client.access-key-id": "test", "client.secret-access-key": "test", "s3.path-style-access": "true"})


def committed(table):
    """Rows of the table's current snapshot, as its metadata has it."""
    return int(table.current_snapshot().summary["total-records"])


def wait_for(what, within=30):
    """Until what() is true, and what it then was."""
    end = time.monotonic() + within
    while True:
        if found := what():
            return found
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def lake_table(catalog, name="market.trades"):
    """A table of the lake once it has rows."""
    from pyiceberg.exceptions import NoSuchTableError

    def load():
        try:
            table = catalog.load_table(name)
            return table if table.current_snapshot() and committed(table) > 0 else None
        except NoSuchTableError:
            return None

    return wait_for(load)


def test_lake_tables_are_iceberg_tables(start_up):
    """A table that the sink writes: its entry, and what pyiceberg reads through Glue and S3."""
    up = start_up("--feed", "sim", "--feed-rate", "500", "--flush-seconds", "0.5")
    glue = up.glue()
    glue_model.watch(glue)
    table = lake_table(iceberg(up))
    entry = glue.get_table(DatabaseName="market", Name="trades")["Table"]
    assert entry["TableType"] == "EXTERNAL_TABLE" and entry["Parameters"]["table_type"] == "ICEBERG"
    assert entry["StorageDescriptor"]["Location"] == "s3://ticklake/market/trades"
    assert re.fullmatch(r"s3://ticklake/market/trades/metadata/.*\.metadata\.json",
                        entry["Parameters"]["metadata_location"])
    columns = {c["Name"]: c for c in entry["StorageDescriptor"]["Columns"]}
    for field in table.schema().fields:
        parameters = columns[field.name]["Parameters"]
        assert parameters["iceberg.field.id"] == str(field.field_id)
        assert parameters["iceberg.field.optional"] == str(field.optional).lower()
    assert columns["price"]["Type"] == "double" and columns["_kafka"]["Type"].startswith("struct<")
    read = table.scan().to_arrow()
    assert read.num_rows == committed(table)
    assert all(str(f).startswith("s3://ticklake/market/trades/data/") for f in table.inspect.files()["file_path"])
    assert len(glue.get_table_versions(DatabaseName="market", TableName="trades")["TableVersions"]) == 1


class Feed:
    """Produces numbered records to a topic until it is left."""

    def __init__(self, up, topic):
        self.producer = Producer({"bootstrap.servers": up.kafka, "linger.ms": 1})
        self.topic, self.count, self.ending = topic, 0, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.ending.is_set():
            self.producer.produce(self.topic, json.dumps({"id": self.count, "who": "feed"}))
            self.producer.poll(0)
            self.count += 1
            time.sleep(0.005)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()
        assert self.producer.flush(30) == 0


@pytest.mark.aws
def test_pyiceberg_writes_beside_the_sink(start_up, run):
    """pyiceberg appends, adds a column and overwrites in a table that the sink is writing to, and neither loses a row."""
    import pyarrow as pa

    up = start_up("--flush-seconds", "0.3")
    catalog = iceberg(up)

    def rows(schema, turn):
        """Ten rows of no topic, which an epoch below 0 says."""
        return pa.Table.from_pylist(
            [{"id": 1000 * turn + i, "who": "theirs", "_kafka": {"epoch": -1, "partition": 0, "offset": 10 * turn + i}}
             for i in range(10)], schema=schema.as_arrow())

    def overwrite(table):
        table.overwrite(rows(table.schema(), 99), overwrite_filter="who = 'theirs' and id < 2000")

    with Feed(up, "events") as feed:
        lake_table(catalog, "market.events")
        for turn in range(4):
            change(catalog, lambda table, turn=turn: table.append(rows(table.schema(), turn)))
        change(catalog, add_note)
        change(catalog, overwrite)  # of turns 0 and 1
        before = committed(catalog.load_table("market.events"))
        wait_for(lambda: committed(catalog.load_table("market.events")) > before + 100)  # the sink goes on
    wait_for(lambda: committed(catalog.load_table("market.events")) == feed.count + 30)
    count = "SELECT count(*) AS n, count(DISTINCT id) AS ids FROM events WHERE who = "
    assert up.sql(count + "'theirs'") == [{"n": 30, "ids": 30}]
    assert up.sql(count + "'feed'") == [{"n": feed.count, "ids": feed.count}]
    table = catalog.load_table("market.events")
    assert "note" in [field.name for field in table.schema().fields]
    assert table.scan("who = 'theirs'").to_arrow().num_rows == 30
    # Through the door nothing of the lake is lost.
    location = {"Bucket": "ticklake", "Key": table.metadata_location.removeprefix("s3://ticklake/")}
    assert code(up.s3().put_object, **location, Body=b"x")[0] == "AccessDenied"
    assert code(up.s3().delete_object, **location)[0] == "AccessDenied"
    up.stop()
    # Every record of the topic is one row; the thirty others are what verify does not know, and says so.
    report = run("verify", "--data", up.data, check=False).stdout
    log = re.search(r"events/0 +0 +0 +([\d,]+) +([\d,]+) +0 +0 +0 +0 +0\n", report)
    assert log and log.groups() == (f"{feed.count:,}", f"{feed.count:,}"), report
    assert re.findall("PROBLEM: (.*)", report) == [
        "market.events: 30 rows name an epoch or partition that has no position"], report


def add_note(table):
    from pyiceberg.types import StringType

    with table.update_schema() as update:
        update.add_column("note", StringType())


def change(catalog, make):
    """Makes a change, again and again while the sink wins the race."""
    from pyiceberg.exceptions import CommitFailedException

    for _ in range(50):
        try:
            return make(catalog.load_table("market.events"))
        except CommitFailedException:
            continue
    pytest.fail("lost fifty races")


@pytest.mark.aws
def test_pyiceberg_makes_a_table_in_the_lake(start_up, run):
    """Without a word on where it is to be: beside the tables of topics, and SQL joins them."""
    import pyarrow as pa

    up = start_up("--flush-seconds", "0.3")
    catalog = iceberg(up)
    producer = Producer({"bootstrap.servers": up.kafka})
    for i in range(100):
        producer.produce("fills", json.dumps({"symbol": f"S{i % 4}", "n": i}))
    assert producer.flush(30) == 0
    names = pa.table({"symbol": [f"S{i}" for i in range(3)], "name": ["one", "two", "three"]})
    table = catalog.create_table("market.names", names.schema)
    assert table.location() == "s3://ticklake/market/names"
    table.append(names)
    table.append(pa.table({"symbol": ["S3"], "name": ["four"]}))
    joined = "SELECT name, sum(n) AS n FROM fills JOIN names USING (symbol) GROUP BY name ORDER BY n"
    expected = [{"name": name, "n": sum(range(i, 100, 4))} for i, name in enumerate(["one", "two", "three", "four"])]
    assert up.sql(joined) == expected
    add_note(table)
    table.overwrite(pa.table({"symbol": ["S9"], "name": ["nine"], "note": ["all there is"]}))
    assert up.sql("SELECT * FROM names") == [{"symbol": "S9", "name": "nine", "note": "all there is"}]
    assert table.scan().to_arrow().num_rows == 1
    catalog.drop_table("market.names")
    assert [t["Name"] for t in up.glue().get_tables(DatabaseName="market")["TableList"]] == ["fills"]
    assert code(up.s3().put_object, Bucket="ticklake", Key="market/names/notes.txt", Body=b"x")[0] == "AccessDenied"
    assert code(up.s3().put_object, Bucket="ticklake", Key="none/names/data/x", Body=b"x")[0] == "AccessDenied"


@pytest.mark.parametrize("bucket", ["mine", "ticklake"])
def test_glue_makes_an_iceberg_table_by_itself(up, bucket):
    """OpenTableFormatInput: the first metadata file is the service's; pyiceberg goes on from there, SQL reads it."""
    import pyarrow as pa

    up.s3().create_bucket(Bucket="mine")
    glue = up.glue()
    glue_model.watch(glue)
    location = f"s3://{bucket}/market/made"
    columns = [{"Name": "id", "Type": "bigint"}, {"Name": "px", "Type": "double"}]
    glue.create_table(DatabaseName="market",
                      TableInput={"Name": "made", "StorageDescriptor": {"Columns": columns, "Location": location + "/"}},
                      OpenTableFormatInput={"IcebergInput": {"MetadataOperation": "CREATE", "Version": "2"}})
    parameters = glue.get_table(DatabaseName="market", Name="made")["Table"]["Parameters"]
    assert parameters["table_type"] == "ICEBERG"
    assert parameters["metadata_location"].startswith(location + "/metadata/00000-")
    table = iceberg(up).load_table("market.made")
    assert [(f.name, str(f.field_type), f.required) for f in table.schema().fields] == [("id", "long", False),
                                                                                       ("px", "double", False)]
    table.append(pa.table({"id": [1, 2], "px": [1.5, 2.5]}))
    assert table.scan().to_arrow().num_rows == 2
    assert up.sql("SELECT sum(px) AS s FROM market.made") == [{"s": 4.0}]


@pytest.mark.aws
@pytest.mark.parametrize("what", ["table", "database"])
def test_what_was_dropped_is_made_anew(start_up, run, what):
    """Somebody drops the sink's table, or all of its database: it says so, and records on, each record once."""
    up = start_up("--feed", "sim", "--feed-rate", "300", "--flush-seconds", "0.3")
    catalog = iceberg(up)
    before = lake_table(catalog).metadata.table_uuid
    if what == "table":
        up.glue().delete_table(DatabaseName="market", Name="trades")
    else:
        up.glue().delete_database(Name="market")
    wait_for(lambda: lake_table(catalog).metadata.table_uuid != before)
    assert "'market.trades': somebody dropped it; it is made anew from what topic 'trades' still holds" in up.output()
    assert up.sql("SELECT count(*) - count(DISTINCT _kafka) AS twice FROM trades")[0]["twice"] == 0
    up.stop()
    answer = run("verify", "--data", up.data, check=False)
    assert answer.returncode == 0, answer.stdout + answer.stderr
