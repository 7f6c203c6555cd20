"""What a probe may still spend."""

from __future__ import annotations

from dataclasses import dataclass

from stresstune.model.workload import Budget


@dataclass
class Ledger:
    """Hard caps, with calls in flight counted as if they had ended.

    Attributes:
        budget: The caps.
        sent: Calls begun.
        tokens: Input tokens reported so far.
        answered: Calls that reported tokens.
        largest_tokens: The most that a call reported, or is expected to cost; 0 while unknown.
    """

    budget: Budget
    sent: int = 0
    tokens: int = 0
    answered: int = 0
    largest_tokens: int = 0

    def enter(self, input_tokens: int | None) -> None:
        """Book the tokens of a call that has ended."""
        if input_tokens is not None:
            self.tokens += input_tokens
            self.answered += 1
            self.largest_tokens = max(self.largest_tokens, input_tokens)

    def requests_left(self) -> int:
        """Return how many more calls may be begun."""
        left = self.budget.max_requests - self.sent
        if self.budget.max_tokens is None:
            return max(left, 0)
        if not self.answered and not self.largest_tokens:
            # one call tells what a call costs; until then no second one is risked
            return min(left, 1 - min(self.sent, 1))
        if not self.largest_tokens:
            return max(left, 0)
        unreported = (self.sent - self.answered) * self.largest_tokens
        by_tokens = (self.budget.max_tokens - self.tokens - unreported) // self.largest_tokens
        return max(min(left, by_tokens), 0)

    def used_up(self) -> str:
        """Name what allows no more calls (``calls``, ``input tokens``), or "" where some are left.

        >>> Ledger(budget=Budget(max_tokens=100), largest_tokens=260).used_up()
        'input tokens'
        """
        if self.requests_left():
            return ""
        return "calls" if self.sent >= self.budget.max_requests else "input tokens"

    def waits_for_the_first(self) -> bool:
        """Return whether more may be begun once it is known what a call costs."""
        untold = not self.answered and not self.largest_tokens
        return self.budget.max_tokens is not None and untold and self.sent > 0

    def seconds_left(self, elapsed_seconds: float) -> float:
        """Return how much time is left."""
        return max(self.budget.max_seconds - elapsed_seconds, 0.0)
