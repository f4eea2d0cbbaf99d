"""The S3 door with Amazon's own clients: boto3 and the aws CLI, and with requests that no client would send."""

import base64
import concurrent.futures
import hashlib
import io
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import boto3.s3.transfer
import botocore.config
import botocore.exceptions
import pytest

MIB = 1 << 20


def code_of(call, **arguments) -> str:
    """The error's code that a call must end with."""
    with pytest.raises(botocore.exceptions.ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"]


def test_objects_come_back_as_they_were(up):
    s3 = up.s3()
    s3.create_bucket(Bucket="objects")
    body = os.urandom(3 * MIB + 17)
    put = s3.put_object(Bucket="objects", Key="a b/c+d/é", Body=body, ContentType="text/x", Metadata={"who": "me"},
                        CacheControl="no-cache", Tagging="k=v&l=w", ChecksumAlgorithm="SHA256")
    assert put["ETag"] == f'"{hashlib.md5(body).hexdigest()}"'
    assert put["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(body).digest()).decode()
    got = s3.get_object(Bucket="objects", Key="a b/c+d/é")
    assert got["Body"].read() == body
    assert (got["ContentType"], got["Metadata"], got["CacheControl"], got["TagCount"]) == (
        "text/x", {"who": "me"}, "no-cache", 2)
    assert s3.get_object(Bucket="objects", Key="a b/c+d/é", Range="bytes=-17")["Body"].read() == body[-17:]
    # Each transfer form that SDKs have, with each algorithm, in a signed and an unsigned payload.
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket="objects", Key=algorithm, Body=io.BytesIO(body), ChecksumAlgorithm=algorithm)
        s3.upload_fileobj(io.BytesIO(body), "objects", algorithm + "+", ExtraArgs={"ChecksumAlgorithm": algorithm},
                          Config=boto3.s3.transfer.TransferConfig(multipart_threshold=MIB, multipart_chunksize=5 * MIB))
        for key in (algorithm, algorithm + "+"):
            assert s3.get_object(Bucket="objects", Key=key, ChecksumMode="ENABLED")["Body"].read() == body
    listed = s3.list_objects_v2(Bucket="objects", Delimiter="/")
    assert [p["Prefix"] for p in listed["CommonPrefixes"]] == ["a b/"]
    assert [o["Key"] for o in listed["Contents"]] == sorted(["CRC32", "CRC32+", "SHA1", "SHA1+", "SHA256", "SHA256+"])
    s3.copy_object(Bucket="objects", Key="copy", CopySource={"Bucket": "objects", "Key": "a b/c+d/é"})
    assert s3.head_object(Bucket="objects", Key="copy")["Metadata"] == {"who": "me"}
    assert code_of(s3.delete_bucket, Bucket="objects") == "BucketNotEmpty"
    keys = [{"Key": o["Key"]} for page in s3.get_paginator("list_objects_v2").paginate(Bucket="objects", PaginationConfig={
        "PageSize": 2}) for o in page["Contents"]]
    deleted = s3.delete_objects(Bucket="objects", Delete={"Objects": keys})
    assert len(deleted["Deleted"]) == 8 and "Errors" not in deleted
    s3.delete_bucket(Bucket="objects")
    assert code_of(s3.list_objects_v2, Bucket="objects") == "NoSuchBucket"


def test_multipart_with_copied_parts(up):
    s3 = up.s3()
    s3.create_bucket(Bucket="parts")
    source = os.urandom(11 * MIB)
    s3.put_object(Bucket="parts", Key="source", Body=source)
    # As pyarrow, Hadoop and the CLI do it.
    upload = s3.create_multipart_upload(Bucket="parts", Key="whole")["UploadId"]
    first = s3.upload_part_copy(Bucket="parts", Key="whole", UploadId=upload, PartNumber=1,
                                CopySource="parts/source", CopySourceRange=f"bytes=0-{6 * MIB - 1}")["CopyPartResult"]
    second = s3.upload_part(Bucket="parts", Key="whole", UploadId=upload, PartNumber=7, Body=b"the end")
    listed = s3.list_parts(Bucket="parts", Key="whole", UploadId=upload)
    assert [(p["PartNumber"], p["Size"]) for p in listed["Parts"]] == [(1, 6 * MIB), (7, 7)]
    assert [u["Key"] for u in s3.list_multipart_uploads(Bucket="parts")["Uploads"]] == ["whole"]
    done = s3.complete_multipart_upload(Bucket="parts", Key="whole", UploadId=upload, MultipartUpload={"Parts": [
        {"PartNumber": 1, "ETag": first["ETag"]}, {"PartNumber": 7, "ETag": second["ETag"]}]})
    md5 = hashlib.md5(hashlib.md5(source[:6 * MIB]).digest() + hashlib.md5(b"the end").digest()).hexdigest()
    assert done["ETag"] == f'"{md5}-2"'
    assert s3.get_object(Bucket="parts", Key="whole")["Body"].read() == source[:6 * MIB] + b"the end"
    assert s3.get_object(Bucket="parts", Key="whole", PartNumber=2)["Body"].read() == b"the end"
    attributes = s3.get_object_attributes(Bucket="parts", Key="whole", ObjectAttributes=["ObjectParts", "ObjectSize"])
    assert (attributes["ObjectSize"], attributes["ObjectParts"]["TotalPartsCount"]) == (6 * MIB + 7, 2)
    abandoned = s3.create_multipart_upload(Bucket="parts", Key="never")["UploadId"]
    s3.upload_part(Bucket="parts", Key="never", UploadId=abandoned, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket="parts", Key="never", UploadId=abandoned)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="parts")
    assert code_of(s3.list_parts, Bucket="parts", Key="never", UploadId=abandoned) == "NoSuchUpload"


def test_one_of_many_writers_wins(up):
    """The way that table formats without a catalog commit: exactly one If-None-Match, and one If-Match, holds."""
    s3 = up.s3(config=botocore.config.Config(max_pool_connections=16))
    s3.create_bucket(Bucket="race")

    def race(**condition) -> list:
        won = []

        def write(number):
            try:
                s3.put_object(Bucket="race", Key="k", Body=f"{number} {condition}".encode(), **condition)
                won.append(number)
            except botocore.exceptions.ClientError as error:
                assert error.response["Error"]["Code"] == "PreconditionFailed"

        threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return won

    for condition in ({"IfNoneMatch": "*"}, None):
        if condition is None:
            condition = {"IfMatch": s3.head_object(Bucket="race", Key="k")["ETag"]}
        won = race(**condition)
        assert len(won) == 1
        assert s3.get_object(Bucket="race", Key="k")["Body"].read().startswith(b"%d " % won[0])


def test_what_terraform_asks_of_a_bucket(up):
    """Each reads as S3 answers where the feature is off; what would be a silent lie is refused."""
    s3 = up.s3()
    s3.create_bucket(Bucket="plain")
    off = {
        "get_bucket_policy": "NoSuchBucketPolicy",
        "get_bucket_cors": "NoSuchCORSConfiguration",
        "get_bucket_tagging": "NoSuchTagSet",
        "get_bucket_website": "NoSuchWebsiteConfiguration",
        "get_bucket_lifecycle_configuration": "NoSuchLifecycleConfiguration",
        "get_bucket_replication": "ReplicationConfigurationNotFoundError",
        "get_object_lock_configuration": "ObjectLockConfigurationNotFoundError",
    }
    for call, code in off.items():
        assert code_of(getattr(s3, call), Bucket="plain") == code
    assert set(s3.get_public_access_block(Bucket="plain")["PublicAccessBlockConfiguration"].values()) == {True}
    owned = s3.get_bucket_ownership_controls(Bucket="plain")["OwnershipControls"]
    assert owned["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    rule = s3.get_bucket_encryption(Bucket="plain")["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule == [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": False}]
    assert "Status" not in s3.get_bucket_versioning(Bucket="plain")
    assert s3.get_bucket_request_payment(Bucket="plain")["Payer"] == "BucketOwner"
    assert "Status" not in s3.get_bucket_accelerate_configuration(Bucket="plain")
    assert "LoggingEnabled" not in s3.get_bucket_logging(Bucket="plain")
    assert s3.get_bucket_acl(Bucket="plain")["Grants"][0]["Permission"] == "FULL_CONTROL"
    assert s3.get_bucket_location(Bucket="plain")["LocationConstraint"] is None
    tags = [{"Key": "team", "Value": "a & b"}]
    s3.put_bucket_tagging(Bucket="plain", Tagging={"TagSet": tags})
    assert s3.get_bucket_tagging(Bucket="plain")["TagSet"] == tags
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    s3.put_bucket_policy(Bucket="plain", Policy=policy)
    assert s3.get_bucket_policy(Bucket="plain")["Policy"] == policy
    assert code_of(s3.put_bucket_versioning, Bucket="plain",
                   VersioningConfiguration={"Status": "Enabled"}) == "NotImplemented"
    moves = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": ""}, "Transitions": [{"Days": 1, "StorageClass": "GLACIER"}]}
    assert code_of(s3.put_bucket_lifecycle_configuration, Bucket="plain",
                   LifecycleConfiguration={"Rules": [moves]}) == "NotImplemented"
    ends = {"ID": "x", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket="plain", LifecycleConfiguration={"Rules": [ends]})
    assert s3.get_bucket_lifecycle_configuration(Bucket="plain")["Rules"] == [ends]
    assert 'rule-id="x"' in s3.put_object(Bucket="plain", Key="tmp/k", Body=b"x")["Expiration"]
    s3.delete_object(Bucket="plain", Key="tmp/k")
    s3.delete_bucket_lifecycle(Bucket="plain")
    assert code_of(s3.put_bucket_acl, Bucket="plain", ACL="public-read") == "AccessControlListNotSupported"
    acl = s3.get_bucket_acl(Bucket="plain")
    owners = {"Owner": acl["Owner"], "Grants": acl["Grants"]}
    s3.put_bucket_acl(Bucket="plain", AccessControlPolicy=owners)
    assert code_of(s3.put_bucket_acl, Bucket="plain",
                   AccessControlPolicy={**owners, "Grants": []}) == "AccessControlListNotSupported"
    s3.delete_bucket_policy(Bucket="plain")
    s3.delete_bucket_tagging(Bucket="plain")
    # force_destroy deletes the versions that it is shown.
    s3.put_object(Bucket="plain", Key="k", Body=b"x")
    versions = s3.list_object_versions(Bucket="plain")["Versions"]
    assert [(v["Key"], v["VersionId"], v["IsLatest"]) for v in versions] == [("k", "null", True)]
    s3.delete_objects(Bucket="plain", Delete={"Objects": [{"Key": "k", "VersionId": "null"}]})
    s3.delete_bucket(Bucket="plain")


def test_cors_for_browsers(up):
    s3 = up.s3()
    s3.create_bucket(Bucket="site")
    s3.put_object(Bucket="site", Key="k", Body=b"x")
    s3.put_bucket_cors(Bucket="site", CORSConfiguration={"CORSRules": [
        {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.example.com"], "AllowedHeaders": ["*"],
         "ExposeHeaders": ["ETag"], "MaxAgeSeconds": 60}]})

    def ask(method, **headers):
        request = urllib.request.Request(up.aws + "/site/k", method=method, headers={
            name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, answer.headers
        except urllib.error.HTTPError as error:
            return error.code, error.headers

    status, headers = ask("OPTIONS", Origin="https://a.example.com", Access_Control_Request_Method="PUT",
                          Access_Control_Request_Headers="content-type, x-amz-date")
    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "https://a.example.com"
    assert headers["Access-Control-Allow-Headers"] == "content-type, x-amz-date"
    assert headers["Access-Control-Max-Age"] == "60"
    assert ask("OPTIONS", Origin="https://evil.com", Access_Control_Request_Method="PUT")[0] == 403
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "site", "Key": "k"})
    request = urllib.request.Request(url, headers={"Origin": "https://a.example.com"})
    with urllib.request.urlopen(request) as answer:
        assert answer.read() == b"x"
        assert answer.headers["Access-Control-Allow-Origin"] == "https://a.example.com"
        assert answer.headers["Access-Control-Expose-Headers"] == "ETag"


def post_form(url, fields, body) -> tuple:
    """A browser's upload: the status, and the error's code."""
    boundary = "formboundary"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
             for name, value in fields.items()]
    form = "".join(parts).encode() + (f'--{boundary}\r\nContent-Disposition: form-data; name="file"; '
                                      f'filename="f.txt"\r\n\r\n').encode() + body + f"\r\n--{boundary}--\r\n".encode()
    request = urllib.request.Request(url, data=form, method="POST", headers={
        "Content-Type": f"multipart/form-data; boundary={boundary}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        text = error.read().decode()
        return error.code, text.partition("<Code>")[2].partition("<")[0]


def test_forms_are_taken_from_those_who_signed_them(run, up):
    """boto3's generate_presigned_post, in both versions of signatures; with keys nothing else gets in."""
    def new_key(*options):
        made = json.loads(run("keys", "create", "--data", up.data, "--json", *options).stdout)
        return {"aws_access_key_id": made["access_key_id"], "aws_secret_access_key": made["secret_access_key"]}

    key = new_key("--name", "poster")
    v2 = botocore.config.Config(signature_version="s3")
    up.s3(**key, config=v2).create_bucket(Bucket="forms")
    for config in (None, v2):
        s3 = up.s3(**key, config=config)
        post = s3.generate_presigned_post("forms", "in/${filename}", Fields={"x-amz-meta-a": "1"}, Conditions=[
            {"x-amz-meta-a": "1"}, ["content-length-range", 1, 100]])
        url, fields = post["url"], post["fields"]
        assert post_form(url, fields, b"posted") == (204, "")
        assert s3.get_object(Bucket="forms", Key="in/f.txt")["Metadata"] == {"a": "1"}
        # What the policy does not allow.
        assert post_form(url, {**fields, "key": "out/k"}, b"x") == (403, "AccessDenied")
        assert post_form(url, {**fields, "x-amz-meta-b": "1"}, b"x") == (403, "AccessDenied")
        assert post_form(url, fields, b"x" * 101) == (400, "EntityTooLarge")
        assert post_form(url, fields, b"") == (400, "EntityTooSmall")
        # What was not signed.
        policy = json.loads(base64.b64decode(fields["policy"]))
        policy["conditions"] = [c for c in policy["conditions"] if "x-amz-meta-a" not in c] + [["starts-with", "$key", ""]]
        forged = base64.b64encode(json.dumps(policy).encode()).decode()
        assert post_form(url, {**fields, "policy": forged}, b"x") == (403, "SignatureDoesNotMatch")
        for name in fields:
            if "signature" in name:
                assert post_form(url, {n: v for n, v in fields.items() if n != name}, b"x") == (400, "InvalidArgument")
        expired = s3.generate_presigned_post("forms", "k", ExpiresIn=-1)
        assert post_form(expired["url"], expired["fields"], b"x") == (403, "AccessDenied")
    assert post_form(up.aws + "/forms", {"key": "k"}, b"x") == (403, "AccessDenied")
    for path in ("/", "/forms/k", "/forms?delete"):
        assert post_form(up.aws + path, {"key": "k"}, b"x")[0] == 403, path
    for options in (("--read-only",), ("--scope", "forms/other"), ("--scope", "elsewhere")):
        post = up.s3(**new_key(*options)).generate_presigned_post("forms", "in/k")
        assert post_form(post["url"], post["fields"], b"x") == (403, "AccessDenied"), options
    assert [o["Key"] for o in up.s3(**key).list_objects_v2(Bucket="forms")["Contents"]] == ["in/f.txt"]


def test_the_aws_cli(up, tmp_path):
    environment = {**os.environ, "AWS_ENDPOINT_URL": up.aws, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": ""}

    def aws(*arguments):
        done = subprocess.run([pathlib.Path(sys.executable).parent / "aws", *map(str, arguments)], env=environment,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout

    body = os.urandom(9 * MIB)
    (tmp_path / "big").write_bytes(body)
    aws("s3", "mb", "s3://cli")
    aws("s3", "cp", tmp_path / "big", "s3://cli/folder/big")
    assert "folder/" in aws("s3", "ls", "s3://cli")
    aws("s3", "cp", "s3://cli/folder/big", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == body
    aws("s3", "rb", "--force", "s3://cli")


@pytest.mark.aws
def test_the_aws_cli_on_whole_folders(up, tmp_path):
    """sync both ways, with --delete and empty files; rm --recursive; presign. None waits for an answer until it tries again."""
    environment = {**os.environ, "AWS_ENDPOINT_URL": up.aws, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                   "AWS_DEFAULT_REGION": "us-east-1", "AWS_PAGER": ""}

    def aws(*arguments):
        done = subprocess.run([pathlib.Path(sys.executable).parent / "aws", "s3", *map(str, arguments)], env=environment,
                              capture_output=True, text=True, timeout=50)
        assert done.returncode == 0, done.stderr
        return done.stdout

    s3 = up.s3()
    s3.create_bucket(Bucket="sync")
    here, there = tmp_path / "here", tmp_path / "there"
    choose = random.Random(1)
    for number in range(60):
        file = here / choose.choice(["a", "a=1/b c", "é", "."]) / f"{number}.bin"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(choose.randbytes(choose.choice([0, 1, 1000, 20_000])))
    (here / "big.bin").write_bytes(choose.randbytes(9 * MIB))

    def files(folder):
        return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}

    assert len(aws("sync", here, "s3://sync/in").splitlines()) >= 61
    assert aws("sync", here, "s3://sync/in") == "", "all was there already"
    aws("sync", "s3://sync/in", there)
    assert files(there) == files(here)
    for file in sorted(here.rglob("*.bin"))[:10]:
        file.unlink()
    (here / "new").write_bytes(b"new")
    aws("sync", here, "s3://sync/in", "--delete")
    aws("sync", "s3://sync/in", there, "--delete")
    assert files(there) == files(here)
    aws("sync", "s3://sync/in/a=1", "s3://sync/copy")
    assert {k.removeprefix("a=1/") for k in files(here) if k.startswith("a=1/")} == {
        o["Key"].removeprefix("copy/") for o in s3.list_objects_v2(Bucket="sync", Prefix="copy/")["Contents"]}
    with urllib.request.urlopen(aws("presign", "s3://sync/in/new").strip()) as answer:
        assert answer.read() == b"new"
    aws("rm", "s3://sync", "--recursive")
    assert "Contents" not in s3.list_objects_v2(Bucket="sync")


@pytest.fixture(scope="session")
def other_clients() -> pathlib.Path:
    """The Python of S3 clients that need an environment of their own."""
    here = pathlib.Path(__file__).parent
    made = subprocess.run([here / "run", "--venv", "s3"], capture_output=True, text=True, timeout=600)
    assert made.returncode == 0, made.stderr
    return pathlib.Path(made.stdout.strip()) / "bin" / "python"


@pytest.mark.aws
@pytest.mark.parametrize("scenario", ["s3fs", "duckdb_httpfs"])
def test_other_clients(up, other_clients, scenario):
    up.s3().create_bucket(Bucket="httpfs")
    script = pathlib.Path(__file__).parent / "clients" / f"{scenario}_scenario.py"
    endpoint = up.aws if scenario == "s3fs" else up.aws.removeprefix("http://")
    done = subprocess.run([other_clients, script, endpoint], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


@pytest.mark.aws
def test_boto3_transfers_by_many_hands(up, tmp_path):
    """The transfer manager: parts of several files in flight at once, both ways."""
    s3 = up.s3(config=botocore.config.Config(max_pool_connections=40))
    s3.create_bucket(Bucket="transfer")
    config = boto3.s3.transfer.TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=5 * MIB, max_concurrency=20)
    bodies = {f"k{n}": os.urandom(n * MIB + 7) for n in (1, 5, 11, 23, 40)}

    def there_and_back(key):
        (tmp_path / key).write_bytes(bodies[key])
        s3.upload_file(str(tmp_path / key), "transfer", key, Config=config)
        s3.download_file("transfer", key, str(tmp_path / (key + ".back")), Config=config)
        assert (tmp_path / (key + ".back")).read_bytes() == bodies[key]

    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        list(pool.map(there_and_back, bodies))
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="transfer")


def test_a_client_that_goes_away_leaves_nothing(up):
    s3 = up.s3()
    s3.create_bucket(Bucket="gone")
    s3.put_object(Bucket="gone", Key="k", Body=b"before")
    host, port = up.aws.removeprefix("http://").split(":")
    for _ in range(5):
        with socket.create_connection((host, int(port))) as client:
            client.sendall(f"PUT /gone/k HTTP/1.1\r\nHost: {host}\r\nContent-Length: 9000000\r\n\r\n".encode() + b"x" * 3_000_000)
    deadline = time.monotonic() + 10
    buckets = pathlib.Path(up.data) / "buckets"
    while sum(f.stat().st_size for f in buckets.rglob("*") if f.is_file()) > MIB:
        assert time.monotonic() < deadline, "bytes of broken uploads stay"
        time.sleep(0.05)
    assert s3.get_object(Bucket="gone", Key="k")["Body"].read() == b"before"
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="gone")["Contents"]] == ["k"]


def test_hostile_requests_get_an_answer_of_s3(up):
    """Neither a 500 nor a hang, and the instance goes on; seeded."""
    s3 = up.s3()
    s3.create_bucket(Bucket="hostile")
    seed = int(os.environ.get("TICKLAKE_SEED", "1"))
    choose = random.Random(seed)
    bodies = [b"", b"<", b"<Delete>", b"<Delete>" + b"<a>" * 20_000, b"\xff" * 100,
              b'<!DOCTYPE a [<!ENTITY b "c">]><Delete>&b;</Delete>', b"<Delete><Object><Key>" + b"k" * 5000]
    queries = ["uploads", "uploadId=x", "partNumber=0&uploadId=x", "partNumber=99999999999999999999&uploadId=x", "delete",
               "acl", "tagging", "cors", "policy", "versioning", "list-type=2&max-keys=-1", "list-type=3", "versionId=..",
               "continuation-token=%00", "select", "restore", "torrent", "lifecycle", "attributes", "x-id=GetObject"]
    fields = [("Range", "bytes=9-1"), ("Content-MD5", "x"), ("x-amz-copy-source", "/../../etc/passwd"),
              ("x-amz-copy-source", "%"), ("x-amz-checksum-crc32", "x"), ("x-amz-acl", "everyone"), ("Expect", "x"),
              ("If-Match", ""), ("x-amz-tagging", "%zz"), ("x-amz-meta-a", "b" * 3000), ("x-amz-object-attributes", "x"),
              ("Content-Type", "multipart/form-data; boundary=b"), ("x-amz-decoded-content-length", "-1")]
    paths = ["/hostile", "/hostile/k", "/hostile/%2e%2e/k", "/hostile/%00", "/hostile/%ff", "//", "/%2e%2e/x", "/hostile/" +
             "k" * 1100, "/UPPER", "/ticklake/../x"]
    for number in range(300 if os.environ.get("TICKLAKE_LONG") != "1" else 5_000):
        path = choose.choice(paths)
        if choose.random() < 0.6:
            path += "?" + choose.choice(queries)
        method = choose.choice(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH"])
        headers = dict(choose.sample(fields, choose.randint(0, 2)))
        body = choose.choice(bodies) if method in ("PUT", "POST") else None
        request = urllib.request.Request(up.aws + path, data=body, method=method, headers=headers)
        told = f"request {number} of seed {seed}: {method} {path} {headers} {body!r:.40}"
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        assert status < 500 or status == 501, f"{told}: {status} {text!r}"
        if status >= 400 and method != "HEAD" and status not in (412, 417):
            assert b"<Code>" in text, f"{told}: {status} {text!r}"
    assert s3.list_buckets()["Buckets"]


def test_the_lake_is_there_to_read(up):
    s3 = up.s3()
    assert "ticklake" in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    assert code_of(s3.put_object, Bucket="ticklake", Key="market/x", Body=b"x") == "AccessDenied"
    assert code_of(s3.put_object, Bucket="ticklake", Key="nowhere/t/data/x", Body=b"x") == "AccessDenied"
    assert code_of(s3.delete_bucket, Bucket="ticklake") == "AccessDenied"
    assert code_of(s3.create_bucket, Bucket="ticklake") == "BucketAlreadyExists"
    assert code_of(s3.get_object, Bucket="ticklake", Key="../catalog.db") == "NoSuchKey"


@pytest.mark.aws
def test_pyarrow(up):
    """Arrow's own S3 client, as pyiceberg and pandas use it: chunked uploads with trailers, folders, moves."""
    import pyarrow.fs

    up.s3().create_bucket(Bucket="arrow")
    files = pyarrow.fs.S3FileSystem(access_key="test", secret_key="test", region="us-east-1", endpoint_override=up.aws)
    body = os.urandom(23 * MIB)
    with files.open_output_stream("arrow/folder/big") as out:
        for at in range(0, len(body), MIB):
            out.write(body[at:at + MIB])
    with files.open_output_stream("arrow/folder/small", metadata={"Content-Type": "text/x"}) as out:
        out.write(b"small")
    files.copy_file("arrow/folder/big", "arrow/folder/copy=1/b c")
    with files.open_input_file("arrow/folder/copy=1/b c") as file:
        assert file.size() == len(body)
        file.seek(20 * MIB)
        assert file.read() == body[20 * MIB:]
    files.move("arrow/folder/small", "arrow/moved")
    found = files.get_file_info(pyarrow.fs.FileSelector("arrow", recursive=True))
    names = {info.path for info in found if info.type == pyarrow.fs.FileType.File}
    assert names == {"arrow/folder/big", "arrow/folder/copy=1/b c", "arrow/moved"}
    files.delete_dir("arrow/folder")
    assert files.get_file_info("arrow/folder/big").type == pyarrow.fs.FileType.NotFound


@pytest.mark.aws
def test_awswrangler(up, monkeypatch):
    """Data sets of plain Parquet, without a catalog."""
    import awswrangler
    import pandas

    for name, value in {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1",
                        "AWS_ENDPOINT_URL": up.aws}.items():
        monkeypatch.setenv(name, value)
    up.s3().create_bucket(Bucket="wrangled")
    frame = pandas.DataFrame({"day": ["a=1", "b c"] * 500, "n": range(1000)})
    awswrangler.s3.to_parquet(frame, path="s3://wrangled/set/", dataset=True, partition_cols=["day"])
    awswrangler.s3.to_parquet(frame, path="s3://wrangled/set/", dataset=True, partition_cols=["day"],
                              mode="overwrite_partitions")
    back = awswrangler.s3.read_parquet("s3://wrangled/set/", dataset=True)
    assert sorted(back["n"]) == list(range(1000)) and set(back["day"]) == {"a=1", "b c"}
    objects = awswrangler.s3.list_objects("s3://wrangled/set/")
    assert len(objects) == 2 and awswrangler.s3.size_objects(objects)
    awswrangler.s3.copy_objects(objects, "s3://wrangled/set/", "s3://wrangled/copied/")
    awswrangler.s3.delete_objects("s3://wrangled/set/")
    assert len(awswrangler.s3.list_objects("s3://wrangled/")) == 2
    assert awswrangler.s3.does_object_exist(awswrangler.s3.list_objects("s3://wrangled/copied/")[0])
