"""The networks, and what they say of rows. Imported inside run() only: torch takes seconds to import."""

import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import torch  # noqa: TID253
from torch import nn  # noqa: TID253


class Standardize(nn.Module):
    """Columns with mean 0 and deviation 1; both numbers are part of the weights."""

    mean: torch.Tensor
    deviation: torch.Tensor

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("deviation", torch.ones(inputs))

    def learn(self, rows: torch.Tensor) -> None:
        """Take both numbers from rows; a column that never changes stays as it is."""
        deviation = rows.std(dim=0, unbiased=False)
        self.mean.copy_(rows.mean(dim=0))
        self.deviation.copy_(torch.where(deviation > 0, deviation, torch.ones_like(deviation)))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Standardize."""
        return (rows - self.mean) / self.deviation


def mlp(inputs: int, outputs: int, hidden: int = 64, dropout: float = 0.0) -> dict[str, nn.Module]:
    """Two dense layers."""
    return {
        "hidden": nn.Linear(inputs, hidden),
        "active": nn.ReLU(),
        "dropout": nn.Dropout(dropout),
        "output": nn.Linear(hidden, outputs),
    }


def cnn(inputs: int, outputs: int, channels: int = 16, dropout: float = 0.0) -> dict[str, nn.Module]:
    """Two convolutions over a square picture."""
    side = math.isqrt(inputs)
    if side < 2 or side * side != inputs:
        raise ValueError(f"cnn takes a square picture, but [features] has {inputs} columns: use 4, 9, 16, ... or mlp.")
    return {
        "picture": nn.Unflatten(1, (1, side, side)),
        "first": nn.Conv2d(1, channels, 3, padding=1),
        "active": nn.ReLU(),
        "smaller": nn.MaxPool2d(2),
        "second": nn.Conv2d(channels, 2 * channels, 3, padding=1),
        "active_again": nn.ReLU(),
        "flat": nn.Flatten(),
        "dropout": nn.Dropout(dropout),
        "output": nn.Linear(2 * channels * (side // 2) ** 2, outputs),
    }


KINDS = {"mlp": mlp, "cnn": cnn}


class Network(nn.Sequential):
    """Named layers behind the columns' standard."""

    standard: Standardize

    def __init__(self, inputs: int, layers: Mapping[str, nn.Module]) -> None:
        super().__init__(OrderedDict(standard=Standardize(inputs), **layers))


def make_network(kind: str, params: Mapping[str, Any], inputs: int, outputs: int) -> Network:
    """Make an untrained network; a new kind is a function here and a name in models.py."""
    return Network(inputs, KINDS[kind](inputs, outputs, **params))


def restored(member: Mapping[str, Any], inputs: int, outputs: int) -> Network:
    """Make the network that belongs to weights."""
    network = make_network(member["kind"], member["params"], inputs, outputs)
    network.load_state_dict(member["weights"])
    return network.eval()


def tensor(features: pd.DataFrame) -> torch.Tensor:
    """Turn columns into what networks take."""
    return torch.tensor(features.to_numpy(dtype=np.float32))


def probabilities(network: Network, features: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Ask a network for the probability of each class, one row per row."""
    with torch.inference_mode():
        return np.asarray(network(tensor(features)).softmax(dim=1).numpy())
