"""What the cluster would run, run here: each job's own command for every index, with a pod that dies on the way."""

import multiprocessing
import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.deploy

ROOT = Path(__file__).parents[1]
BASE = ROOT / "deploy" / "k8s" / "base"
MAIN = runpy.run_path(str(ROOT / "main.py"), run_name="main")
NODE = multiprocessing.get_context("forkserver")  # has imported what takes long; each pod is a process forked from it
NODE.set_forkserver_preload(
    ["gokart", "lightning.pytorch", "sklearn.ensemble", "sklearn.linear_model", "sklearn.model_selection"]
)


def manifests() -> dict[str, Any]:
    """Read what is applied, by name; the specification of a scheduled job is that of its job."""
    found = {}
    for path in sorted(BASE.glob("*-*job.yaml")):
        manifest = yaml.safe_load(path.read_text())
        spec = manifest["spec"]
        found[manifest["metadata"]["name"]] = spec["jobTemplate"]["spec"] if manifest["kind"] == "CronJob" else spec
    return found


JOBS = manifests()


def setting(file: str, name: str) -> Any:
    """Read a setting of the configuration that the pods get."""
    return tomllib.loads((ROOT / "conf" / file).read_text())[name]


@pytest.mark.parametrize("name", JOBS)
def test_a_pod_may_fail_but_not_do_harm(name: str) -> None:
    job = JOBS[name]
    pod = job["template"]["spec"]
    [container] = pod["containers"]
    assert pod["restartPolicy"] == "Never", (
        "podFailurePolicy sees exit codes only of pods that are not restarted in place"
    )
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    disrupted, useless = job["podFailurePolicy"]["rules"]
    assert (disrupted["action"], disrupted["onPodConditions"][0]["type"]) == ("Ignore", "DisruptionTarget")
    assert (useless["action"], useless["onExitCodes"]["containerName"]) == ("FailJob", container["name"])
    assert useless["onExitCodes"]["values"] == [MAIN["BAD_CONFIG"], MAIN["WRONG_CODE"]]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}


@pytest.mark.parametrize("name", JOBS)
def test_a_command_is_one_of_main(name: str) -> None:
    container = JOBS[name]["template"]["spec"]["containers"][0]
    assert container["command"] == ["python", "main.py"]
    options = MAIN["parser"]().parse_args(container["args"])
    assert (ROOT / options.config).is_file()


@pytest.mark.parametrize(
    ("name", "file", "what"), [("folds", "train.toml", "folds"), ("shards", "predict.toml", "shards")]
)
def test_there_is_a_pod_for_every_index(name: str, file: str, what: str) -> None:
    assert JOBS[name]["completionMode"] == "Indexed"
    assert JOBS[name]["completions"] == setting(file, what), f"set completions of {name}-job.yaml to {what} of {file}"


def be_pod(folder: Path, command: list[str], told: dict[str, str], output: Path) -> None:
    """Run main.py as Python does when it is started with a command."""
    os.chdir(folder)
    os.environ.update(told)
    with output.open("w") as out, output.with_suffix(".err").open("w") as err:
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
    sys.argv = command
    runpy.run_path(command[0], run_name="__main__")


class Cluster:
    """Runs the commands of jobs as processes, all indexes at once, on a small configuration and one workspace."""

    def __init__(self, folder: Path) -> None:
        (folder / "conf").mkdir(parents=True)
        (folder / "main.py").symlink_to(ROOT / "main.py")
        train = (ROOT / "conf" / "train_smoke.toml").read_text()
        train = re.sub(r"(?m)^folds = .*$", f"folds = {JOBS['folds']['completions']}", train)
        (folder / "conf" / "train.toml").write_text(train)
        (folder / "conf" / "predict.toml").write_text((ROOT / "conf" / "predict.toml").read_text())
        self.folder = folder
        self.workspace = folder / "workspace"

    def command(self, name: str, index: int) -> tuple[list[str], dict[str, str]]:
        """Give what a pod runs, and what it is told."""
        told = {"JOB_COMPLETION_INDEX": str(index), "TASK_WORKSPACE_DIRECTORY": str(self.workspace)}
        return ["main.py", *JOBS[name]["template"]["spec"]["containers"][0]["args"]], told

    def start(self, name: str, index: int) -> subprocess.Popen[str]:
        """Start one pod in a Python of its own."""
        command, told = self.command(name, index)
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env=os.environ | told,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, name: str) -> str:
        """Run all pods of a job at once, and give what the first one said."""
        outputs = [self.folder / f"{name}-{index}.txt" for index in range(JOBS[name].get("completions", 1))]
        pods = [
            NODE.Process(target=be_pod, args=(self.folder, *self.command(name, index), output))
            for index, output in enumerate(outputs)
        ]
        for pod in pods:
            pod.start()
        for pod, output in zip(pods, outputs, strict=True):
            pod.join()
            assert pod.exitcode == 0, output.with_suffix(".err").read_text()
        return outputs[0].read_text()

    def kill(self, name: str, index: int) -> None:
        """Start a pod and take its node away as soon as it has made something."""
        with self.start(name, index) as pod:
            for line in pod.stderr or ():
                if line.rstrip().endswith(" made"):
                    pod.kill()
                    break
        assert pod.returncode == -9

    def results(self) -> dict[str, bytes]:
        """Read all results; records of runs, and when a model was made, differ by nature."""
        found = (path for path in self.workspace.rglob("*") if path.is_file())
        names = {str(path.relative_to(self.workspace)): path for path in found if "-luigi-tmp-" not in path.name}
        return {
            name: path.read_bytes()
            for name, path in names.items()
            if not name.startswith(("runs/", "log/", "models/records/", "models/selected"))
        }


def test_jobs_with_a_killed_pod_give_what_one_process_gives_to_the_bit(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "cluster")
    cluster.run("prepare")
    cluster.kill("folds", 1)
    cluster.run("folds")
    made = cluster.results().keys()
    merged = cluster.run("merge")
    assert made <= cluster.results().keys()
    cluster.run("shards")
    cluster.run("predictions")
    alone = Cluster(tmp_path / "alone")
    assert alone.run("merge") == merged
    alone.run("predictions")
    assert cluster.results() == alone.results()


def test_an_index_too_high_fails_the_job(tmp_path: Path) -> None:
    pod = Cluster(tmp_path / "cluster").start("folds", JOBS["folds"]["completions"])
    _, errors = pod.communicate()
    assert (pod.returncode, errors.count("\n")) == (MAIN["BAD_CONFIG"], 1)
    assert "JOB_COMPLETION_INDEX is" in errors
