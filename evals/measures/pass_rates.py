"""How often a system holds a conversation right every time that it is asked."""

from __future__ import annotations

from math import comb


def pass_hat_k(passed: int, attempts: int, k: int) -> float:
    """The chance that ``k`` attempts, drawn from those that were made, have all passed.

    It is the unbiased estimate of Yao et al., *tau-bench: a benchmark for tool-agent-user
    interaction in real-world domains*, 2024, section 3: comb(c, k) / comb(n, k).

    Args:
        passed: attempts that passed (c).
        attempts: how many were made (n).
        k: how many are drawn, at least one.

    Raises:
        ValueError: there are fewer than ``k`` attempts, or more passed than were made.
    """
    if not (0 <= passed <= attempts and 1 <= k <= attempts):
        raise ValueError(f"no draw of {k} from {attempts} attempts of which {passed} passed")
    return comb(passed, k) / comb(attempts, k)
