"""A lake on S3 with its catalog in Glue: the same commands, with --lake and --catalog."""
import json
import subprocess

import botocore.exceptions
import pytest

from test_sink import expected, fill

ROWS = 12_000


@pytest.fixture
def door(start_up, monkeypatch):
    """A `ticklake up` that is Kafka, S3 and Glue for others, and the settings to find it."""
    started = start_up("--sink", "off")
    started.s3().create_bucket(Bucket="their-lake")
    for name, value in {"AWS_ENDPOINT_URL": started.aws, "AWS_ACCESS_KEY_ID": "test",
                        "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}.items():
        monkeypatch.setenv(name, value)
    return started


PLACE = ("--lake", "s3://their-lake/a/b", "--catalog", "glue")


def count(run, *options):
    text = run("sql", *options, "-o", "json",
               "SELECT count(*) AS n, count(DISTINCT id) AS d, sum(id) AS s FROM remote").stdout
    return json.loads(text)[0]


def test_two_sinks_on_two_hosts_share_a_lake_on_s3(door, run, binary, tmp_path):
    fill(door.kafka, "remote", ROWS)
    sinks = [subprocess.Popen([binary, "sink", "--brokers", door.kafka, "--topics", "remote", "--flush-seconds", "0.2",
                               "--group", "off", "--until-end", "--data", tmp_path / f"host{number}", *PLACE],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for number in range(2)]
    for sink in sinks:
        out, err = sink.communicate(timeout=120)
        assert sink.returncode == 0, out + err
    data = tmp_path / "host0"
    assert count(run, "--data", data) == expected(ROWS)  # the directory knows where its lake is
    assert count(run, "--data", tmp_path / "third", *PLACE) == expected(ROWS)
    (verified,) = json.loads(run("verify", "remote", "--data", data, "--brokers", door.kafka, "--json").stdout)
    assert verified["ok"] and verified["complete"], verified
    assert sum(log["rows"] for log in verified["logs"]) == ROWS
    table = door.glue().get_table(DatabaseName="market", Name="remote")["Table"]
    assert table["Parameters"]["metadata_location"].startswith("s3://their-lake/a/b/market/remote/metadata/")
    keys = [item["Key"] for item in door.s3().list_objects_v2(Bucket="their-lake")["Contents"]]
    assert any("/data/" in key and key.endswith(".parquet") for key in keys), keys


def test_up_runs_the_main_job_on_s3_and_glue(door, start_up, run):
    main = start_up(*PLACE, "--flush-seconds", "0.3", "--merge-seconds", "1")
    fill(main.kafka, "remote", ROWS)
    (row,) = main.sql("SELECT count(*) AS n, count(DISTINCT id) AS d, sum(id) AS s FROM remote")
    assert row == expected(ROWS)
    check_doors_before_glue(main.glue())
    main.stop()
    assert count(run, "--data", main.data) == expected(ROWS)
    run("verify", "--data", main.data)
    again = start_up(data=main.data, kafka=main.kafka)  # goes on there, told nothing
    fill(main.kafka, "remote", 500, first=ROWS)
    (row,) = again.sql("SELECT count(*) AS n, count(DISTINCT id) AS d, sum(id) AS s FROM remote")
    assert row == expected(ROWS + 500)
    check_door_before_s3(again, run)
    again.stop()  # before its catalog goes


def check_doors_before_glue(glue):
    """What the door of an instance does whose catalog is Glue: tables and partitions, but no crawlers and facts."""
    glue.create_database(DatabaseInput={"Name": "theirs"})
    of = {"DatabaseName": "theirs", "TableName": "t"}
    table = {"Name": "t", "PartitionKeys": [{"Name": "day", "Type": "string"}]}
    glue.create_table(DatabaseName="theirs", TableInput=table)
    glue.update_table(DatabaseName="theirs", TableInput=table | {"Description": "new"})
    (version,) = glue.get_table_versions(**of)["TableVersions"]
    assert version["Table"]["Description"] == "new"
    glue.create_partition(**of, PartitionInput={"Values": ["1"]})
    glue.delete_partition(**of, PartitionValues=["1"])
    assert glue.get_partitions(**of)["Partitions"] == []
    for call, told in ((lambda: glue.get_crawlers(), "the catalog of this instance is AWS Glue"),
                       (lambda: glue.start_crawler(Name="c"), "the catalog of this instance is AWS Glue")):
        with pytest.raises(glue.exceptions.OperationNotSupportedException, match=told):
            call()
    with pytest.raises(glue.exceptions.InvalidInputException, match="at its own address"):
        glue.tag_resource(ResourceArn="arn:aws:glue:us-east-1:000000000000:database/theirs", TagsToAdd={"a": "b"})
    glue.delete_table(DatabaseName="theirs", Name="t")
    glue.delete_database(Name="theirs")


def check_door_before_s3(main, run):
    """It shows the lake, and says that all other buckets are there: none of its own could be meant by s3://NAME."""
    s3 = main.s3()
    assert [b["Name"] for b in s3.list_buckets()["Buckets"]] == ["ticklake"]
    assert s3.list_objects_v2(Bucket="ticklake", Prefix="market/remote/metadata/")["KeyCount"] > 0
    for call, code in ((lambda: s3.create_bucket(Bucket="mine"), "NotImplemented"),
                       (lambda: s3.put_object(Bucket="their-lake", Key="k", Body=b"x"), "NoSuchBucket")):
        with pytest.raises(botocore.exceptions.ClientError, match="the lake of this instance is on S3") as caught:
            call()
        assert caught.value.response["Error"]["Code"] == code
    done = run("s3", "mb", "s3://mine", "--data", main.data, check=False)
    assert done.returncode == 1 and "use an S3 client" in done.stderr, done.stderr


def test_places_that_make_no_sense_are_refused(run, tmp_path):
    for arguments, said in ((("--catalog", "glue"), "give --lake s3://"),
                            (("--lake", "gs://bucket/x"), "give s3://BUCKET"),
                            (("--catalog", "hive"), "--catalog")):
        done = run("verify", "--data", make_data(run, tmp_path), *arguments, check=False)
        assert done.returncode != 0 and said in done.stderr, done.stderr


def test_a_directory_keeps_to_its_lake(run, tmp_path):
    done = run("verify", "--data", make_data(run, tmp_path), *PLACE, check=False)
    assert done.returncode == 1 and "has a lake of its own" in done.stderr, done.stderr


def make_data(run, tmp_path):
    """A data directory with a lake of its own."""
    folder = tmp_path / "csv"
    folder.mkdir(exist_ok=True)
    (folder / "a.csv").write_text("a,b\n1,2\n")
    run("crawl", folder, "--data", tmp_path / "own")
    return tmp_path / "own"
