"""Buckets: what S3 clients put there is read by SQL where it lies, and survives what kills the process."""
import hashlib
import io
import json
import os
import random
import signal
import sqlite3
import time

import pyarrow as pa
import pyarrow.parquet as pq
from until_gone import CONFIG, UntilGone

LONG = os.environ.get("TICKLAKE_LONG") == "1"


def parquet(rows, start=0):
    out = io.BytesIO()
    pq.write_table(pa.table({"id": pa.array(range(start, start + rows), pa.int64()),
                             "symbol": [f"S{i % 7}" for i in range(rows)]}), out)
    return out.getvalue()


def sql(run, data, text):
    return json.loads(run("sql", "--data", data, "-o", "json", text).stdout)


def test_tables_in_a_bucket_are_crawled_and_read_where_they_lie(run, start_up):
    up = start_up()
    s3 = up.s3()
    s3.create_bucket(Bucket="research")
    for day in range(1, 4):
        s3.put_object(Bucket="research", Key=f"in/fills/day={day}/part.parquet", Body=parquet(2000, day * 2000))
    s3.put_object(Bucket="research", Key="in/venues/venues.csv", Body=b"mic,name,since\nXNAS,Nasdaq,1971\nXNYS,NYSE,1792\n")
    s3.put_object(Bucket="research", Key="in/fills/", Body=b"")  # as consoles make folders
    s3.put_object(Bucket="research", Key="in/fills/_SUCCESS", Body=b"")
    plan = json.loads(run("crawl", "s3://research/in", "--data", up.data, "--json", "--table-level", "2").stdout)
    assert {t["name"]: t["partitions"]["new"] for t in plan["tables"]} == {"fills": 3, "venues": 0}

    fills = "SELECT day, count(*) AS n, sum(id) AS total FROM fills GROUP BY day ORDER BY day"
    expected = [{"day": str(d), "n": 2000, "total": sum(range(d * 2000, d * 2000 + 2000))} for d in (1, 2, 3)]
    venues = "SELECT name FROM venues WHERE mic = 'XNYS'"
    for ask in (up.sql, lambda text: sql(run, up.data, text)):
        assert ask(fills) == expected
        assert ask(venues) == [{"name": "NYSE"}]
    # What is replaced, added and removed is seen by the next query.
    s3.put_object(Bucket="research", Key="in/venues/venues.csv", Body=b"mic,name,since\nXNYS,Big Board,1792\n")
    s3.put_object(Bucket="research", Key="in/fills/day=1/more.parquet", Body=parquet(10))
    s3.delete_object(Bucket="research", Key="in/fills/day=3/part.parquet")
    expected = [{"day": "1", "n": 2010, "total": expected[0]["total"] + 45}, expected[1]]
    assert up.sql(fills) == expected
    assert up.sql(venues) == [{"name": "Big Board"}]
    listed = run("s3", "ls", "--data", up.data, "--json", "--recursive", "s3://research/in/fills/day=1/").stdout
    assert [json.loads(line)["key"] for line in listed.splitlines()] == [
        "in/fills/day=1/more.parquet", "in/fills/day=1/part.parquet"]
    # Files cannot be named by themselves, those of the buckets no more than others.
    for text in (f"SELECT * FROM read_csv('{up.data}/buckets/index.db')", "SELECT * FROM 's3://research/in/a.csv'"):
        assert run("sql", "--data", up.data, text, check=False).returncode != 0
    up.stop()
    assert sql(run, up.data, fills) == expected, "nobody runs it"
    assert sql(run, up.data, venues) == [{"name": "Big Board"}]


def test_s3_commands_copy_both_ways(run, tmp_path):
    data = tmp_path / "lake"
    folder = tmp_path / "files"
    (folder / "sub").mkdir(parents=True)
    big = random.Random(1).randbytes(3_000_000)
    (folder / "sub" / "big.bin").write_bytes(big)
    (folder / "small.txt").write_text("x")
    run("s3", "mb", "s3://box", "--data", data)
    run("s3", "cp", folder, "s3://box/in", "--recursive", "--data", data)
    run("s3", "cp", "s3://box/in/sub/big.bin", "s3://box/copy.bin", "--data", data)
    run("s3", "cp", "s3://box/copy.bin", tmp_path / "back.bin", "--data", data)
    assert (tmp_path / "back.bin").read_bytes() == big
    lines = [json.loads(line) for line in run("s3", "ls", "s3://box", "--json", "--recursive", "--data", data).stdout.splitlines()]
    assert [(line["key"], line["size"]) for line in lines] == [
        ("copy.bin", len(big)), ("in/small.txt", 1), ("in/sub/big.bin", len(big))]
    assert lines[0]["etag"] == hashlib.md5(big).hexdigest()
    run("s3", "rm", "s3://box/in", "--recursive", "--data", data)
    assert run("s3", "ls", "s3://box", "--data", data).stdout.split()[-1] == "copy.bin"
    assert run("s3", "rm", "s3://box/none", "--data", data, check=False).returncode == 3
    for name in ("b", "Box", "a_b", "192.168.1.1", "-box", "ticklake"):
        wrong = run("s3", "mb", f"s3://{name}", "--data", data, check=False)
        assert wrong.returncode == 1 and name in wrong.stderr, name
    assert "3 to 63" in run("s3", "mb", "s3://b", "--data", data, check=False).stderr
    assert run("s3", "mb", "s3://box/in", "--data", data, check=False).returncode == 1
    assert run("s3", "ls", "--data", data).stdout == "s3://box\n"
    wrong = run("s3", "cp", "a", "b", "--data", data, check=False)
    assert wrong.returncode == 1 and "s3://BUCKET/KEY" in wrong.stderr


class Writer(UntilGone):
    """Puts and replaces objects of its own, in one piece and in parts."""

    def __init__(self, up, number, seed, may_be):
        super().__init__(number, seed)
        self.s3 = up.s3(config=CONFIG)
        self.may_be = {k: v for k, v in may_be.items() if k.startswith(f"{number}/")}  # key -> None, or a digest

    def step(self):
        key = f"{self.number}/{self.rng.randrange(6)}"
        size = self.rng.choice([10, 3_000, 20_000, 400_000])
        body = self.rng.randbytes(size)
        digest = hashlib.sha256(body).hexdigest()
        before = self.may_be.setdefault(key, {None})
        self.may_be[key] = before | {digest}
        if self.rng.randrange(5) == 0:
            body += self.rng.randbytes(5 << 20)
            self.may_be[key] = before | {hashlib.sha256(body).hexdigest()}
            digest = hashlib.sha256(body).hexdigest()
            begun = self.s3.create_multipart_upload(Bucket="uploads", Key=key)["UploadId"]
            parts = []
            for n, piece in enumerate((body[:5 << 20], body[5 << 20:]), 1):
                tag = self.s3.upload_part(Bucket="uploads", Key=key, UploadId=begun, PartNumber=n, Body=piece)["ETag"]
                parts.append({"PartNumber": n, "ETag": tag})
            self.s3.complete_multipart_upload(Bucket="uploads", Key=key, UploadId=begun, MultipartUpload={"Parts": parts})
        else:
            self.s3.put_object(Bucket="uploads", Key=key, Body=body)
        self.may_be[key] = {digest}


def test_kill_9_leaves_every_object_whole(start_up, report):
    rounds = 20 if LONG else 2
    acked = 0
    data = None
    may_be = {}
    for number in range(rounds):
        up = start_up(data=data)
        data = up.data
        s3 = up.s3()
        if number == 0:
            s3.create_bucket(Bucket="uploads")
        for key, digests in may_be.items():
            try:
                found = hashlib.sha256(s3.get_object(Bucket="uploads", Key=key)["Body"].read()).hexdigest()
            except s3.exceptions.NoSuchKey:
                found = None
            assert found in digests, f"{key} after round {number}"
        listed = {o["Key"]: o["Size"] for o in s3.list_objects_v2(Bucket="uploads").get("Contents", [])}
        assert set(listed) <= set(may_be) and all(k in listed for k, d in may_be.items() if None not in d)
        writers = [Writer(up, n, 100 * number + n, may_be) for n in range(4)]
        for writer in writers:
            writer.start()
        time.sleep(random.Random(number).uniform(0.3, 1.2))
        os.kill(up.process.pid, signal.SIGKILL)
        up.process.wait()
        for writer in writers:
            writer.join()
            may_be.update(writer.may_be)
            acked += writer.acked
    report("bucket-kills", f"{rounds} kills of a process that took puts and multipart uploads from 4 clients, {acked} acked")
    up = start_up(data=data)
    up.s3().put_object(Bucket="uploads", Key="z", Body=b"x")
    assert acked > 0
    # Only files that the index names are left.
    with sqlite3.connect(f"file:{data}/buckets/index.db?mode=ro", uri=True) as index:
        named = {path for (path,) in index.execute("SELECT path FROM files")}
    objects = data / "buckets" / "objects"
    assert {str(p.relative_to(objects)) for p in objects.rglob("*") if p.is_file()} <= named
