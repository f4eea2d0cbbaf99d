"""Crawlers through the AWS door, as boto3 drives them: what they find, change, refuse, and survive."""
import bz2
import gzip
import io
import json
import time

import glue_model
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

SYMBOLS = ["AAPL", "MSFT", "NVDA"]


class Lake:
    """A bucket `raw` of a running instance, and crawlers over it."""

    def __init__(self, up):
        self.up = up
        self.s3 = up.client("s3")
        self.glue = up.client("glue")
        self.answered = glue_model.watch(self.glue)
        self.s3.create_bucket(Bucket="raw")

    def put(self, key, body):
        self.s3.put_object(Bucket="raw", Key=key, Body=body)

    def make(self, name="c", path="s3://raw/", **more):
        self.glue.create_crawler(Name=name, Role="r", DatabaseName="found", Targets={"S3Targets": [{"Path": path}]},
                                 **more)

    def crawl(self, name="c"):
        self.glue.start_crawler(Name=name)
        return self.wait(name)

    def wait(self, name="c"):
        deadline = time.monotonic() + 60
        while (crawler := self.glue.get_crawler(Name=name)["Crawler"])["State"] != "READY":
            assert time.monotonic() < deadline
            time.sleep(0.05)
        return crawler["LastCrawl"]

    def tables(self):
        return {table["Name"]: table for table in self.glue.get_tables(DatabaseName="found")["TableList"]}

    def partitions(self, table):
        return sorted(p["Values"] for p in self.glue.get_partitions(DatabaseName="found", TableName=table)["Partitions"])


@pytest.fixture
def lake(up):
    return Lake(up)


def csv(rows, header="ts,symbol,price"):
    return header + "\n" + "".join(f"{i},{SYMBOLS[i % 3]},{i}.5\n" for i in range(rows))


def parquet(rows):
    out = io.BytesIO()
    pq.write_table(pa.table({"ts": list(range(rows)), "symbol": [SYMBOLS[i % 3] for i in range(rows)]}), out)
    return out.getvalue()


def columns(table):
    return {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}


def test_what_is_put_is_found_and_queried(lake):
    for day in ("01", "02"):
        lake.put(f"trades/day={day}/a.csv", csv(10))
        lake.put(f"fills/{day}/a.parquet", parquet(7))
    lake.put("quotes/a.json.gz", gzip.compress(b'{"symbol":"A","bid":1.5}\n{"symbol":"B","bid":2}\n'))
    lake.put("packed/a.csv.bz2", bz2.compress(csv(4).encode()))
    lake.make(Configuration=json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 2}}))
    assert lake.crawl()["Status"] == "SUCCEEDED"
    tables = lake.tables()
    assert sorted(tables) == ["fills", "packed", "quotes", "trades"]
    trades = tables["trades"]
    assert columns(trades) == {"ts": "bigint", "symbol": "string", "price": "double"}
    assert trades["PartitionKeys"] == [{"Name": "day", "Type": "string"}]
    assert trades["StorageDescriptor"]["Location"] == "s3://raw/trades/"
    expected = {"UPDATED_BY_CRAWLER": "c", "classification": "csv", "compressionType": "none", "typeOfData": "file",
                "recordCount": "20", "objectCount": "2", "skip.header.line.count": "1", "delimiter": ",",
                "CrawlerSchemaSerializerVersion": "1.0", "CrawlerSchemaDeserializerVersion": "1.0"}
    assert expected.items() <= trades["Parameters"].items()
    assert [k["Name"] for k in tables["fills"]["PartitionKeys"]] == ["partition_0"]
    assert tables["packed"]["Parameters"]["compressionType"] == "bzip2"
    assert lake.partitions("trades") == [["01"], ["02"]]
    assert lake.up.sql("SELECT count(*) AS n, sum(price) AS p FROM found.trades WHERE day = '01'") == [{"n": 10, "p": 50}]
    assert lake.up.sql("SELECT count(*) AS n FROM found.fills") == [{"n": 14}]
    assert lake.up.sql("SELECT sum(bid) AS b FROM found.quotes") == [{"b": 3.5}]
    metrics = lake.glue.get_crawler_metrics(CrawlerNameList=["c"])["CrawlerMetricsList"][0]
    assert metrics["TablesCreated"] == 4 and metrics["LastRuntimeSeconds"] > 0


def test_every_answer_fits_the_model(lake):
    """A tour of all operations on crawlers and classifiers; each answer is checked against botocore's model of Glue."""
    glue = lake.glue
    for kind in ({"CsvClassifier": {"Name": "csv", "Delimiter": "|", "QuoteSymbol": "'", "ContainsHeader": "PRESENT",
                                    "Header": ["a", "b"], "DisableValueTrimming": True, "AllowSingleColumn": False,
                                    "CustomDatatypeConfigured": True, "CustomDatatypes": ["INT", "STRING"],
                                    "Serde": "OpenCSVSerDe"}},
                 {"CsvClassifier": {"Name": "plain"}}, {"JsonClassifier": {"Name": "json", "JsonPath": "$[*]"}},
                 {"GrokClassifier": {"Name": "grok", "Classification": "log", "GrokPattern": "%{INT:n}",
                                     "CustomPatterns": ""}},
                 {"XMLClassifier": {"Name": "xml", "Classification": "feed", "RowTag": "row"}}):
        glue.create_classifier(**kind)
        name, = (fields["Name"] for fields in kind.values())
        assert glue.get_classifier(Name=name)["Classifier"].keys() == kind.keys()
    glue.update_classifier(XMLClassifier={"Name": "xml", "Classification": "feeds"})
    shown = glue.get_classifier(Name="xml")["Classifier"]["XMLClassifier"]
    assert (shown["Classification"], shown["RowTag"], shown["Version"]) == ("feeds", "row", 2)
    assert len(glue.get_classifiers(MaxResults=2)["Classifiers"]) == 2
    glue.delete_classifier(Name="plain")

    lake.put("t/day=01/a.csv", csv(10))
    lake.make("sparse", "s3://raw/t", Description="", TablePrefix="")
    lake.make("full", "s3://raw/t", Description="two\nlines", TablePrefix="p_", Tags={"team": "desk"}, Schedule="cron(15 2 * * ? *)",
              Classifiers=["csv", "xml"], Configuration='{"Version":1.0}', CrawlerSecurityConfiguration="none",
              SchemaChangePolicy={"UpdateBehavior": "LOG"}, RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVERYTHING"},
              LineageConfiguration={"CrawlerLineageSettings": "ENABLE"},
              LakeFormationConfiguration={"UseLakeFormationCredentials": False, "AccountId": ""})
    lake.make("lost:*", "s3://nowhere/" + 300 * "long/" + "t")
    assert [lake.crawl(name)["Status"] for name in ("sparse", "full", "lost:*")] == ["SUCCEEDED", "SUCCEEDED", "FAILED"]
    assert len(glue.get_crawlers()["Crawlers"]) == 3
    found = glue.batch_get_crawlers(CrawlerNames=["full", "none"])
    assert [len(found["Crawlers"]), found["CrawlersNotFound"]] == [1, ["none"]]
    assert glue.list_crawlers(Tags={"team": "desk"})["CrawlerNames"] == ["full"]
    glue.update_crawler(Name="sparse", Description="now one")
    glue.stop_crawler_schedule(CrawlerName="full")
    glue.update_crawler_schedule(CrawlerName="full", Schedule="cron(0 3 * * ? *)")
    glue.start_crawler_schedule(CrawlerName="full")
    assert len(glue.get_crawler_metrics()["CrawlerMetricsList"]) == 3
    assert [crawl["State"] for crawl in glue.list_crawls(CrawlerName="lost:*")["Crawls"]] == ["FAILED"]

    for number in range(200):
        lake.put(f"t/day={number}/b.csv", csv(3))
    glue.start_crawler(Name="sparse")
    running = glue.get_crawler(Name="sparse")["Crawler"], glue.list_crawls(CrawlerName="sparse")["Crawls"][0]
    try:
        glue.stop_crawler(Name="sparse")
        stopped = True
    except glue.exceptions.CrawlerNotRunningException:
        stopped = False  # it had ended; what it answers is checked all the same
    assert lake.wait("sparse")["Status"] in ("SUCCEEDED", "CANCELLED") and running[0]["State"] in ("RUNNING", "READY")
    for name in ("sparse", "full", "lost:*"):
        glue.delete_crawler(Name=name)
    assert len(lake.answered & crawler_operations(glue)) == 19 - (not stopped), sorted(lake.answered)


def crawler_operations(glue):
    """The operations of Glue's model that are about crawlers and classifiers."""
    return {name for name in glue.meta.service_model.operation_names
            if "Crawl" in name or name.endswith(("Classifier", "Classifiers"))}


def test_xml_is_classified_by_its_row_tag(lake):
    """Attributes, elements, several of them and text beside attributes become columns; SQL says why it reads none."""
    rows = ("<trade id='1'><symbol>AAPL</symbol><px>187.5</px><fee>1</fee><fee>2</fee><by desk='7'>ann</by></trade>"
            "<trade id='2'><symbol>MSFT</symbol><px>402</px><when>2026-11-25</when></trade>")
    for day in ("01", "02"):
        lake.put(f"feeds/day={day}/a.xml", f"<?xml version='1.0'?><feed><!-- two --><day>{rows}</day></feed>")
    lake.put("other/a.xml", "<feed><quote>1</quote></feed>")
    lake.glue.create_classifier(XMLClassifier={"Name": "trades", "Classification": "feed", "RowTag": "trade"})
    lake.make(Classifiers=["trades"])
    assert lake.crawl()["Status"] == "SUCCEEDED"
    (table,) = lake.tables().values()
    assert columns(table) == {"id": "bigint", "symbol": "string", "px": "double", "fee": "array<bigint>",
                              "by": "struct<desk:bigint,_value:string>", "when": "date"}
    expected = {"classification": "feed", "rowTag": "trade", "recordCount": "4", "objectCount": "2"}
    assert expected.items() <= table["Parameters"].items()
    assert table["StorageDescriptor"]["SerdeInfo"] == {"Parameters": {"rowTag": "trade"}}
    assert lake.partitions(table["Name"]) == [["01"], ["02"]]
    with pytest.raises(AssertionError, match="XML \\(elements <trade>\\) is not read here"):
        lake.up.sql(f"SELECT * FROM found.{table['Name']}")


def test_a_second_crawl_follows_the_policies(lake):
    for day in ("01", "02"):
        lake.put(f"t/day={day}/a.csv", csv(10))
    lake.put("u/a.json", '{"k":1}\n')
    lake.make(Configuration=json.dumps({"Version": 1.0, "Grouping": {"TableLevelConfiguration": 2}}))
    lake.crawl()
    lake.put("t/day=03/a.csv", "ts,symbol,price,venue\n1,A,1.5,N\n2,B,2.5,N\n")
    lake.s3.delete_object(Bucket="raw", Key="u/a.json")
    lake.s3.delete_object(Bucket="raw", Key="t/day=01/a.csv")
    # AWS's own default: update, and mark what is gone.
    assert lake.crawl()["Status"] == "SUCCEEDED"
    tables = lake.tables()
    assert list(columns(tables["t"])) == ["ts", "symbol", "price", "venue"]
    assert tables["u"]["Parameters"]["DEPRECATED_BY_CRAWLER"].isdigit()
    assert lake.partitions("t") == [["01"], ["02"], ["03"]]
    lake.glue.update_crawler(Name="c", SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "DELETE_FROM_DATABASE"})
    lake.put("t/day=04/a.csv", "ts,symbol,price,venue,flag\n1,A,1.5,N,true\n2,B,2.5,N,true\n")
    lake.crawl()
    tables = lake.tables()
    assert list(tables) == ["t"]
    assert list(columns(tables["t"])) == ["ts", "symbol", "price", "venue"]
    assert lake.partitions("t") == [["02"], ["03"], ["04"]]
    crawls = lake.glue.list_crawls(CrawlerName="c")["Crawls"]
    assert [crawl["State"] for crawl in crawls] == ["COMPLETED"] * 3
    assert json.loads(crawls[0]["Summary"])["TABLE"] == {"ADD": 0, "UPDATE": 1, "DELETE": 1}


def test_classifiers_and_exclusions(lake):
    lake.put("arrays/a.json", '[{"a":1,"b":"x"},{"a":2,"b":"y"}]')
    lake.put("tilde/a.txt", "1~x\n2~y\n")
    lake.put("tilde/a.log", "a|b\n1|2\n")
    lake.glue.create_classifier(JsonClassifier={"Name": "rows", "JsonPath": "$[*]"})
    lake.glue.create_classifier(CsvClassifier={"Name": "tilde", "Delimiter": "~", "ContainsHeader": "ABSENT",
                                               "Header": ["id", "name"]})
    lake.glue.create_crawler(Name="c", Role="r", DatabaseName="found", Classifiers=["rows", "tilde"], Targets={
        "S3Targets": [{"Path": "s3://raw", "Exclusions": ["**.log"]}]})
    lake.crawl()
    tables = lake.tables()
    assert columns(tables["arrays"]) == {"a": "bigint", "b": "string"}
    assert tables["arrays"]["Parameters"]["jsonPath"] == "$[*]"
    assert columns(tables["tilde"]) == {"id": "bigint", "name": "string"}
    assert lake.up.sql("SELECT sum(a) AS a FROM found.arrays") == [{"a": 3}]
    assert lake.up.sql("SELECT name FROM found.tilde ORDER BY id") == [{"name": "x"}, {"name": "y"}]
    names = [next(iter(c.values()))["Name"] for c in lake.glue.get_classifiers()["Classifiers"]]
    assert names == ["rows", "tilde"]


def test_errors_are_those_that_clients_catch(lake):
    glue = lake.glue
    with pytest.raises(glue.exceptions.EntityNotFoundException):
        glue.start_crawler(Name="none")
    lake.make()
    with pytest.raises(glue.exceptions.AlreadyExistsException):
        lake.make()
    with pytest.raises(glue.exceptions.CrawlerNotRunningException):
        glue.stop_crawler(Name="c")
    with pytest.raises(glue.exceptions.NoScheduleException):
        glue.start_crawler_schedule(CrawlerName="c")
    with pytest.raises(glue.exceptions.InvalidInputException, match="CRAWL_EVENT_MODE"):
        lake.make("d", RecrawlPolicy={"RecrawlBehavior": "CRAWL_EVENT_MODE"})
    lake.make("lost", "s3://no-such-bucket/x")
    last = lake.crawl("lost")
    assert last["Status"] == "FAILED" and "no-such-bucket" in last["ErrorMessage"]
    glue.delete_crawler(Name="c")
    assert [c["Name"] for c in glue.get_crawlers()["Crawlers"]] == ["lost"]


def test_why_is_told_also_while_nothing_runs(lake, run):
    lake.put("t/day=01/a.csv", csv(10))
    lake.put("t/day=02/a.csv", csv(10))
    lake.make("nightly")
    early = run("crawl", "explain", "nightly", "--data", lake.up.data, check=False)
    assert early.returncode == 3 and "no crawl has succeeded yet" in early.stderr
    lake.crawl("nightly")
    lake.up.stop()
    text = run("crawl", "explain", "nightly", "--data", lake.up.data).stdout
    for part in ("crawler nightly: SUCCEEDED", "2 folders (day=01, day=02)", "partition key: folders day=…",
                 "header: the first row is text throughout", "\x1b"):
        assert (part in text) == (part != "\x1b"), text
    found = json.loads(run("crawl", "explain", "nightly", "--data", lake.up.data, "--json").stdout)
    assert found["crawls"][0]["tables"][0]["partitions"]["found"] == 2
    unknown = run("crawl", "explain", "weekly", "--data", lake.up.data, check=False)
    assert unknown.returncode == 3 and "weekly" in unknown.stderr


def test_killed_during_a_crawl(lake, start_up):
    for number in range(300):
        lake.put(f"t/p={number:03}/a.csv", csv(3))
    lake.make()
    lake.glue.start_crawler(Name="c")
    time.sleep(0.01)
    lake.up.process.kill()
    lake.up.process.wait()
    again = start_up(data=lake.up.data)
    lake.up, lake.glue, lake.s3 = again, again.client("glue"), again.client("s3")
    crawler = lake.glue.get_crawler(Name="c")["Crawler"]
    assert crawler["State"] == "READY"
    if crawler["LastCrawl"]["Status"] != "SUCCEEDED":
        assert crawler["LastCrawl"]["Status"] == "FAILED" and "the process ended" in crawler["LastCrawl"]["ErrorMessage"]
    assert lake.crawl()["Status"] == "SUCCEEDED"
    assert len(lake.tables()) == 1
    assert again.sql("SELECT count(*) AS n, count(DISTINCT p) AS p FROM found.t") == [{"n": 900, "p": 300}]
