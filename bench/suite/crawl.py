"""crawl: 10,000 Parquet files of 100 partitions, through the door in a bucket, and in a folder.

A file has 20 rows. Each crawl is the first one of its crawler, its answer is checked: one table, its columns, its
partitions, its files and rows. The folder is crawled by `ticklake crawl` into a data directory of its own."""
import concurrent.futures
import io
import json
import pathlib
import subprocess
import time

import boto3
import botocore.config
import pyarrow as pa
import pyarrow.parquet as pq

from peers import BINARY, Up, cpu_seconds, free_port, memory_mib, ratio, scratch, spread

FILES, PARTITIONS, ROWS = 10_000, 100, 20
COLUMNS = {"ts": "timestamp", "symbol": "string", "price": "double", "size": "bigint"}


def one_file():
    out = io.BytesIO()
    pq.write_table(pa.table({"ts": pa.array(range(ROWS), pa.timestamp("us")), "symbol": ["AAPL", "MSFT"] * (ROWS // 2),
                             "price": [187.25 + i for i in range(ROWS)], "size": list(range(ROWS))}), out)
    return out.getvalue()


def keys():
    return [f"trades/day={number % PARTITIONS:03}/{number:05}.parquet" for number in range(FILES)]


def client(aws, service):
    return boto3.client(service, endpoint_url=f"http://{aws}", region_name="us-east-1", aws_access_key_id="bench",
                        aws_secret_access_key="bench", config=botocore.config.Config(max_pool_connections=16))


def fill(s3, body):
    """PUTs a second."""
    s3.create_bucket(Bucket="raw")
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket="raw", Key=key, Body=body), keys()))
    return FILES / (time.monotonic() - began)


def check(columns, partitions, files, records):
    assert columns == COLUMNS, columns
    assert (partitions, files, records) == (PARTITIONS, FILES, FILES * ROWS), (partitions, files, records)


def crawl_bucket(up, glue, number):
    """Files/s and CPU seconds of one crawl, by the crawler's own history."""
    name = f"bench{number}"
    glue.create_crawler(Name=name, Role="r", DatabaseName=name, Targets={"S3Targets": [{"Path": "s3://raw/trades"}]})
    cpu = cpu_seconds(up.pid)
    glue.start_crawler(Name=name)
    while glue.get_crawler(Name=name)["Crawler"]["State"] != "READY":
        time.sleep(0.02)
    cpu = cpu_seconds(up.pid) - cpu
    (run,) = glue.list_crawls(CrawlerName=name)["Crawls"]
    assert run["State"] == "COMPLETED", run
    (table,) = glue.get_tables(DatabaseName=name)["TableList"]
    found = sum(len(page["Partitions"]) for page in glue.get_paginator("get_partitions").paginate(
        DatabaseName=name, TableName=table["Name"]))
    check({column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}, found,
          int(table["Parameters"]["objectCount"]), int(table["Parameters"]["recordCount"]))
    return FILES / (run["EndTime"] - run["StartTime"]).total_seconds(), cpu


def crawl_folder(folder, data):
    began = time.monotonic()
    done = subprocess.run([BINARY, "crawl", folder, "--data", data, "--json"], capture_output=True, text=True, check=True)
    seconds = time.monotonic() - began
    (table,) = json.loads(done.stdout)["tables"]
    columns = {column["name"]: column["type"] for column in table["columns"] if column["name"] in COLUMNS}
    check(columns, table["partitions"]["found"], table["files"], table["records"])
    return FILES / seconds


def run(rounds, _rows):
    body = one_file()
    results = {"bucket": [], "folder": [], "bucket_cpu": []}
    with scratch("crawl") as scratch_folder:
        folder = pathlib.Path(scratch_folder)
        for key in keys():
            path = folder / "files" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        aws = f"127.0.0.1:{free_port()}"
        up = Up("--sink", "off", "--aws-listen", aws)
        try:
            puts = fill(client(aws, "s3"), body)
            for number in range(rounds):
                rate, cpu = crawl_bucket(up, client(aws, "glue"), number)
                results["bucket"].append(rate)
                results["bucket_cpu"].append(cpu)
                results["folder"].append(crawl_folder(folder / "files", folder / f"data{number}"))
            memory = memory_mib(up.pid, "VmHWM")
        finally:
            up.stop()
    print(f"crawl of {FILES:,} Parquet files of {len(body)} bytes in {PARTITIONS} partitions (PUT at {puts:,.0f}/s by boto3):")
    print(f"  in a bucket, through the door   files/s {spread(results['bucket'])}   CPU s "
          f"{spread(results['bucket_cpu'], 2)}   at most {memory:.0f} MiB RSS")
    print(f"  in a folder                     files/s {spread(results['folder'])}   the bucket has "
          f"{ratio(results['bucket'], results['folder']):.2f} x of it")
    return results
