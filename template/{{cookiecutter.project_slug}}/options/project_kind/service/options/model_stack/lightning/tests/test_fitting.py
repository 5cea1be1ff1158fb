"""What Lightning is used for: best and last weights, early stopping, accumulated gradients, logs, and a way back."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from luigi.task_register import Register
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from package_name import run
from package_name.fitting import MONITOR, Fitted, Plan, fit
from package_name.tasks.learner import Classifier
from package_name.tasks.networks import Network, make_network
from package_name.weights import bytes_target

ROOT = Path(__file__).parents[1]
ROWS, INPUTS, CLASSES = 96, 16, 3
TRAIN = """
seed = 3
folds = 2
[data]
source = "package_name.server.data:ShippedData"
ref = "digits"
[models.network]
kind = "mlp"
params = { hidden = 16, dropout = 0.3 }
epochs = 5
batch_size = 128
accumulate = 2
"""


class KilledError(Exception):
    """Stands in for the end of the process."""


class Mortal(Classifier):
    """Dies in the middle of an epoch, counted from 0."""

    dies = -1

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Die after the first batch."""
        loss = super().training_step(batch)
        if self.current_epoch == self.dies and self.global_step % 2:
            raise KilledError
        return loss


def rows(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Make rows whose first columns tell their class, with noise."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(count, INPUTS, generator=generator)
    return features, features[:, :CLASSES].argmax(dim=1)


def fitted(folder: Path, rate: float = 0.01, dies: int = -1, **changes: int) -> Fitted:
    """Train a small network with dropout; what it leaves is in `folder`."""
    values = {"epochs": 4, "patience": 4, "batch_size": 16, "accumulate": 1, "dropout": 3, **changes}
    torch.manual_seed(0)
    network = make_network("mlp", {"hidden": 8, "dropout": values.pop("dropout") / 10}, INPUTS, CLASSES)
    module = Mortal(network, rate)
    module.dies = dies
    plan = Plan(name="small", seed=5, accelerator="cpu", **values)
    data = (rows(ROWS, 1), rows(32, 2))
    return fit(module, network, data, plan, bytes_target(f"{folder}/training.ckpt"), f"{folder}/events")


def equal(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    """Compare weights to the bit."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def losses(folder: Path) -> list[float]:
    """Read the validation losses that TensorBoard shows."""
    events = EventAccumulator(str(folder / "events"))
    events.Reload()
    return [event.value for event in events.Scalars(MONITOR)]


def loss_of(weights: dict[str, torch.Tensor]) -> float:
    """Load weights with torch alone, and ask for the loss on the rows that choose the best epoch."""
    network: Network = make_network("mlp", {"hidden": 8}, INPUTS, CLASSES)
    network.load_state_dict(weights)
    features, classes = rows(32, 2)
    with torch.inference_mode():
        return float(torch.nn.functional.cross_entropy(network.eval()(features), classes))


def test_best_and_last_weights_are_those_of_the_logged_epochs(tmp_path: Path) -> None:
    made = fitted(tmp_path, rate=0.3, epochs=6, patience=6)
    logged = losses(tmp_path)
    assert len(logged) == 6
    assert min(logged) < logged[-1]
    assert loss_of(made.best) == pytest.approx(min(logged))
    assert loss_of(made.last) == pytest.approx(logged[-1])


def test_training_stops_early_where_nothing_gets_better(tmp_path: Path) -> None:
    fitted(tmp_path, rate=0.0, epochs=9, patience=2)
    assert len(losses(tmp_path)) == 3


def test_gradients_of_two_batches_are_those_of_one_twice_the_size(tmp_path: Path) -> None:
    halves = fitted(tmp_path / "halves", batch_size=16, accumulate=2, dropout=0)
    whole = fitted(tmp_path / "whole", batch_size=32, dropout=0)
    small = fitted(tmp_path / "small", batch_size=16, dropout=0)
    for name, weights in whole.last.items():
        assert torch.allclose(halves.last[name], weights, atol=1e-4)
    assert not torch.allclose(small.last["output.weight"], whole.last["output.weight"], atol=1e-2)


@pytest.mark.parametrize("dies", [0, 1, 3])
def test_a_training_that_died_in_any_epoch_ends_with_the_same_bits(tmp_path: Path, dies: int) -> None:
    whole = fitted(tmp_path / "whole")
    with pytest.raises(KilledError):
        fitted(tmp_path / "killed", dies=dies)
    resumed = fitted(tmp_path / "killed")
    assert equal(resumed.best, whole.best)
    assert equal(resumed.last, whole.last)


def test_a_training_that_was_killed_after_its_last_epoch_is_not_prolonged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stopped = fitted(tmp_path, rate=0.0, epochs=9, patience=1)
    caplog.set_level(logging.INFO)
    again = fitted(tmp_path, rate=0.0, epochs=9, patience=1)
    assert equal(again.best, stopped.best)
    assert equal(again.last, stopped.last)
    assert [message for message in caplog.messages if "epoch" in message] == ["small goes on after epoch 2"]


def test_a_loss_that_is_no_number_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lower learning_rate"):
        fitted(tmp_path, rate=float("inf"))


def test_nobody_is_told_of_other_products(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    fitted(tmp_path, epochs=1)
    assert [record.name for record in caplog.records if record.name.startswith("lightning")] == []
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("lightning.pytorch").isEnabledFor(logging.INFO)


def test_a_killed_run_ends_with_the_same_bits(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    config = tmp_path / "train.toml"
    config.write_text(TRAIN)
    for epoch in (1, 3):
        killed(config, f": epoch {epoch} of 5")
        assert len(list(workspace.glob("checkpoints/*.ckpt"))) == 1
        assert not list(workspace.glob("models/*"))
    caplog.set_level(logging.INFO)
    run.train(str(config), fold="0")
    assert len([message for message in caplog.messages if message.endswith("goes on after epoch 3")]) == 1
    assert not list(workspace.glob("checkpoints/*"))
    monkeypatch.setenv("TASK_WORKSPACE_DIRECTORY", str(tmp_path / "whole"))
    Register.clear_instance_cache()
    run.train(str(config), fold="0")
    names = sorted(path.relative_to(workspace) for path in workspace.glob("[mv]*/*"))
    assert [str(name).partition("_")[0] for name in names] == ["models/best", "models/last", "validation/fold"]
    for name in names:
        assert (workspace / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def killed(config: Path, line: str) -> None:
    """Train in a process of its own, and kill it when it logs a line."""
    command = [sys.executable, str(ROOT / "main.py"), "train", "--config", str(config), "--fold", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as running:
        for said in running.stderr or ():
            if line in said:
                running.kill()
                break
    assert running.returncode == -9


def test_a_run_that_finds_everything_done_imports_no_heavy_package() -> None:
    smoke = str(ROOT / "conf" / "train_smoke.toml")
    run.train(smoke)
    code = f"import sys; from package_name import run; run.train({smoke!r}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT / "src")
    assert done.returncode == 0, done.stderr
    assert not {"lightning", "sklearn", "tensorboard", "torch"} & set(done.stdout.split())
