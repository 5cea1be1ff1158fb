"""How networks are trained: best and last weights, early stopping, logs, and a way back after a kill.

A training that was killed goes on after its last whole epoch and ends with the same bits as one that was not: the
order of the rows and what dropout draws depend on the seed and the number of the epoch alone, and everything else is
in the file that each epoch leaves. This module is imported inside run() only: torch and Lightning take seconds.
"""

import contextlib
import logging
import math
import tempfile
import warnings
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning  # noqa: TID253
import torch  # noqa: TID253
from gokart.target import TargetOnKart
from lightning.fabric.utilities.warnings import PossibleUserWarning  # noqa: TID253
from lightning.pytorch.callbacks import Callback, Checkpoint, EarlyStopping  # noqa: TID253
from lightning.pytorch.loggers import TensorBoardLogger  # noqa: TID253
from torch.utils.data import DataLoader, Sampler, TensorDataset  # noqa: TID253

from package_name.weights import bytes_target

logger = logging.getLogger(__name__)

MONITOR = "validation_loss"  # a module logs it in its validation_step; less is better
State = dict[str, torch.Tensor]
Rows = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Plan:
    """How one network is trained."""

    name: str
    seed: int
    epochs: int
    patience: int
    batch_size: int
    accumulate: int
    accelerator: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights of the epoch with the lowest validation loss, and those of the last epoch."""

    best: State
    last: State


def fit(
    module: lightning.LightningModule,
    network: torch.nn.Module,
    rows: tuple[Rows, Rows],
    plan: Plan,
    checkpoint: TargetOnKart,
    logs: str,
) -> Fitted:
    """Train a module on the first rows, check it on the second after each epoch, and give its network's weights."""
    train, validation = (TensorDataset(*part) for part in rows)
    sampler = EpochSampler(len(train), plan.seed)
    with quiet(), tempfile.TemporaryDirectory() as folder:
        keeper = Keeper(network, plan, checkpoint, Path(folder), logs)
        trainer = lightning.Trainer(
            accelerator=plan.accelerator,
            devices=1,
            deterministic=True,
            max_epochs=plan.epochs,
            accumulate_grad_batches=plan.accumulate,
            callbacks=[EpochSeed(plan.seed), EarlyStopping(MONITOR, patience=plan.patience), keeper],
            logger=TensorBoardLogger(keeper.events, name="", version=""),
            num_sanity_val_steps=0,
            default_root_dir=folder,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        resumed = keeper.resumed()
        if not keeper.finished:
            batches = DataLoader(train, plan.batch_size, sampler=sampler)
            checked = DataLoader(validation, len(validation))
            trainer.fit(module, batches, checked, ckpt_path=resumed, weights_only=True)
        return keeper.fitted()


class EpochSampler(Sampler[int]):
    """The rows in an order that depends on the seed and the epoch; Lightning calls `set_epoch`."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Take the order of an epoch."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[int]:
        """Give the places of the rows."""
        generator = torch.Generator().manual_seed(self._seed + self._epoch)
        return iter(torch.randperm(self._size, generator=generator).tolist())

    def __len__(self) -> int:
        """Count the rows."""
        return self._size


class EpochSeed(Callback):
    """What is drawn in an epoch, as by dropout, depends on the seed and the epoch."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def on_train_batch_start(
        self, trainer: lightning.Trainer, pl_module: lightning.LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """Seed before the first batch, not before the epoch: loaders draw in between, and a resumed one draws more."""
        del pl_module, batch
        if batch_idx == 0:
            torch.manual_seed(self._seed + trainer.current_epoch)


class Keeper(Checkpoint):
    """Keeps the best weights, and after each epoch one file with all that the training needs to go on.

    One file, because two could be of different epochs when the process is killed between them.
    """

    def __init__(self, network: torch.nn.Module, plan: Plan, checkpoint: TargetOnKart, folder: Path, logs: str) -> None:
        self.finished = False
        self.events = str(folder / "events") if "://" in logs else logs
        self._network = network
        self._plan = plan
        self._checkpoint = checkpoint
        self._file = folder / "training.ckpt"
        self._logs = logs
        self._score = math.inf
        self._best: State = {}
        self._last: State = {}

    def state_dict(self) -> dict[str, Any]:
        """Give what belongs into the file."""
        return {"finished": self.finished, "score": self._score, "best": self._best, "last": self._last}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with what was in the file."""
        self.finished, self._score = state_dict["finished"], state_dict["score"]
        self._best, self._last = state_dict["best"], state_dict["last"]

    def resumed(self) -> str | None:
        """Get the file that a killed training left, if there is one."""
        if not self._checkpoint.exists():
            return None
        with contextlib.suppress(FileNotFoundError):  # another process has just come to the end of this training
            self._file.write_bytes(self._checkpoint.load())
            content = torch.load(self._file, map_location="cpu", weights_only=True)
            self.load_state_dict(content["callbacks"][self.state_key])
            logger.info("%s goes on after epoch %d", self._plan.name, content["epoch"] + 1)
            return str(self._file)
        return None

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Compare with the best epoch, and leave the file; early stopping has decided before."""
        del pl_module
        score = float(trainer.callback_metrics[MONITOR])
        self._last = copied(self._network)
        if score < self._score:
            self._score, self._best = score, self._last
        self.finished = trainer.should_stop or trainer.current_epoch + 1 == self._plan.epochs
        trainer.save_checkpoint(self._file)
        self._checkpoint.dump(self._file.read_bytes())
        if self.events != self._logs:
            for file in Path(self.events).rglob("events.*"):
                bytes_target(f"{self._logs}/{file.name}").dump(file.read_bytes())
        epoch = trainer.current_epoch + 1
        logger.info("%s: epoch %d of %d, %s %.4f", self._plan.name, epoch, self._plan.epochs, MONITOR, score)

    def fitted(self) -> Fitted:
        """Give the weights, or say that there are none worth keeping."""
        if not self._best:
            raise ValueError(f"{MONITOR} was never a number: lower learning_rate, or look at the rows.")
        return Fitted(self._best, self._last)


def copied(network: torch.nn.Module) -> State:
    """Copy the weights as they are now, onto the CPU."""
    return {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}


@contextlib.contextmanager
def quiet() -> Generator[None]:
    """Keep Lightning from advertising, and from advice that does not hold for small data in memory."""
    chatty = logging.getLogger("lightning.pytorch")
    level = chatty.level
    chatty.setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PossibleUserWarning)
        warnings.filterwarnings("ignore", r"`isinstance\(treespec, LeafSpec\)` is deprecated")
        try:
            yield
        finally:
            chatty.setLevel(level)
