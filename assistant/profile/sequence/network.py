"""A small recurrent network over sessions.

After Hidasi, Karatzoglou, Baltrunas and Tikk, "Session-based Recommendations with Recurrent
Neural Networks" (ICLR 2016), but with the whole softmax as its loss, since a shop's products are
few enough, and with one table for products read and products predicted.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import torch
from torch import Tensor, nn

from assistant.profile.sequence.scoring import Scored
from assistant.profile.sequence.sessions import Numbers, SessionLog

_LONGEST = 30
"""Of a longer session the network reads the end."""

_BATCH = 64
_NOTHING = 0


class _Reader(nn.Module):
    """Reads products, and says for each place what may follow."""

    def __init__(self, products: int, width: int, dropout: float) -> None:
        super().__init__()
        self.table = nn.Embedding(products + 1, width, padding_idx=_NOTHING)
        nn.init.normal_(self.table.weight, std=width**-0.5)
        self.drop = nn.Dropout(dropout)
        self.reader = nn.GRU(width, width, batch_first=True)
        self.bias = nn.Parameter(torch.zeros(products + 1))

    def forward(self, sessions: Tensor) -> Tensor:
        """From (sessions, places) of products to (sessions, places, products)."""
        read, _ = self.reader(self.drop(self.table(sessions)))
        return nn.functional.linear(self.drop(read), self.table.weight, self.bias)


class Network:
    """A recurrent network, trained on the processor in minutes.

    Args:
        epochs: how often it sees every session.
        width: numbers that stand for a product.
        dropout: share of them left out while learning.
        rate: of learning, at its highest.
        seed: of everything that is drawn at random.
    """

    def __init__(
        self,
        epochs: int = 8,
        width: int = 96,
        dropout: float = 0.3,
        rate: float = 4e-3,
        seed: int = 0,
    ) -> None:
        self.epochs, self.width, self.dropout, self.rate = epochs, width, dropout, rate
        self.seed = seed

    def fit(self, log: SessionLog) -> Self:
        """Trains."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self._train(log)
        return self

    def _train(self, log: SessionLog) -> None:
        self._net = _Reader(len(log.products), self.width, self.dropout)
        sessions = [
            torch.from_numpy(part[-_LONGEST - 1 :] + 1)
            for part in np.split(log.seen, log.starts[1:-1])
            if len(part) > 1
        ]
        lengths = np.asarray([len(session) for session in sessions])
        draw = np.random.default_rng(self.seed)
        optimizer = torch.optim.AdamW(self._net.parameters(), lr=self.rate, weight_decay=1e-4)
        steps = self.epochs * (len(sessions) // _BATCH + 1)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, self.rate, total_steps=steps)
        for _ in range(self.epochs):
            # Sessions of like length go together, so that few places are empty.
            order = np.argsort(lengths + draw.random(len(lengths)))
            batches = np.split(order, range(_BATCH, len(order), _BATCH))
            for number in draw.permutation(len(batches)):
                padded = nn.utils.rnn.pad_sequence(
                    [sessions[i] for i in batches[number]], batch_first=True
                )
                scores = self._net(padded[:, :-1])
                loss = nn.functional.cross_entropy(
                    scores.flatten(0, 1), padded[:, 1:].flatten(), ignore_index=_NOTHING
                )
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
                optimizer.step()
                schedule.step()
        self._net.eval()

    def scores(self, seen: Numbers, now: float) -> Scored:
        """The network's chances of all products."""
        with torch.inference_mode():
            read, _ = self._net.reader(
                self._net.table(torch.from_numpy(seen[None, -_LONGEST:] + 1))
            )
            logits = nn.functional.linear(read[0, -1], self._net.table.weight, self._net.bias)
            chances = torch.softmax(logits[1:], dim=0).numpy().astype(np.float64)
        return np.arange(len(chances)), chances

    def kept_bytes(self) -> int:
        """The weights."""
        return sum(p.numel() * p.element_size() for p in self._net.parameters())
