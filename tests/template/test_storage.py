"""Results in a bucket: the same promises as in a folder, against a stand-in for S3."""

import json
from pathlib import Path

from tests.template.conftest import run

BUCKET = """
import json, os, sys

sys.path.insert(0, "src")
os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
os.environ["TASK_WORKSPACE_DIRECTORY"] = "s3://bucket/project"

import boto3
from moto import mock_aws

TRAIN = "conf/train_smoke.toml"
with mock_aws():
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="bucket")

    def names(folder):
        found = s3.list_objects_v2(Bucket="bucket", Prefix=f"project/{folder}/").get("Contents", [])
        return sorted(one["Key"] for one in found)

    from ml_service import run

    said = {"first": run.retrain(TRAIN), "predicted": run.predict("conf/predict.toml")}
    said["results"] = [names("predictions"), names("models/kept")]
    run.train(TRAIN)
    said["ran again"] = json.load(s3.get_object(Bucket="bucket", Key=names("runs")[-1])["Body"])["ran"]
    [features] = names("features")
    s3.put_object(Bucket="bucket", Key=features, Body=b"damaged")
    try:
        run.train(TRAIN, rerun="TrainModel")
    except run.TaskFailedError as error:
        said["damaged"] = str(error).splitlines()[-1]
    said["after"] = run.train(TRAIN)["model"]
    print(json.dumps(said))
"""


def test_a_bucket_keeps_results_as_a_folder_does(service: Path) -> None:
    done = run(service, "python", "-c", BUCKET)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["first"]["selected"] == said["first"]["trained"] == said["after"]
    assert said["predicted"]["result"].startswith("s3://bucket/project/predictions/")
    assert [len(found) for found in said["results"]] == [5, 1]
    assert said["ran again"] == []
    assert "could not be read" in said["damaged"]
