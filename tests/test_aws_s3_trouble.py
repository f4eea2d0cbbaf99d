"""The S3 door in trouble: clients that trickle, a disk that is full, what a crash left on its way into the lake."""

import concurrent.futures
import contextlib
import os
import signal
import socket
import subprocess
import time

import botocore.config
import botocore.exceptions
import pytest

MIB = 1 << 20


def connect(up) -> socket.socket:
    host, port = up.aws.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=10)


def trickle(client, until: float) -> float:
    """A byte a second; the seconds after which the door had enough of it, or fails."""
    began = time.monotonic()
    while time.monotonic() - began < until:
        try:
            client.sendall(b"x")
            client.settimeout(1)
            if client.recv(1) == b"":
                return time.monotonic() - began
        except TimeoutError:
            continue
        except OSError:
            return time.monotonic() - began
    pytest.fail(f"still open after {until} s of a byte a second")


def is_open(client) -> bool:
    """Sends a byte; whether the door still takes it."""
    try:
        client.sendall(b"x")
        client.settimeout(0.001)
        return client.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


@pytest.mark.long
def test_slow_senders_hold_up_nobody(up):
    """More uploads that trickle than the door has hands: they are cut at the pace of a crowd, and others are served."""
    s3 = up.s3(config=botocore.config.Config(read_timeout=20, retries={"max_attempts": 0}))
    s3.create_bucket(Bucket="slow")
    s3.put_object(Bucket="slow", Key="k", Body=b"before")
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connect(up)) for _ in range(80)]
        for client in clients:
            client.sendall(b"PUT /slow/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        began = time.monotonic()
        assert s3.get_object(Bucket="slow", Key="k")["Body"].read() == b"before"
        s3.put_object(Bucket="slow", Key="other", Body=b"x")
        assert time.monotonic() - began < 15, "an honest client waits for those that trickle"
        while len(clients) > 64:
            assert time.monotonic() - began < 20, f"{len(clients)} that trickle are still there"
            time.sleep(1)
            clients = [client for client in clients if is_open(client)]
    assert s3.get_object(Bucket="slow", Key="k")["Body"].read() == b"before"


@pytest.mark.long
def test_a_byte_a_second_ends_as_the_limits_say(up):
    """docs/limits.md: 60 s for a header, 30 s without pace for a body."""
    with connect(up) as header, connect(up) as body:
        header.sendall(b"GET /slow/k HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        body.sendall(b"PUT /slow/k HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
        up.s3().create_bucket(Bucket="slow")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            of_header, of_body = pool.submit(trickle, header, 75), pool.submit(trickle, body, 45)
            assert 50 < of_header.result() < 70
            assert 25 < of_body.result() < 40
    assert "Contents" not in up.s3().list_objects_v2(Bucket="slow")


def refused(call, code="InsufficientStorage", **arguments) -> None:
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    said = error.value.response
    assert (said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"]) == (507, code), said
    assert "free some space" in said["Error"]["Message"]


@pytest.fixture
def small_disk(tmp_path):
    """A folder with room for 64 MiB."""
    mount = tmp_path / "small"
    mount.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", mount], capture_output=True).returncode:
        pytest.skip("NEEDS ROOT: cannot mount a tmpfs to fill up")
    yield mount
    subprocess.run(["umount", "-l", mount], check=False)


def test_full_disk(small_disk, start_up):
    """Puts, parts and completions are refused for what it is, reads go on; with room again all is as before."""
    up = start_up("--sink", "off", data=small_disk / "d")
    s3 = up.s3(config=botocore.config.Config(retries={"max_attempts": 0}))
    s3.create_bucket(Bucket="full")
    kept = os.urandom(2 * MIB)
    s3.put_object(Bucket="full", Key="kept", Body=kept)
    whole = os.urandom(6 * MIB)
    name = {"Bucket": "full", "Key": "whole"}
    upload = {**name, "UploadId": s3.create_multipart_upload(**name)["UploadId"]}
    parts = [{"PartNumber": n, "ETag": s3.upload_part(**upload, PartNumber=n, Body=piece)["ETag"]}
             for n, piece in enumerate((whole[:5 * MIB], whole[5 * MIB:]), 1)]
    room = os.statvfs(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize - MIB))
    for _ in range(2):
        refused(s3.put_object, Bucket="full", Key="kept", Body=os.urandom(4 * MIB))
        refused(s3.upload_part, **upload, PartNumber=3, Body=os.urandom(5 * MIB))
        refused(s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": parts})
        refused(s3.copy_object, Bucket="full", Key="copy", CopySource="full/kept", MetadataDirective="REPLACE")
        assert s3.get_object(Bucket="full", Key="kept")["Body"].read() == kept
        assert [o["Key"] for o in s3.list_objects_v2(Bucket="full")["Contents"]] == ["kept"]
        assert len(s3.list_parts(**upload)["Parts"]) == 2
    ballast.unlink()
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert s3.get_object(**name)["Body"].read() == whole
    s3.put_object(Bucket="full", Key="kept", Body=b"again")
    assert s3.get_object(Bucket="full", Key="kept")["Body"].read() == b"again"
    up.stop()


def test_disk_full_to_the_last_byte(small_disk, start_up):
    """Also what was never written to before, and the catalog: nothing is half, reads go on."""
    up = start_up("--sink", "off", data=small_disk / "d")
    once = botocore.config.Config(retries={"max_attempts": 0})
    s3, glue = up.s3(config=once), up.glue(config=once)
    glue.create_database(DatabaseInput={"Name": "kept"})
    room = os.statvfs(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(room.f_bavail * room.f_frsize))
    table = {"Name": "t", "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int", "Comment": "x" * 200}] * 200}}
    for _ in range(2):
        refused(s3.create_bucket, Bucket="first")
        refused(glue.create_table, "ResourceNumberLimitExceededException", DatabaseName="kept", TableInput=table)
        assert [d["Name"] for d in glue.get_databases()["DatabaseList"]] == ["kept", "market"]
        assert glue.get_tables(DatabaseName="kept")["TableList"] == []
    ballast.unlink()
    s3.create_bucket(Bucket="first")
    glue.create_table(DatabaseName="kept", TableInput=table)
    up.stop()


def test_the_lakes_bucket_has_an_age_and_starts_clean(start_up):
    """Its time is that of the lake, also after a restart; what was staged when the process died is gone, open parts stay."""
    up = start_up()

    def made(instance):
        return {b["Name"]: b["CreationDate"] for b in instance.s3().list_buckets()["Buckets"]}["ticklake"]

    first = made(up)
    assert abs(first.timestamp() - time.time()) < 60
    os.kill(up.process.pid, signal.SIGKILL)
    up.process.wait()
    leftover = up.data / "uploads" / "objects" / "ticklake" / "000001-0000"
    leftover.mkdir(parents=True, exist_ok=True)
    (leftover / "1000000ff").write_bytes(bytes(100_000))
    again = start_up(data=up.data)
    assert made(again) == first
    assert not list((up.data / "uploads").rglob("1000000ff"))
