"""How a network learns: loss, metrics, optimizer. Imported inside run() only, as fitting.py is."""

import lightning  # noqa: TID253
import torch  # noqa: TID253
from torch.nn.functional import cross_entropy  # noqa: TID253

from package_name.fitting import MONITOR


class Classifier(lightning.LightningModule):
    """Learns classes from rows."""

    def __init__(self, network: torch.nn.Module, learning_rate: float) -> None:
        super().__init__()
        self.network = network
        self._learning_rate = learning_rate

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """Give the loss of a batch."""
        rows, classes = batch
        loss = cross_entropy(self.network(rows), classes)
        self.log("training_loss", loss, on_step=False, on_epoch=True, batch_size=len(rows))
        return loss

    def validation_step(self, batch: tuple[torch.Tensor, torch.Tensor]) -> None:
        """Log how good the network is on rows that it does not learn from."""
        rows, classes = batch
        outputs = self.network(rows)
        accuracy = (outputs.argmax(dim=1) == classes).float().mean()
        values = {MONITOR: cross_entropy(outputs, classes), "validation_accuracy": accuracy}
        self.log_dict(values, batch_size=len(rows), sync_dist=True)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Give the optimizer."""
        return torch.optim.Adam(self.parameters(), lr=self._learning_rate)
