"""Weights in files that need nothing but torch to be read, and no code to be run."""

import io
from typing import Any

import luigi.format
from gokart.file_processor import FileProcessor
from gokart.target import make_target

from package_name.storage import SafeTarget


class BytesProcessor(FileProcessor):
    """A file as it is."""

    def format(self) -> Any:
        """Read and write bytes."""
        return luigi.format.Nop

    def load(self, file: Any) -> Any:
        """Give the content."""
        return file.read()

    def dump(self, obj: Any, file: Any) -> None:
        """Write the content."""
        file.write(obj)


class WeightsProcessor(BytesProcessor):
    """What torch.save writes of tensors and plain values; loading refuses anything else."""

    def load(self, file: Any) -> Any:
        """Load onto the CPU, wherever the weights were trained."""
        import torch

        return torch.load(io.BytesIO(file.read()), map_location="cpu", weights_only=True)

    def dump(self, obj: Any, file: Any) -> None:
        """Save in memory first: torch asks a file for more than a bucket's can do."""
        import torch

        content = io.BytesIO()
        torch.save(obj, content)
        file.write(content.getvalue())


def bytes_target(path: str) -> SafeTarget:
    """Make the target of a file at a path or address of its own."""
    return SafeTarget.of(make_target(path, processor=BytesProcessor()))
