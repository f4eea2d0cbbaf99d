"""Terraform's AWS provider through the doors: apply, a plan without a difference, destroy.

The provider comes from the registry, or from a folder of plugins that TICKLAKE_TERRAFORM_PLUGINS names.
"""

import json
import os
import shutil
import subprocess

import pytest

pytestmark = pytest.mark.aws

PROVIDER = """
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100" }
  }
}
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = false
  skip_metadata_api_check     = true
  s3_use_path_style           = true
  endpoints {
    s3     = "@ENDPOINT@"
    glue   = "@ENDPOINT@"
    sts    = "@ENDPOINT@"
    athena = "@ENDPOINT@"
  }
}
data "aws_caller_identity" "me" {}
output "account" { value = data.aws_caller_identity.me.account_id }
"""

LAKE = """
resource "aws_s3_bucket" "data" {
  bucket = "terraform-data"
  tags   = { team = "market" }
}
resource "aws_s3_bucket_public_access_block" "data" {
  bucket                  = aws_s3_bucket.data.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_s3_bucket_ownership_controls" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}
resource "aws_s3_bucket_lifecycle_configuration" "data" {
  bucket = aws_s3_bucket.data.id
  rule {
    id     = "old"
    status = "Enabled"
    filter {
      and {
        prefix = "tmp/"
        tags   = { keep = "no" }
      }
    }
    expiration {
      days = 3
    }
  }
  rule {
    id     = "uploads"
    status = "Enabled"
    filter {}
    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
}
resource "aws_s3_object" "row" {
  bucket       = aws_s3_bucket.data.bucket
  key          = "rows/day=2026-01-01/part 1.csv"
  content      = "symbol,price\\nAAPL,228.5\\nMSFT,411.25\\n"
  content_type = "text/csv"
  metadata     = { origin = "terraform" }
}
resource "aws_glue_catalog_database" "db" {
  name         = "terraform_db"
  description  = "made by terraform"
  location_uri = "s3://${aws_s3_bucket.data.bucket}/"
  parameters   = { owner = "me" }
}
resource "aws_glue_catalog_table" "rows" {
  name          = "rows"
  database_name = aws_glue_catalog_database.db.name
  table_type    = "EXTERNAL_TABLE"
  parameters    = { classification = "csv", "skip.header.line.count" = "1" }
  partition_keys {
    name = "day"
    type = "string"
  }
  storage_descriptor {
    location      = "s3://${aws_s3_bucket.data.bucket}/rows/"
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
      parameters            = { "field.delim" = "," }
    }
    columns {
      name = "symbol"
      type = "string"
    }
    columns {
      name    = "price"
      type    = "double"
      comment = "in dollars"
    }
  }
}
resource "aws_glue_partition" "day" {
  database_name    = aws_glue_catalog_database.db.name
  table_name       = aws_glue_catalog_table.rows.name
  partition_values = ["2026-01-01"]
  storage_descriptor {
    location      = "s3://${aws_s3_bucket.data.bucket}/rows/day=2026-01-01/"
    input_format  = "org.apache.hadoop.mapred.TextInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"
    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
      parameters            = { "field.delim" = "," }
    }
    columns {
      name = "symbol"
      type = "string"
    }
    columns {
      name = "price"
      type = "double"
    }
  }
}
"""

ICEBERG = """
resource "aws_s3_bucket" "tables" {
  bucket        = "terraform-tables"
  force_destroy = true
}
resource "aws_glue_catalog_table" "ice" {
  name          = "ice"
  database_name = aws_glue_catalog_database.db.name
  table_type    = "EXTERNAL_TABLE"
  open_table_format_input {
    iceberg_input {
      metadata_operation = "CREATE"
      version            = 2
    }
  }
  storage_descriptor {
    location = "s3://${aws_s3_bucket.tables.bucket}/ice/"
    columns {
      name    = "id"
      type    = "bigint"
      comment = "in dollars"
    }
  }
}
"""

CRAWLER = """
resource "aws_glue_crawler" "rows" {
  name          = "terraform-crawler"
  database_name = aws_glue_catalog_database.db.name
  role          = "arn:aws:iam::000000000000:role/crawler"
  table_prefix  = "crawled_"
  s3_target {
    path = "s3://${aws_s3_bucket.data.bucket}/rows"
  }
  schema_change_policy {
    delete_behavior = "LOG"
    update_behavior = "UPDATE_IN_DATABASE"
  }
}
"""

WORKGROUP = """
resource "aws_athena_workgroup" "w" { name = "w" }
"""


class Terraform:
    def __init__(self, folder, endpoint):
        folder.mkdir()
        self.folder = folder
        self.endpoint = endpoint
        self.environment = {**os.environ, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1", "TF_DATA_DIR": str(folder / ".tf")}
        plugins = os.environ.get("TICKLAKE_TERRAFORM_PLUGINS")
        if plugins:
            config = folder / "cli.tfrc"
            config.write_text(f'provider_installation {{\n  filesystem_mirror {{ path = "{plugins}" }}\n}}\n')
            self.environment["TF_CLI_CONFIG_FILE"] = str(config)

    def write(self, *parts):
        (self.folder / "main.tf").write_text("".join(parts).replace("@ENDPOINT@", self.endpoint))

    def run(self, *args, check=True):
        done = subprocess.run(["terraform", *args, "-no-color"], cwd=self.folder, env=self.environment, text=True,
                              capture_output=True, timeout=300)
        if check:
            assert done.returncode == 0, f"terraform {' '.join(args)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done


@pytest.fixture
def terraform(tmp_path, up):
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed")
    return Terraform(tmp_path / "terraform", up.aws)


def test_a_lake_is_applied_kept_and_destroyed(terraform, up):
    terraform.write(PROVIDER, LAKE, ICEBERG, CRAWLER)
    terraform.run("init")
    terraform.run("apply", "-auto-approve", "-input=false")
    assert json.loads(terraform.run("output", "-json").stdout)["account"]["value"] == "000000000000"
    plan = terraform.run("plan", "-detailed-exitcode", "-input=false", check=False)
    assert plan.returncode == 0, f"a plan after apply has a difference\n{plan.stdout}{plan.stderr}"

    rows = up.sql("SELECT symbol, price, day FROM terraform_db.rows ORDER BY symbol")
    assert rows == [{"symbol": "AAPL", "price": 228.5, "day": "2026-01-01"},
                    {"symbol": "MSFT", "price": 411.25, "day": "2026-01-01"}]
    assert up.sql("SELECT * FROM terraform_db.ice") == []
    changed = [part.replace('owner = "me"', 'owner = "you"').replace("in dollars", "USD") for part in (LAKE, ICEBERG)]
    terraform.write(PROVIDER, *changed, CRAWLER)
    terraform.run("apply", "-auto-approve", "-input=false")
    table = up.glue().get_table(DatabaseName="terraform_db", Name="rows")["Table"]
    assert table["StorageDescriptor"]["Columns"][1]["Comment"] == "USD"
    assert up.glue().get_table(DatabaseName="terraform_db", Name="ice")["Table"]["Parameters"]["metadata_location"]
    terraform.run("destroy", "-auto-approve", "-input=false")
    assert "terraform-data" not in [bucket["Name"] for bucket in up.s3().list_buckets()["Buckets"]]


def test_what_is_not_there_is_refused_clearly(terraform):
    terraform.write(PROVIDER, WORKGROUP)
    terraform.run("init")
    refused = terraform.run("apply", "-auto-approve", "-input=false", check=False)
    assert refused.returncode != 0
    assert "Athena is not served by this version" in refused.stdout + refused.stderr
