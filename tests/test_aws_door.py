"""The AWS door as boto3 and plain HTTP see it: keys, signatures, sessions, and what is refused."""

import datetime
import json
import re
import stat
import urllib.error
import urllib.request

import boto3
import botocore.config
import botocore.exceptions
import pytest


@pytest.fixture
def keys(run):
    """keys("create", "--read-only", data=up.data) -> what `ticklake keys` says; of create its two parts as a dict."""

    def keys(*args, data, check=True, **options):
        done = run("keys", *args, "--data", data, check=check, **options)
        made = dict(re.findall(r"export (\w+)=(\S+)", done.stdout))
        if not made:
            return done
        return {"aws_access_key_id": made["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": made["AWS_SECRET_ACCESS_KEY"]}

    return keys


def refused(call, *args, **options) -> str:
    """The code of the error that a call ends with."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(*args, **options)
    return caught.value.response["Error"]["Code"]


def status(url: str, **headers) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def test_without_keys_any_key_is_good(up):
    sts = up.client("sts")
    assert sts.get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
    s3 = up.client("s3", aws_access_key_id="anything", aws_secret_access_key="else")
    s3.create_bucket(Bucket="open")
    s3.put_object(Bucket="open", Key="year=2026/a b", Body=b"x" * 100_000)
    assert s3.get_object(Bucket="open", Key="year=2026/a b")["Body"].read() == b"x" * 100_000
    assert "any access key is accepted" in up.output()
    assert json.loads(urllib.request.urlopen(up.aws + "/_localstack/health").read())["services"]["s3"] == "running"
    assert status(up.aws + "/open/year=2026/a%20b", Host="evil.example") == 403
    assert status(up.aws + "/open/year=2026/a%20b", Origin="https://evil.example") == 403
    assert status(up.aws + "/open/year=2026/a%20b", Origin="http://localhost:3000") == 200


def test_keys_are_asked_for_at_once(up, keys):
    any_key = up.client("s3")
    any_key.create_bucket(Bucket="mine")
    key = keys("create", "--name", "ann", data=up.data)
    assert stat.S_IMODE((up.data / "keys.json").stat().st_mode) == 0o600
    assert key["aws_secret_access_key"] not in (up.data / "keys.json").read_text()
    assert refused(any_key.list_buckets) == "InvalidAccessKeyId"
    assert status(up.aws + "/mine") == 403
    assert refused(up.client("glue").get_databases) == "UnrecognizedClientException"
    assert refused(up.client("sts").get_caller_identity) == "InvalidClientTokenId"

    wrong = {**key, "aws_secret_access_key": "wrong"}
    assert refused(up.client("s3", **wrong).list_buckets) == "SignatureDoesNotMatch"
    assert refused(up.client("glue", **wrong).get_databases) == "InvalidSignatureException"
    assert refused(up.client("sts", **wrong).get_caller_identity) == "SignatureDoesNotMatch"

    s3 = up.client("s3", **key, region_name="eu-central-1")
    s3.put_object(Bucket="mine", Key="k", Body=b"bytes", Metadata={"a": "b  c"})
    assert s3.get_object(Bucket="mine", Key="k")["Metadata"] == {"a": "b  c"}
    assert up.client("glue", **key).get_databases()["DatabaseList"] is not None
    assert up.client("sts", **key).get_caller_identity()["Arn"].endswith(":user/ann")

    listed = keys("list", data=up.data).stdout
    assert key["aws_access_key_id"] in listed and "ann" in listed
    keys("revoke", key["aws_access_key_id"], data=up.data)
    assert refused(s3.list_buckets) == "InvalidAccessKeyId"
    assert keys("revoke", "AKIANOBODY", data=up.data, check=False).returncode == 3
    assert key["aws_secret_access_key"] not in up.output()


def test_a_pair_that_the_user_has(up, keys):
    pair = {"aws_access_key_id": "ci-of-ours", "aws_secret_access_key": "a secret, not AWS's"}
    keys("create", "--id", "ci-of-ours", data=up.data, input=pair["aws_secret_access_key"] + "\n")
    assert up.client("s3", **pair).list_buckets()["Buckets"]
    pair["aws_secret_access_key"] += "!"
    assert refused(up.client("s3", **pair).list_buckets) == "SignatureDoesNotMatch"
    without = keys("create", "--id", "second", data=up.data, check=False, input="")
    assert without.returncode == 1 and "its secret comes on standard input" in without.stderr, without


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize("style", ["path", "virtual"])
def test_presigned(up, keys, version, style):
    key = keys("create", data=up.data)
    # A bucket can stand before a name only: localhost, not an address.
    s3 = boto3.client("s3", endpoint_url=up.aws.replace("127.0.0.1", "localhost"), region_name="us-east-1", **key,
                      config=botocore.config.Config(signature_version=version, s3={"addressing_style": style}))
    plain = up.client("s3", **key)
    plain.create_bucket(Bucket="signed")
    plain.put_object(Bucket="signed", Key="dir/a+b=c &.txt", Body=b"text")
    url = s3.generate_presigned_url("get_object", ExpiresIn=60, Params={
        "Bucket": "signed", "Key": "dir/a+b=c &.txt", "ResponseContentType": "text/x-asked"})
    address = up.aws.removeprefix("http://")
    host = re.match(r"http://([^/]+)", url)[1]
    assert host.startswith("signed.") == (style == "virtual")
    url = url.replace(host, address, 1)
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Host": host})) as response:
        assert response.read() == b"text"
        assert response.headers["Content-Type"] == "text/x-asked"
    for was, other in (("a%2Bb", "a%2Bc"), ("x-asked", "x-other"), ("dir/", "dir//")):
        assert was in url
        assert status(url.replace(was, other), Host=host) == 403


def test_bounded_keys(up, keys):
    all_of_it = up.client("s3", **keys("create", data=up.data))
    all_of_it.create_bucket(Bucket="shared")
    all_of_it.put_object(Bucket="shared", Key="in/a", Body=b"1")
    all_of_it.put_object(Bucket="shared", Key="out/a", Body=b"2")
    reader = up.client("s3", **keys("create", "--read-only", data=up.data))
    assert reader.get_object(Bucket="shared", Key="in/a")["Body"].read() == b"1"
    assert refused(reader.put_object, Bucket="shared", Key="in/b", Body=b"") == "AccessDenied"
    bound = up.client("s3", **keys("create", "--scope", "shared/in", data=up.data))
    bound.put_object(Bucket="shared", Key="in/b", Body=b"3")
    assert refused(bound.get_object, Bucket="shared", Key="out/a") == "AccessDenied"


def test_sessions(up, keys):
    key = keys("create", data=up.data)
    sts = up.client("sts", **key)
    role = "arn:aws:iam::000000000000:role/loader"
    made = sts.assume_role(RoleArn=role, RoleSessionName="nightly", DurationSeconds=900)
    given = made["Credentials"]
    left = given["Expiration"] - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(seconds=880) < left <= datetime.timedelta(seconds=900)
    session = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"],
               "aws_session_token": given["SessionToken"]}
    assert up.client("sts", **session).get_caller_identity()["Arn"] == made["AssumedRoleUser"]["Arn"]
    s3 = up.client("s3", **session)
    s3.create_bucket(Bucket="session")
    s3.put_object(Bucket="session", Key="k", Body=b"x")
    assert up.client("glue", **session).get_databases()["DatabaseList"] is not None
    forged = {**session, "aws_session_token": given["SessionToken"][:20] + "AAAA" + given["SessionToken"][24:]}
    assert refused(up.client("s3", **forged).list_buckets) == "InvalidToken"
    named = sts.assume_role(RoleArn="arn:aws:iam::000000000000:role/r", RoleSessionName="a+b=c")["AssumedRoleUser"]
    assert named["Arn"].endswith(":assumed-role/r/a+b=c")  # the shortest name, and all marks that AWS takes
    plain = sts.get_session_token()["Credentials"]
    assert plain["AccessKeyId"].startswith("ASIA")
    assert refused(sts.assume_role, RoleArn=role, RoleSessionName="nightly", Policy="{}") == "PackedPolicyTooLarge"
    assert refused(sts.assume_role, RoleArn="loader, which is no role's name", RoleSessionName="nightly") == "ValidationError"
    keys("revoke", key["aws_access_key_id"], data=up.data)
    assert refused(s3.list_buckets) == "InvalidAccessKeyId"


def test_others_reach_it_only_with_keys(run, keys, tmp_path, free_port):
    done = run("up", "--data", tmp_path / "d", "--kafka-listen", f"127.0.0.1:{free_port()}", "--http-listen",
               f"127.0.0.1:{free_port()}", "--aws-listen", f"0.0.0.0:{free_port()}", check=False)
    assert done.returncode == 4, done.stderr
    assert "ticklake keys create" in done.stderr
